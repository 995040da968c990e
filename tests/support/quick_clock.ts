/** Time for tests of a great many steps: no turn of it waits for a timer of the runtime. */

import { setImmediate } from "node:timers";
import type { Clock, Timer } from "../../mod.ts";

/** Lets all microtasks run: a turn of the event loop without a timer, of which a million would take minutes. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => resolve()));

/** Time in the test's hand; setting the wall clock moves no timer, as in a machine. For roads whose requests end in the test itself. */
export class QuickClock implements Clock {
  /** How much time has passed, whatever the wall clock was set to. */
  steadyMs = 0;
  /** What the wall clock said at the beginning; changing it sets the clock. */
  wallMs: number = Date.UTC(2026, 2, 1, 12);
  #last = 0;
  readonly #alarms = new Map<Timer, { readonly dueMs: number; readonly callback: () => void }>();

  now(): number {
    return this.wallMs + this.steadyMs;
  }

  setTimeout(callback: () => void, ms: number): Timer {
    this.#alarms.set(++this.#last, { dueMs: this.steadyMs + Math.max(0, ms), callback });
    return this.#last;
  }

  clearTimeout(timer: Timer): void {
    this.#alarms.delete(timer);
  }

  /** How many timers have neither fired nor been cleared. */
  get timers(): number {
    return this.#alarms.size;
  }

  /** Lets time pass: each timer fires at its time, in order, and what follows from it runs before the next. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.steadyMs + ms;
    await settle();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      const { dueMs, callback } = this.#alarms.get(next)!;
      this.#alarms.delete(next);
      this.steadyMs = Math.max(this.steadyMs, dueMs);
      callback();
      await settle();
    }
    this.steadyMs = untilMs;
  }

  #next(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    let firstMs = Infinity;
    for (const [timer, { dueMs }] of this.#alarms) if (dueMs <= untilMs && dueMs < firstMs) [first, firstMs] = [timer, dueMs];
    return first;
  }
}

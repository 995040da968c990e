/** Time that passes only when a test says so. */

import type { Clock, Timer } from "../../mod.ts";

interface Alarm {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Lets all microtasks run, and the runtime look after its sockets: a turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Only stops what hangs: a machine that is busy may take a hundred times as long as one that is idle. */
export const guardMs = 60_000;

/**
 * Waits, turn by turn of the event loop, until the condition holds; for what tells nobody when it happens.
 *
 * @param condition What is to hold.
 * @param what It in words, for the message of the test that waits in vain.
 */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  for (const began = performance.now(); !condition(); await turn()) {
    if (performance.now() - began > guardMs) throw new Error(`It did not come about within ${guardMs} ms: ${what}`);
  }
}

/**
 * The option `clock`, handed in: real requests go on meanwhile, and only the library's own waiting is in the test's hand.
 *
 * A test first waits for what is real (`collector.until(…)`), and then lets time pass.
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #lastTimer = 0;
  readonly #alarms = new Map<Timer, Alarm>();

  constructor(nowMs: number = Date.UTC(2026, 2, 1, 12)) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, ms: number): Timer {
    this.#alarms.set(++this.#lastTimer, { dueMs: this.#nowMs + Math.max(0, ms), callback });
    return this.#lastTimer;
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
    const untilMs = this.#nowMs + ms;
    await turn();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      const [timer, { dueMs, callback }] = next;
      this.#alarms.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      callback();
      await turn();
    }
    this.#nowMs = untilMs;
  }

  /** Sets another time, as an operator or a time server does; no timer fires by it. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #next(untilMs: number): [Timer, Alarm] | undefined {
    let first: [Timer, Alarm] | undefined;
    for (const entry of this.#alarms) if (entry[1].dueMs <= untilMs && entry[1].dueMs < (first?.[1].dueMs ?? Infinity)) first = entry;
    return first;
  }
}

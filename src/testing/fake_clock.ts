/** Provides a clock that advances only when a test advances it. */

import { must, type Reader, requireOptions } from "../option_schema.ts";
import { type Clock, systemClock, type Timer } from "../runtime/clock.ts";

const readTime: Reader<number> = must(
  "a time in milliseconds since 1970",
  (given: unknown) => (typeof given === "number" && Number.isFinite(given) ? given : undefined),
);

interface Alarm {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Waits one turn of the event loop, by a timer that test runners do not fake. All microtasks run, and the runtime handles its sockets. */
function turn(): Promise<void> {
  return new Promise((resolve) => void systemClock.setTimeout(resolve, 0));
}

/**
 * A clock for the option `clock`. Real requests continue meanwhile; a test controls only the waiting times of the library.
 *
 * A test first waits for real events (`collector.until(…)`), and then advances the clock. The times of logged events come from
 * `Date.now()` instead, which test runners can fake.
 *
 * @example
 * ```ts
 * import { configure, getLogger, shutdown } from "@x/seqlog";
 * import { createCollector } from "@x/seqlog/collector";
 * import { FakeClock } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const clock = new FakeClock();
 * const seq = createCollector();
 * configure({ serverUrl: "http://seq.test", fetch: (input, init) => seq.fetch(new Request(input, init)), clock, periodMs: 60_000 });
 * getLogger("shop").warn("The first request begins at once");
 * await seq.until(1);
 * getLogger("shop").warn("The second waits for the period");
 * assert.equal(seq.received, 1);
 * await clock.advance(60_000);
 * await seq.until(2);
 * await shutdown();
 * ```
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #lastTimer = 0;
  readonly #alarms = new Map<Timer, Alarm>();

  /**
   * Creates a clock with an initial time.
   *
   * @param nowMs The initial time, in milliseconds since 1970-01-01 UTC.
   */
  constructor(nowMs: number = Date.UTC(2026, 2, 1, 12)) {
    this.#nowMs = requireOptions(readTime, nowMs, "new FakeClock", "nowMs");
  }

  /** Returns the current time of the clock. */
  now(): number {
    return this.#nowMs;
  }

  /** Sets a timer. */
  setTimeout(callback: () => void, ms: number): Timer {
    this.#alarms.set(++this.#lastTimer, { dueMs: this.#nowMs + Math.max(0, ms), callback });
    return this.#lastTimer;
  }

  /** Clears a timer. */
  clearTimeout(timer: Timer): void {
    this.#alarms.delete(timer);
  }

  /** How many timers have neither fired nor been cleared. */
  get timers(): number {
    return this.#alarms.size;
  }

  /** Advances the time. Each timer fires at its time, in order, and everything that follows from it runs before the next. */
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

  /** Sets the clock, as an operator or a time server does. No timer fires because of the change. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #next(untilMs: number): [Timer, Alarm] | undefined {
    let first: [Timer, Alarm] | undefined;
    for (const entry of this.#alarms) if (entry[1].dueMs <= untilMs && entry[1].dueMs < (first?.[1].dueMs ?? Infinity)) first = entry;
    return first;
  }
}

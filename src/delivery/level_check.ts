/** The question for the server's level, asked when nothing has been sent for a while. */

import { type Clock, hasTimers, type Timer } from "../clock.ts";
import { unref } from "../runtime.ts";

/** How long after the last request it is asked: as Serilog's sink does. */
export const levelCheckMs = 120_000;

/** Asks after a time without requests; a request that is made meanwhile puts it off. */
export class LevelCheck {
  #timer: Timer | undefined;
  #lastMs = -Infinity;

  /** Notes that a request was begun. */
  sent(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  /** Asks from now on, whenever it is time. */
  arm(clock: Clock, ask: () => void): void {
    if (this.#timer !== undefined || !hasTimers(clock)) return;
    const wait = (ms: number): void => {
      this.#timer = unref(clock.setTimeout(() => {
        const leftMs = this.#lastMs + levelCheckMs - clock.now();
        this.#timer = undefined;
        if (leftMs > 0) wait(leftMs);
        else ask();
      }, ms));
    };
    wait(Math.max(0, this.#lastMs + levelCheckMs - clock.now()));
  }

  /** Whether it is time to ask, for those who have no timer. */
  isDue(nowMs: number): boolean {
    return nowMs - this.#lastMs >= levelCheckMs;
  }

  /** Asks no more. */
  stop(clock: Clock): void {
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Those who wait for something to happen, and look again when it may have. */

import { type Clock, type Timer, unref } from "../runtime/clock.ts";

/** By what they wait. */
export interface Waiting {
  readonly clock: Clock;
  /** False where no promise may be settled from another request: there waking is not heard. */
  readonly outlives: boolean;
}

/** Wakes those who wait. */
export class Watchers {
  readonly #all = new Set<() => void>();

  /** Lets all look again. */
  wake(): void {
    for (const watcher of this.#all) watcher();
  }

  /**
   * Waits until something holds, at most for the time, whatever the clock is set to meanwhile.
   *
   * @param holds Asked again and again.
   * @param next Says what to wait for until it is asked again: milliseconds, or some work.
   */
  async until(holds: () => boolean, timeoutMs: number, waiting: Waiting, next: (nowMs: number) => number | Promise<void>): Promise<void> {
    if (timeoutMs <= 0 || holds()) return;
    const { clock } = waiting;
    const endMs = clock.now() + timeoutMs;
    let isOver = false;
    const timer = unref(clock.setTimeout(() => {
      isOver = true;
      this.wake();
    }, timeoutMs));
    for (let nowMs = clock.now(); !isOver && nowMs < endMs && !holds(); nowMs = clock.now()) {
      const leftMs = Math.min(timeoutMs, endMs - nowMs); // a clock that is set back makes no time longer
      const given = next(nowMs);
      if (typeof given === "number") await this.#wait(Math.min(leftMs, given), waiting);
      else await this.#wait(leftMs, waiting, given);
    }
    clock.clearTimeout(timer);
  }

  /** Waits for the time, or less if the work is done, or where waking may be heard. The timer holds the process. */
  async #wait(ms: number, { clock, outlives }: Waiting, work?: Promise<void>): Promise<void> {
    let wake = (): void => {};
    let timer: Timer | undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
      timer = clock.setTimeout(resolve, Math.max(0, ms));
    });
    if (outlives) this.#all.add(wake);
    try {
      await (work === undefined ? woken : Promise.race([work, woken]));
    } finally {
      this.#all.delete(wake);
      clock.clearTimeout(timer!);
    }
  }
}

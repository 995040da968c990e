/** Those who wait for something to happen, and look again when it may have. */

import type { Clock, Timer } from "../clock.ts";

/** Wakes those who wait. */
export class Watchers {
  readonly #all = new Set<() => void>();

  /** Lets all look again. */
  wake(): void {
    for (const watcher of this.#all) watcher();
  }

  /**
   * Waits for the time, or less if the work is done, or where waking may be heard. The timer holds the process.
   *
   * @param isHeard False where no promise may be settled from another request.
   */
  async wait(ms: number, clock: Clock, isHeard: boolean, work?: Promise<void>): Promise<void> {
    let wake = (): void => {};
    let timer: Timer | undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
      timer = clock.setTimeout(resolve, Math.max(0, ms));
    });
    if (isHeard) this.#all.add(wake);
    try {
      await (work === undefined ? woken : Promise.race([work, woken]));
    } finally {
      this.#all.delete(wake);
      clock.clearTimeout(timer!);
    }
  }
}

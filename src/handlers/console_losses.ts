/** Counts console events that were lost because the stream has no reader. */

import type { HandlerStats } from "../handler_stats.ts";

export class ConsoleLosses {
  #count = 0;

  /** Records whether an event was written. */
  note(isWritten: boolean): void {
    if (!isWritten) this.#count++;
  }

  /** The counts, once an event was lost. */
  get stats(): HandlerStats | undefined {
    if (this.#count === 0) return undefined;
    const lost = { "reader-gone": this.#count };
    return { state: "closed", queued: 0, queuedBytes: 0, delivered: 0, retries: 0, lost, lastError: "The stream has no reader" };
  }
}

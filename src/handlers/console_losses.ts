/** What a handler of the console counts: the events that nobody could read any more. */

import type { HandlerStats } from "../handler_stats.ts";

/** Counts events that were not written, because the reader of the stream is gone. */
export class ConsoleLosses {
  #count = 0;

  /** Notes whether an event was written. */
  note(isWritten: boolean): void {
    if (!isWritten) this.#count++;
  }

  /** The numbers of the handler, once something was lost. */
  get stats(): HandlerStats | undefined {
    if (this.#count === 0) return undefined;
    const lost = { "reader-gone": this.#count };
    return { state: "closed", queued: 0, queuedBytes: 0, delivered: 0, retries: 0, lost, lastError: "The reader of the stream is gone" };
  }
}

/** The ledger of a queue: what was lost and why, and who waits for which lines. */

import { report } from "../diagnostic.ts";

/** A flush that waits for the lines before its target. */
export interface FlushEntry {
  target: number;
  lost: number;
}

/** Somebody who waits for one line. */
interface Waiter {
  readonly number: number;
  readonly settle: (reason?: string) => void;
}

/** Events that were dropped because the queue was full. */
export interface Dropped {
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Counts what is lost, by reason, and tells those who wait. */
export class Ledger {
  readonly lost: Record<string, number> = {};
  /** The flushes that wait. */
  readonly flushes: Set<FlushEntry> = new Set();
  readonly #waiters = new Set<Waiter>();
  #dropped: Dropped | undefined;

  /** Notes that events are lost, from the first number on; an overflow is told when it begins. */
  lose(count: number, reason: string, first: number, nowMs: number, handler: string, why: string = reason): void {
    const before = this.lost[reason] ?? 0;
    if (reason !== "kept") { // on disk, for the next process
      this.lost[reason] = before + count;
      for (const flush of this.flushes) flush.lost += Math.min(count, Math.max(0, flush.target - first));
    }
    const isNew = reason === "overflow" && this.#dropped === undefined;
    if (reason === "overflow") {
      const { count: known = 0, fromMs = nowMs } = this.#dropped ?? {};
      this.#dropped = { count: known + count, fromMs, toMs: nowMs };
    }
    for (const waiter of this.#waiters) {
      if (waiter.number >= first && waiter.number < first + count) this.#settle(waiter, `The event is lost: ${why}`);
    }
    if (before === 0 && reason === "closed" && first === Infinity) {
      const hint = "Close or shut down when nothing logs any more";
      report({ code: "closed", handler, message: "An event was logged to a handler that is closed, and is lost", hint });
    }
    if (!isNew) return;
    const message = "The queue is full, and events are dropped; stats() counts them";
    report({ code: reason, handler, message, hint: "Raise queueSize or maxQueueBytes, or log less", count });
  }

  /** Tells that events were given up without having been delivered. */
  tellGivenUp(count: number, reason: string, handler: string, lastError: string | undefined): void {
    const why = lastError === undefined ? "" : `: ${lastError}`;
    const message = `${count} ${count === 1 ? "event" : "events"} could not be delivered and ${
      count === 1 ? "is" : "are"
    } lost (${reason})${why}`;
    report({ code: "lost", handler, message, hint: "Give the end more time, or keep events in a queue on disk", count });
  }

  /** What was dropped since it was last told; it is told once. */
  takeDropped(): Dropped | undefined {
    const dropped = this.#dropped;
    this.#dropped = undefined;
    return dropped;
  }

  /** Waits until the line of that number is settled. Rejects if it is lost, or a delivery of it fails. */
  acknowledge(number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.add({ number, settle: (reason) => (reason === undefined ? resolve() : reject(new Error(reason))) });
    });
  }

  /** Tells those who wait for lines that are no more in the queue. */
  settled(isThere: (number: number) => boolean): void {
    for (const waiter of this.#waiters) if (!isThere(waiter.number)) this.#settle(waiter);
  }

  /** Tells all who wait that the delivery failed; their events are kept, and tried again. */
  failed(reason: string): void {
    for (const waiter of this.#waiters) this.#settle(waiter, `The event is not acknowledged yet, and is tried again: ${reason}`);
  }

  #settle(waiter: Waiter, reason?: string): void {
    this.#waiters.delete(waiter);
    waiter.settle(reason);
  }
}

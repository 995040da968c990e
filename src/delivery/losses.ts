/** Counts what a queue has lost, by reason, and reports it. */

import { countEvents, report } from "../diagnostic.ts";
import type { Loss } from "./queue.ts";

export interface Dropped {
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface GivenUp {
  readonly count: number;
  readonly reason: string;
  readonly handler: string;
  /** Message of the last failure. */
  readonly lastError?: string | undefined;
}

/** Reason for lines that stay on disk for the next process: they do not count as lost. */
export const keptReason = "kept";

export class Losses {
  /** Number of lost events by reason. */
  readonly counts: Record<string, number> = {};
  #dropped: Dropped | undefined;

  /** Counts lost events. An overflow is reported once, when it begins. */
  add({ count, reason, first }: Loss, nowMs: number, handler: string): void {
    if (reason === keptReason) return;
    const before = this.counts[reason] ?? 0;
    this.counts[reason] = before + count;
    if (reason === "overflow") this.#drop(count, nowMs, handler);
    if (before > 0 || reason !== "closed" || first !== Infinity) return;
    const hint = "Close or shut down after the last log call";
    report({ code: "closed", handler, message: "An event was logged to a handler that is closed, and is lost", hint });
  }

  #drop(count: number, nowMs: number, handler: string): void {
    const isNew = this.#dropped === undefined;
    const { count: known = 0, fromMs = nowMs } = this.#dropped ?? {};
    this.#dropped = { count: known + count, fromMs, toMs: nowMs };
    if (!isNew) return;
    const message = "The queue is full, and events are dropped; stats() counts them";
    report({ code: "overflow", handler, message, hint: "Raise queueSize or maxQueueBytes, or log less", count });
  }

  /** Returns what was dropped since the last call. */
  takeDropped(): Dropped | undefined {
    const dropped = this.#dropped;
    this.#dropped = undefined;
    return dropped;
  }
}

/** Reports events that were given up undelivered. */
export function reportGivenUp({ count, reason, handler, lastError }: GivenUp): void {
  const why = lastError === undefined ? "" : `: ${lastError}`;
  const message = `${countEvents(count)} could not be delivered and ${count === 1 ? "is" : "are"} lost (${reason})${why}`;
  const hint = `${why === "" ? "Allow more time for shutdown" : "Remove the cause"}, or keep events in a queue on disk`;
  report({ code: "lost", handler, message, hint, count });
}

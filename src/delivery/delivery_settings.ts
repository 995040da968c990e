/** How lines travel: what a delivery is told by its handler. */

import { heed, report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import type { HealthSettings } from "./server_health.ts";
import type { IngestionSettings } from "../seq/ingestion.ts";
import type { Dropped } from "./losses.ts";
import type { BatchLimits, QueueBounds, QueueFactory } from "./queue.ts";

/** How lines travel. */
export interface DeliverySettings extends IngestionSettings, BatchLimits, QueueBounds, HealthSettings {
  readonly periodMs: number;
  readonly exitTimeoutMs: number;
  /** Whether work outlives the call that began it; where not, nothing starts by itself. */
  readonly outlives: boolean;
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** Told of each request that did not succeed. */
  readonly onFailure?: (error: Error) => void;
  /** Told of events that are lost: the lines, the reason, and what the server said. */
  readonly onLost?: (lines: () => Uint8Array<ArrayBuffer>, reason: string, said: string | undefined) => void;
  /** Told, when events are accepted again, what had to be dropped. */
  readonly onDropped?: (dropped: Dropped) => void;
  /** Told of the least level that the server wants. */
  readonly onLevel?: (level: string | null) => void;
  /** Whether the server is to be asked for it when there is nothing to send. */
  readonly asksLevel?: () => boolean;
  /** Whether the events that a process takes with it are printed when it exits. */
  readonly exitReport: boolean;
  /** Makes another queue than the one in memory. */
  readonly queue?: QueueFactory;
}

/** Tells the caller of a request that did not succeed. */
export function tellFailure(reason: string, { name, onFailure }: DeliverySettings): void {
  const fail = (error: unknown): void => {
    report({ code: "callback-failed", handler: name, message: `The option onFailure failed: ${readException(error).text}` });
  };
  try {
    heed<unknown>(onFailure?.(new Error(reason)), fail);
  } catch (error) {
    fail(error);
  }
}

/** How lines are delivered: what a handler hands to its delivery. */

import { catchRejection, report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import type { Clock } from "../runtime/clock.ts";
import type { WaitUntil } from "../runtime/wait_until.ts";
import type { Dropped } from "./losses.ts";
import type { Send } from "./outcome.ts";
import type { BatchLimits, LineTime, Loss, QueueBounds, QueueFactory } from "./queue.ts";
import type { HealthSettings } from "./server_health.ts";

/** How lines are delivered: plain data, and the functions that a delivery calls. */
export interface DeliverySettings extends BatchLimits, QueueBounds, HealthSettings {
  readonly send: Send;
  readonly clock: Clock;
  readonly periodMs: number;
  /** How long a lease is in force where work is bound to a request. */
  readonly requestTimeoutMs: number;
  readonly exitTimeoutMs: number;
  /** Whether the events that a process takes with it are printed when it exits. */
  readonly exitReport: boolean;
  /** Whether work lives only as long as the request that began it; nothing begins by itself there. */
  readonly isRequestBound: boolean;
  /** Returns what keeps the request alive that the caller works for, if anything does. */
  readonly waitUntil?: (() => WaitUntil | undefined) | undefined;
  /** Where the time stands in a line. */
  readonly lineTime?: LineTime | undefined;
  /** Where the lines go, for a queue that outlives the process: without credentials. */
  readonly destination?: string | undefined;
  /** Makes another queue than the one in memory. */
  readonly queue?: QueueFactory | undefined;
  /** Called with each request that did not succeed. */
  readonly onFailure?: ((error: Error) => void) | undefined;
  /** Called with events that are lost, and what the server said of them. */
  readonly onLost?: ((loss: Loss, said: string | undefined) => void) | undefined;
  /** Called, when events are accepted again, with what had to be dropped. */
  readonly onDropped?: ((dropped: Dropped) => void) | undefined;
}

/** Calls the program's own function with a request that did not succeed. */
export function callOnFailure(reason: string, { name, onFailure }: DeliverySettings): void {
  const fail = (error: unknown): void => {
    report({ code: "callback-failed", handler: name, message: `The option onFailure failed: ${readException(error).text}` });
  };
  try {
    catchRejection<unknown>(onFailure?.(new Error(reason)), fail);
  } catch (error) {
    fail(error);
  }
}

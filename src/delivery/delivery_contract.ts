/** Declares what a handler passes to its delivery: the settings, and the functions that the delivery calls. */

import { catchRejection, report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import type { Clock } from "../runtime/clock.ts";
import type { WaitUntil } from "../runtime/wait_until.ts";
import type { Dropped } from "./losses.ts";
import type { Send } from "./outcome.ts";
import type { BatchLimits, LineTime, Loss, QueueBounds, QueueFactory } from "./queue.ts";
import type { HealthSettings } from "./server_health.ts";

/** Settings of a delivery: plain data, and the functions that it calls. */
export interface DeliverySettings extends BatchLimits, QueueBounds, HealthSettings {
  readonly send: Send;
  readonly clock: Clock;
  readonly periodMs: number;
  /** How long a lease is valid on a runtime where work is bound to a request. */
  readonly requestTimeoutMs: number;
  readonly exitTimeoutMs: number;
  /** Whether undelivered events are printed to stderr when the process exits. */
  readonly exitReport: boolean;
  /** Whether all work ends with the request in which it began (Workers, Vercel Edge). There, no work begins without a request. */
  readonly isRequestBound: boolean;
  /** Returns the current request's `waitUntil`, if there is one. */
  readonly waitUntil?: (() => WaitUntil | undefined) | undefined;
  /** Position of the timestamp in a line. */
  readonly lineTime?: LineTime | undefined;
  /** Server that the lines go to, without credentials. A durable queue stores it with the lines. */
  readonly destination?: string | undefined;
  /** Creates the queue. Default: a queue in memory. */
  readonly queue?: QueueFactory | undefined;
  /** Called for each request that failed or was rejected. */
  readonly onFailure?: ((error: Error) => void) | undefined;
  /** Called with lost events and, if the server rejected them, with its message. */
  readonly onLost?: ((loss: Loss, said: string | undefined) => void) | undefined;
  /** Called once events are accepted again, with the number of events that were dropped. */
  readonly onDropped?: ((dropped: Dropped) => void) | undefined;
}

/** Calls the program's `onFailure` for a request that failed or was rejected. Reports the error if the function throws. */
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

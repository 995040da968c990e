/** Decides how long a reply waits for the delivery of events on runtimes that freeze between calls, such as AWS Lambda. */

import { requireFunction } from "../diagnostic.ts";
import { flush } from "../lifecycle.ts";
import { options, type Reader, requireOptions, waitTime } from "../option_schema.ts";

/** The options of {@linkcode flushAfter}; all are optional. */
export interface FlushAfterOptions {
  /** How long a reply waits for its events, in milliseconds. Other events are sent during a later call. Default: 2000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How much of the platform's time limit remains unused, in milliseconds. Applies if the second argument is a context of AWS Lambda, which
   * reports the remaining time (`getRemainingTimeInMillis`). Default: 500.
   */
  readonly marginMs?: number | undefined;
}

/** The part of AWS Lambda's context that is used. */
interface LambdaContext {
  getRemainingTimeInMillis?(): number;
}

const readFlushAfterOptions: Reader<FlushAfterOptions> = options<FlushAfterOptions>(() => ({
  timeoutMs: waitTime,
  marginMs: waitTime,
}));

/**
 * Wraps a function so that its events are delivered before it returns: for AWS Lambda, Vercel on Node, and all platforms that freeze a
 * process between calls.
 *
 * A frozen process sends nothing, and may never resume, so its queued events are late or lost. The wrapper waits for delivery, for at most
 * `timeoutMs`, and never beyond the call's own time limit; then it returns the function's result, or throws its exception. Undelivered
 * events stay queued, and are sent during the next call. The wrapper does not suit functions that respond by a stream or a callback.
 *
 * @param handler Called with the platform's arguments and its `this`.
 * @param options How long the reply may wait.
 * @returns A function of the same type.
 * @throws {TypeError} If the handler is not a function.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { configure, flushAfter, getLogger, stats } from "@x/seqlog";
 * import { createCollector } from "@x/seqlog/collector";
 * import assert from "node:assert/strict";
 *
 * const seq = createCollector();
 * const logging = configure({ serverUrl: "http://seq.test", fetch: (input, init) => seq.fetch(new Request(input, init)) });
 * const handler = flushAfter(async (event: { OrderId: number }) => {
 *   getLogger("shop.orders").info("Order {OrderId} shipped", event);
 *   return { statusCode: 200 };
 * });
 * assert.deepEqual(await handler({ OrderId: 42 }), { statusCode: 200 });
 * assert.equal(seq.events[0]?.message, "Order 42 shipped");
 * await logging.shutdown();
 * ```
 */
// deno-lint-ignore no-explicit-any -- each platform has its own arguments
export function flushAfter<H extends (...args: any[]) => Promise<unknown>>(handler: H, options: FlushAfterOptions = {}): H {
  requireFunction(handler, "flushAfter", "handler");
  const { timeoutMs = 2000, marginMs = 500 } = requireOptions(readFlushAfterOptions, options, "flushAfter");
  const wrapped = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    try {
      return await handler.apply(this, args);
    } finally {
      await flush({ timeoutMs: Math.max(0, Math.min(timeoutMs, leftMs(args[1]) - marginMs)), givesUp: true });
    }
  };
  return wrapped as unknown as H;
}

/** Returns how long the call may still run, if its context reports it. */
function leftMs(context: unknown): number {
  try {
    const left = (Object(context) as LambdaContext).getRemainingTimeInMillis?.();
    return typeof left === "number" && !Number.isNaN(left) ? left : Infinity;
  } catch {
    return Infinity; // a context that throws must not change the reply
  }
}

/** The wrapper for runtimes that freeze between calls, such as AWS Lambda: what was logged is delivered before the reply. */

import { flush } from "../lifecycle.ts";
import { callable, number, options, type Reader, requireOptions } from "../option_schema.ts";

/** What {@linkcode flushAfter} takes; none is required. */
export interface FlushAfterOptions {
  /** How long a reply waits for its events at the most, in milliseconds; what is left goes with a later call. Default: 2000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How much of the time that the platform allows is left alone, in milliseconds: the wait ends before the call's time is over, where the second argument
   * is a context of AWS Lambda and can tell that (`getRemainingTimeInMillis`). Default: 500.
   */
  readonly marginMs?: number | undefined;
}

/** What is used of the context of AWS Lambda. */
interface LambdaContext {
  getRemainingTimeInMillis?(): number;
}

const readFlushAfterOptions: Reader<FlushAfterOptions> = options<FlushAfterOptions>({
  timeoutMs: number(0, 2 ** 31 - 1),
  marginMs: number(0, 2 ** 31 - 1),
});
const readHandler: Reader<{ handler: unknown }> = options<{ handler: unknown }>({ handler: callable });

/**
 * Wraps a function so that what was logged is delivered before it answers: for AWS Lambda, Vercel on Node, and all that freeze a process between calls.
 *
 * A frozen process sends nothing, and may never be thawed: what waits in it is late or lost. The answer waits for the delivery of what is queued, for at
 * most `timeoutMs`, and never beyond the call's own time; it is the function's own, as is what it throws. What could not be delivered in time stays
 * queued, and goes with the next call. Functions that answer by a stream or a callback are not for this.
 *
 * @param handler Called with what the platform calls it with, and with its `this`.
 * @param options How long the answer may wait.
 * @returns A function of the same type.
 * @throws {ConfigError} If an option is wrong; it lists every mistake.
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
// deno-lint-ignore no-explicit-any -- what a function is called with is each platform's own
export function flushAfter<H extends (...args: any[]) => Promise<unknown>>(handler: H, options: FlushAfterOptions = {}): H {
  requireOptions(readHandler, { handler });
  const { timeoutMs = 2000, marginMs = 500 } = requireOptions(readFlushAfterOptions, options);
  const wrapped = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    try {
      return await handler.apply(this, args);
    } finally {
      await flush({ timeoutMs: Math.max(0, Math.min(timeoutMs, leftMs(args[1]) - marginMs)), givesUp: true });
    }
  };
  return wrapped as unknown as H;
}

/** How long the call may still take, as far as its context can tell. */
function leftMs(context: unknown): number {
  try {
    const left = (Object(context) as LambdaContext).getRemainingTimeInMillis?.();
    return typeof left === "number" && !Number.isNaN(left) ? left : Infinity;
  } catch {
    return Infinity; // a context that fails must not change the answer
  }
}

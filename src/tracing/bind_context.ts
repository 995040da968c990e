/** Callbacks that keep the context they were made in. */

import { current, runInContext } from "../context.ts";

// deno-lint-ignore no-explicit-any -- a callback takes what its caller hands over
type Callback = (this: any, ...args: any[]) => unknown;

/**
 * Returns a callback that runs in the context of now: with the `RequestId`, the properties of `withContext`, and the span.
 *
 * Promises, timers, and streams keep the context by themselves. A pool of connections, an event emitter or an old API with callbacks calls in the context of
 * whoever made it, or of another request: what is handed to those is bound.
 *
 * @param callback The callback.
 * @returns The same, bound; with the `this` and the arguments that it is called with.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler, withContext } from "@x/seqlog";
 * import { bindContext } from "@x/seqlog/tracing";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("jobs").addHandler(memory);
 * const onReply = withContext({ JobId: 7 }, () => bindContext((reply: string) => getLogger("jobs").warn("Reply {Reply}", { Reply: reply })));
 * onReply("late");
 * assert.deepEqual(memory.events[0]?.properties, { Reply: "late", JobId: 7 });
 * added[Symbol.dispose]();
 * ```
 */
export function bindContext<F extends Callback>(callback: F): F {
  const context = current();
  if (context === undefined) return callback;
  return function (this: unknown, ...args: unknown[]): unknown {
    return runInContext(context, () => callback.apply(this, args), "bindContext binds nothing");
  } as F;
}

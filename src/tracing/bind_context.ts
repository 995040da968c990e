/** Decides which context a callback runs in when another part of the program calls it. */

import { requireFunction } from "../diagnostic.ts";
import { type Context, current, hasStorage, runInContext } from "../context.ts";

/**
 * Returns a callback that runs in the current context: with the `RequestId`, the properties of `withContext`, and the span; or without all
 * of them, if there is none.
 *
 * Promises, timers and streams keep the context by themselves. A connection pool, an event emitter or an API with callbacks calls in the
 * context in which it was created, or in another request's; bind the callbacks that you pass to those.
 *
 * @param callback The callback.
 * @returns The bound callback, which passes on its `this` and its arguments.
 * @throws {TypeError} If the callback is not a function.
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
// deno-lint-ignore no-explicit-any -- a callback takes what its caller hands over
export function bindContext<F extends (this: any, ...args: any[]) => unknown>(callback: F): F {
  requireFunction(callback, "bindContext", "callback");
  const context: Context = current() ?? { properties: undefined, request: undefined };
  if (!hasStorage()) return callback;
  return function (this: unknown, ...args: unknown[]): unknown {
    return runInContext(context, () => callback.apply(this, args), "bindContext binds nothing");
  } as F;
}

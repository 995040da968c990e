/** Decides which context a callback runs in when another part of the program calls it. */

import { requireFunction } from "../diagnostic.ts";
import { type Context, current, hasStorage, runInContext } from "../context.ts";

/**
 * Returns a callback that always runs in the context in which it was bound: with its `RequestId`, properties of `withContext`, and span. A
 * callback bound outside of any context runs without context.
 *
 * Promises, timers and streams keep the context by themselves. A connection pool, an event emitter or an API with callbacks may call back
 * in another context, such as another request's. Bind the callbacks that you pass to them.
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
// deno-lint-ignore no-explicit-any -- a callback may have any parameters
export function bindContext<F extends (this: any, ...args: any[]) => unknown>(callback: F): F {
  requireFunction(callback, "bindContext", "callback");
  const context: Context = current() ?? { properties: undefined, request: undefined };
  if (!hasStorage()) return callback;
  return function (this: unknown, ...args: unknown[]): unknown {
    return runInContext(context, () => callback.apply(this, args), "bindContext binds nothing");
  } as F;
}

/** The place of a log call, on demand. */

/** An error that nobody has thrown: its name says what it is. */
class StackInfo extends Error {
  override readonly name = "StackInfo";
}

/**
 * The stack of the caller, to be logged as what fills the event's exception: `logger.warn(stackInfo(), "Cache {Name} is empty", { Name })`.
 *
 * It is what `stack_info=True` is in Python's logging; taking a stack costs some microseconds.
 *
 * @returns An error that holds the stack.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler, stackInfo } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("cache").addHandler(memory);
 * getLogger("cache").warn(stackInfo(), "Cache {Name} is empty", { Name: "prices" });
 * added.dispose();
 * assert.equal(memory.events[0]?.message, "Cache prices is empty");
 * assert.match(memory.events[0]?.exception ?? "", /^StackInfo/);
 * ```
 */
export function stackInfo(): Error {
  const info = new StackInfo();
  const { captureStackTrace } = Error as { captureStackTrace?(error: Error, below: unknown): void };
  captureStackTrace?.(info, stackInfo); // V8 and Bun leave out this function; elsewhere it is the first line
  return info;
}

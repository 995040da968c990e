/** Decides what a stack looks like that a program logs on request. */

/** An error that is never thrown; its name marks it as a stack. */
class StackInfo extends Error {
  override readonly name = "StackInfo";
}

/**
 * Returns the caller's stack as an error that fills the event's exception: `logger.warn(stackInfo(), "Cache {Name} is empty", { Name })`.
 *
 * Corresponds to `stack_info=True` of Python's logging. Capturing a stack takes some microseconds.
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
  captureStackTrace?.(info, stackInfo); // V8 and Bun then omit this function from the stack; elsewhere it is the first frame
  return info;
}

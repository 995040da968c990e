/** Where responses and their bodies behave as on no other runtime. */

import { world } from "./detect.ts";

/** Whether this is Bun, whose servers take answers that are no responses. */
export const isBun = (): boolean => world.Bun !== undefined;

/** Whether a response of Bun's has a stream for a body. It cannot be asked: a body that was touched has lost its type, and a file its range. */
export function isStreamOfBun(response: object): boolean {
  return /^ {2}ReadableStream/m.test(world.Bun?.inspect(response, { depth: 0 }) ?? "");
}

/** Whether a body that was touched has no length any more, be it a stream or not: Deno. */
export const losesLength = (): boolean => world.Deno !== undefined;

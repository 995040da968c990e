/** Where a runtime's responses and bodies differ from those of all others. */

import { world } from "./detect.ts";

/** Whether this is Bun, whose servers accept return values that are no responses. */
export const isBun = (): boolean => world.Bun !== undefined;

/** Whether a response of Bun's has a stream as its body. Reading its `body` would show that, but would lose its type and a file's range. */
export function isStreamOfBun(response: object): boolean {
  return /^ {2}ReadableStream/m.test(world.Bun?.inspect(response, { depth: 0 }) ?? "");
}

/** Whether a body loses its length once it is read, as on Deno. */
export const losesLength = (): boolean => world.Deno !== undefined;

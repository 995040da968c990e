/** Where a runtime's responses and bodies differ from those of all others. */

import { builtin, world } from "./detect.ts";

/** Whether this is Bun, whose servers accept return values that are no responses. */
export const isBun = (): boolean => world.Bun !== undefined;

/** Whether a response of Bun's has a stream as its body. Reading its `body` would show that, but would lose its type and a file's range. */
export function isStreamOfBun(response: Response): boolean {
  return !isHeld(response) && /^ {2}ReadableStream/m.test(world.Bun?.inspect(response, { depth: 0 }) ?? "");
}

/** Whether memory holds a response's whole body, as Bun's estimate shows: an inspection takes a hundred times as long. */
let isHeld = (response: Response): boolean => {
  isHeld = readEstimates();
  return isHeld(response);
};

interface Memory {
  estimateShallowMemoryUsageOf?(value: object): number;
}

/** Returns how the estimates tell bodies in memory from streams. If they do not, nothing counts as held. */
function readEstimates(): (response: Response) => boolean {
  const { estimateShallowMemoryUsageOf: sizeOf = () => NaN } = builtin<Memory>("bun:jsc") ?? {};
  const bytesOf = (response: Response): number => sizeOf(response) - response.statusText.length - response.url.length;
  const empty = bytesOf(new Response(null));
  const streamed = new Response(new ReadableStream({}), { headers: { "content-type": "text/plain" }, statusText: "Streamed" });
  const isTelling = bytesOf(streamed) === empty && bytesOf(new Response("text")) === empty + 4;
  return (response) => isTelling && bytesOf(response) > empty;
}

/** Whether a body loses its length once it is read, as on Deno. */
export const losesLength = (): boolean => world.Deno !== undefined;

/** The places where the responses and bodies of one runtime differ from those of all other runtimes. */

import { builtin, isNode, world } from "./detect.ts";

/** Whether this is Bun, whose servers accept return values that are no responses. */
export const isBun = (): boolean => world.Bun !== undefined;

/** Whether a response of Bun's has a stream as its body. Reading its `body` would show that, but would lose its type and a file's range. */
export function isStreamOfBun(response: Response): boolean {
  return !isHeld(response) && /^ {2}ReadableStream/m.test(world.Bun?.inspect(response, { depth: 0 }) ?? "");
}

/** Whether the whole body is in memory, by Bun's estimate of the response's size. An inspection would take a hundred times as long. */
let isHeld = (response: Response): boolean => {
  isHeld = readEstimates();
  return isHeld(response);
};

interface Memory {
  estimateShallowMemoryUsageOf?(value: object): number;
}

/** Returns a function that recognises a body in memory by its size. If sizes do not show it, no body counts as in memory. */
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

let redirect: "error" | "manual" | undefined;

/** Returns the redirect mode of a request with a body. Node copies the body of a request once more unless a redirect is an error. */
export const redirectMode = (): "error" | "manual" => redirect ??= isNode() ? "error" : "manual";

/** Returns whether a request failed because of a redirect. Later requests then get redirects as responses, which say where they lead. */
export function failedByRedirect(error: unknown): boolean {
  const { message, cause } = Object(error) as { readonly message?: unknown; readonly cause?: { readonly message?: unknown } };
  if (redirect !== "error" || !/redirect/i.test(`${message} ${cause?.message}`)) return false;
  redirect = "manual";
  return true;
}

/** The places where the responses and bodies of one runtime differ from those of all other runtimes. */

import { builtin, bun, deno, isNode } from "./detect.ts";

/** Whether this is Bun, whose servers accept return values that are no responses. */
export const isBun = (): boolean => bun !== undefined;

/** Whether a response of Bun's has a stream as its body. Reading its `body` would show that, but would lose its type and a file's range. */
export function isStreamOfBun(response: Response): boolean {
  return !isHeld(response) && /^ {2}ReadableStream/m.test(bun?.inspect(response, { depth: 0 }) ?? "");
}

interface Memory {
  estimateShallowMemoryUsageOf?(value: object): number;
}

/** Bun's estimate for a response whose body is not in memory; infinite if estimates count more than texts and bodies. */
let bareSize: number | undefined;

/** Whether the whole body is in memory, by Bun's estimate of the response's size. An inspection would take many times as long. */
function isHeld(response: Response): boolean {
  const sizeOf = (one: Response): number =>
    (builtin<Memory>("bun:jsc")?.estimateShallowMemoryUsageOf?.(one) ?? NaN) - one.statusText.length - one.url.length;
  if (bareSize === undefined) {
    bareSize = sizeOf(new Response(null));
    const streamed = new Response(new ReadableStream(), { headers: { a: "b" }, statusText: "c" });
    if (sizeOf(streamed) !== bareSize) bareSize = Infinity;
  }
  return sizeOf(response) > bareSize;
}

/** Whether a body loses its length once it is read, as on Deno. */
export const losesLength = (): boolean => deno !== undefined;

let redirect: "error" | "manual" | undefined;

/** Returns the redirect mode of a request with a body. Node copies the body of a request once more unless a redirect is an error. */
export const redirectMode = (): "error" | "manual" => redirect ??= isNode() ? "error" : "manual";

/** Returns whether a request failed because of a redirect. Later requests then get redirects as responses, which say where they lead. */
export function failedByRedirect(error: unknown): boolean {
  const { cause } = Object(error) as { readonly cause?: unknown }; // the function fetch of a program may reject with any value
  if (redirect !== "error" || !/redirect/i.test(String(Object(cause ?? error).message))) return false;
  redirect = "manual";
  return true;
}

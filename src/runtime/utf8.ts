/** Text as bytes. Nothing is made while this loads: Jest's jsdom lacks the web's classes, and Node's own stand in for them. */

import { builtin } from "./detect.ts";

let encoder: TextEncoder | undefined;

/** Returns the one encoder of texts. */
export function utf8(): TextEncoder {
  if (encoder !== undefined) return encoder;
  const Encoder = globalThis.TextEncoder ?? builtin<{ readonly TextEncoder: typeof TextEncoder }>("node:util")?.TextEncoder;
  return (encoder = new Encoder());
}

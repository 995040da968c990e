/** Text as bytes. Nothing is made while this loads: Jest's jsdom lacks the web's classes, and Node's own stand in for them. */

import { builtin } from "./detect.ts";

/** What is used of a TextEncoder; not every set of libraries has its type. */
export interface Utf8Encoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, bytes: Uint8Array): { readonly read: number; readonly written: number };
}

let encoder: Utf8Encoder | undefined;

/** Returns the one encoder of texts. */
export function utf8(): Utf8Encoder {
  if (encoder !== undefined) return encoder;
  const Encoder = globalThis.TextEncoder ?? builtin<{ readonly TextEncoder: new () => Utf8Encoder }>("node:util")?.TextEncoder;
  return (encoder = new Encoder!());
}

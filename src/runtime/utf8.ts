/** Converts text to bytes. The encoder is made at first use; Jest's jsdom lacks the global class, so Node's own class is used there. */

import { builtin } from "./detect.ts";

/** The part of TextEncoder that is used, because not every set of type libraries declares it. */
export interface Utf8Encoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, bytes: Uint8Array): { readonly read: number; readonly written: number };
}

let encoder: Utf8Encoder | undefined;

/** Returns the encoder. */
export function utf8(): Utf8Encoder {
  if (encoder !== undefined) return encoder;
  const Encoder = globalThis.TextEncoder ?? builtin<{ readonly TextEncoder: new () => Utf8Encoder }>("node:util")?.TextEncoder;
  return (encoder = new Encoder!());
}

let decoder: { decode(bytes: Uint8Array): string } | undefined;

/** Returns valid UTF-8 as text. */
export function utf8Text(bytes: Uint8Array): string {
  const Decoder = globalThis.TextDecoder ?? builtin<{ readonly TextDecoder: typeof TextDecoder }>("node:util")?.TextDecoder;
  return (decoder ??= new Decoder!("utf-8", { ignoreBOM: true })).decode(bytes);
}

/** Standard input and output for this package's own programs, and files read in chunks. */

import { builtin, type Listener, world } from "./detect.ts";

interface Streams {
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: { on?(event: string, listener: Listener): unknown };
}

const streams = (): Streams => (world.process ?? {}) as Streams;

/** Returns the bytes of a file, or of standard input for `-`. The iteration throws the runtime's errors, such as for a missing file. */
export function readBytes(path: string): AsyncIterable<Uint8Array> {
  if (path === "-") return streams().stdin ?? emptyInput();
  const files = builtin<{ createReadStream(path: string): AsyncIterable<Uint8Array> }>("node:fs");
  if (files === undefined) throw new Error(`Cannot read ${path}: this runtime has no node:fs`);
  return files.createReadStream(path);
}

async function* emptyInput(): AsyncGenerator<Uint8Array, void> {}

/** Calls the listener once nobody reads standard output any more, as after `| head`. Without a listener, Node would exit with an error. */
export function onOutputGone(listener: () => void): void {
  streams().stdout?.on?.("error", listener);
}

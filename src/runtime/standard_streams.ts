/** Standard input and output as a program of ours uses them, and files that are read piece by piece. */

import { builtin, type Listener, world } from "./detect.ts";

interface Streams {
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: { on?(event: string, listener: Listener): unknown };
}

const streams = (): Streams => (world.process ?? {}) as Streams;

/** Returns the bytes of a file, or of the standard input for `-`; the iteration throws what the runtime throws, such as for a file that is not there. */
export function readBytes(path: string): AsyncIterable<Uint8Array> {
  if (path === "-") return streams().stdin ?? emptyInput();
  const files = builtin<{ createReadStream(path: string): AsyncIterable<Uint8Array> }>("node:fs");
  if (files === undefined) throw new Error(`Cannot read ${path}: this runtime has no node:fs`);
  return files.createReadStream(path);
}

async function* emptyInput(): AsyncGenerator<Uint8Array, void> {}

/** Calls back when nobody reads the standard output any more, as after `| head`: Node would end the program with an error. */
export function onOutputGone(listener: () => void): void {
  streams().stdout?.on?.("error", listener);
}

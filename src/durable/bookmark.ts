/** The bookmark of a folder of chunks: the first line that is not settled. */

import { chunkName } from "./chunk_file.ts";
import { bytesOf, type PrivateFiles, withFile, writeAll } from "../runtime/files.ts";

/** A place among the chunks of a folder; all before it is settled. */
export interface Bookmark {
  /** The number of the chunk. */
  readonly number: number;
  /** The byte of its file. */
  readonly offset: number;
}

/** The file that has it. */
const name = "bookmark";

/** Reads it; one that cannot be understood is none, and what was settled is delivered once more. */
export function readBookmark(files: PrivateFiles, folder: string): Bookmark | undefined {
  const text = new TextDecoder().decode(bytesOf(files, `${folder}/${name}`));
  const [, number, offset] = /^(\d{12})\.clef (\d{1,15})\n$/.exec(text) ?? [];
  return offset === undefined ? undefined : { number: Number(number), offset: Number(offset) };
}

/** Replaces it at once: there is never half a one. */
export function writeBookmark(files: PrivateFiles, folder: string, { number, offset }: Bookmark, fsync: boolean): void {
  const path = `${folder}/${name}`;
  const text = `${chunkName(number)} ${offset}\n`;
  withFile(files, `${path}.new`, "w", (descriptor) => {
    writeAll(files, descriptor, new TextEncoder().encode(text));
    if (fsync) files.fdatasyncSync(descriptor);
  });
  files.renameSync(`${path}.new`, path);
}

/** The names of the files that it may leave. */
export const bookmarkFiles: readonly string[] = [name, `${name}.new`];

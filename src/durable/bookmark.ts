/** The bookmark of a folder of chunks: it points to the first unsettled line. */

import { chunkName } from "./chunk_file.ts";
import { bytesOf, type PrivateFiles, withFile, writeAll } from "../runtime/files.ts";

/** A position in the chunks of a folder; everything before it is settled. */
export interface Bookmark {
  /** Number of the chunk. */
  readonly number: number;
  /** Byte offset in the chunk's file. */
  readonly offset: number;
}

/** Name of the bookmark's file. */
const name = "bookmark";

/** Reads the bookmark. A malformed bookmark counts as absent, and settled lines are then delivered again. */
export function readBookmark(files: PrivateFiles, folder: string): Bookmark | undefined {
  const text = new TextDecoder().decode(bytesOf(files, `${folder}/${name}`));
  const [, number, offset] = /^(\d{12})\.clef (\d{1,15})\n$/.exec(text) ?? [];
  return offset === undefined ? undefined : { number: Number(number), offset: Number(offset) };
}

/** Replaces the bookmark atomically, so that no reader sees an incomplete bookmark. */
export function writeBookmark(files: PrivateFiles, folder: string, { number, offset }: Bookmark, fsync: boolean): void {
  const path = `${folder}/${name}`;
  const text = `${chunkName(number)} ${offset}\n`;
  withFile(files, `${path}.new`, "w", (descriptor) => {
    writeAll(files, descriptor, new TextEncoder().encode(text));
    if (fsync) files.fdatasyncSync(descriptor);
  });
  files.renameSync(`${path}.new`, path);
}

/** Names of the files that a bookmark may leave in its folder. */
export const bookmarkFiles: readonly string[] = [name, `${name}.new`];

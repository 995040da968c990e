/** Opens the chunks of a folder that another process left. */

import { readBookmark } from "./bookmark.ts";
import { chunkNumbers, type ChunkPath, chunkPath, type FileChunk, newChunk, passedByChunks } from "./chunk_file.ts";
import { ignoreErrors, type PrivateFiles, sizeOf, unlink, withFile, writeAll } from "../runtime/files.ts";

const lineBreak = 10;
/** Number of bytes read at once. */
const pieceBytes = 262_144;

/** Called with an unreadable chunk, and the offset of its first unsettled line. */
export type OnUnreadable = (file: ChunkPath, offset: number, error: unknown) => void;

/**
 * Opens the chunks of a folder, one per step, and deletes chunks without unsettled lines. May throw errors of the file system.
 *
 * @returns The next chunk, or nothing if it was deleted or cannot be read.
 */
export function* openChunks(files: PrivateFiles, folder: string, onUnreadable: OnUnreadable): Generator<FileChunk | undefined, void> {
  const mark = readBookmark(files, folder);
  const names = files.readdirSync(folder);
  const chunks = chunkNumbers(names).map((number) => ({
    file: chunkPath(folder, number),
    offset: number === mark?.number ? mark.offset : 0,
  }));
  for (const { file, offset } of [...passedByChunks(folder, names), ...chunks]) {
    if (mark !== undefined && file.isPassedBy !== true && file.number < mark.number) {
      ignoreErrors(() => unlink(files, file.path));
      continue;
    }
    try {
      const chunk = openChunk(files, file, offset);
      if (chunk === undefined) ignoreErrors(() => unlink(files, file.path));
      yield chunk;
    } catch (error) {
      onUnreadable(file, offset, error);
    }
  }
}

/** Returns the highest number that a chunk of the folder has or had; 0 if there was none. May throw errors of the file system. */
export function lastNumber(files: PrivateFiles, folder: string): number {
  return Math.max(readBookmark(files, folder)?.number ?? 0, ...chunkNumbers(files.readdirSync(folder)));
}

/** Opens a chunk from an offset on. Returns `undefined` if no line follows the offset. */
export function openChunk(files: PrivateFiles, file: ChunkPath, offset: number): FileChunk | undefined {
  const size = sizeOf(files, file.path) ?? 0;
  if (offset > size) return undefined;
  const from = isLineBegin(files, file.path, offset) ? offset : 0;
  const chunk = { ...newChunk(file, 0), settled: from, from, end: from };
  withFile(files, file.path, "r", (descriptor) => {
    const piece = new Uint8Array(Math.min(pieceBytes, size - from));
    for (let at = from, read = -1; at < size && read !== 0; at += read) {
      read = files.readSync(descriptor, piece, 0, piece.length, at);
      const bytes = piece.subarray(0, read);
      for (let found = -1; (found = bytes.indexOf(lineBreak, found + 1)) >= 0; chunk.count++) chunk.end = at + found + 1;
    }
  });
  if (chunk.end < size) repair(files, chunk, size);
  return chunk.count === 0 ? undefined : chunk;
}

/** Whether a line begins at the offset; if not, something has changed the file. */
function isLineBegin(files: PrivateFiles, path: string, offset: number): boolean {
  if (offset === 0) return true;
  const before = new Uint8Array(1);
  withFile(files, path, "r", (descriptor) => files.readSync(descriptor, before, 0, 1, offset - 1));
  return before[0] === lineBreak;
}

/** Completes a last line that lacks only its line break. Cuts off any other truncated last line. */
function repair(files: PrivateFiles, chunk: FileChunk, size: number): void {
  const { path } = chunk.file!;
  const rest = new Uint8Array(size - chunk.end);
  withFile(files, path, "r", (descriptor) => files.readSync(descriptor, rest, 0, rest.length, chunk.end));
  if (isEvent(rest)) {
    withFile(files, path, "a", (descriptor) => writeAll(files, descriptor, Uint8Array.of(lineBreak)));
    chunk.end = size + 1;
    chunk.count++;
  } else { // the half line is skipped even if it cannot be cut off
    ignoreErrors(() => withFile(files, path, "r+", (descriptor) => files.ftruncateSync(descriptor, chunk.end)));
  }
}

function isEvent(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null;
  } catch {
    return false; // half a line
  }
}

/** Keeps the lines that the server rejected, in the queue's folder, so that people can inspect them. */

import { bytesOf, ignoreErrors, type PrivateFiles, sizeOf, unlink, withFile, writeAll } from "../runtime/files.ts";

/** The newer file, and the older file. When the newer file is full, it is renamed and replaces the older file. */
const young = "rejected.clef";
const old = "rejected.1.clef";

/** Whether the folder has rejected lines. */
export function hasRejected(files: PrivateFiles, folder: string): boolean {
  return [young, old].some((name) => sizeOf(files, `${folder}/${name}`) !== undefined);
}

/** Appends lines, each with its line break. The oldest lines are dropped to stay below `maxBytes`. May throw errors of the file system. */
export function keepRejected(files: PrivateFiles, folder: string, lines: Uint8Array, maxBytes: number): void {
  const half = Math.floor(maxBytes / 2);
  if (lines.length > half) return;
  const path = `${folder}/${young}`;
  if ((sizeOf(files, path) ?? 0) + lines.length > half) files.renameSync(path, `${folder}/${old}`);
  const size = sizeOf(files, path) ?? 0;
  withFile(files, path, "a", (descriptor) => {
    try {
      writeAll(files, descriptor, lines);
    } catch (error) {
      ignoreErrors(() => files.ftruncateSync(descriptor, size)); // otherwise, the next line would continue half a line
      throw error;
    }
  });
}

/** Moves the rejected lines of one folder to another, as many as fit. May throw errors of the file system. */
export function moveRejected(files: PrivateFiles, from: string, to: string, maxBytes: number): void {
  for (const name of [old, young]) {
    const path = `${from}/${name}`;
    if (!hasRejected(files, to) && ignoreErrors(() => files.renameSync(path, `${to}/${name}`))) continue;
    const lines = bytesOf(files, path);
    if (lines === undefined) continue;
    keepRejected(files, to, newest(lines, Math.floor(maxBytes / 2)), maxBytes);
    unlink(files, path);
  }
}

/** Returns the last lines, as many as fit. */
function newest(lines: Uint8Array, maxBytes: number): Uint8Array {
  if (lines.length <= maxBytes) return lines;
  const start = lines.length - maxBytes;
  return lines.subarray(lines.indexOf(10, start - 1) + 1);
}

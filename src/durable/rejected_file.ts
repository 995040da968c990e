/** Dead letters: the lines that the server rejected, kept beside the queue for people to look at. */

import { bytesOf, ignoreErrors, type PrivateFiles, sizeOf, unlink, withFile, writeAll } from "../runtime/files.ts";

/** The younger, and the older, which is deleted when the younger becomes it. */
const young = "rejected.clef";
const old = "rejected.1.clef";

/** Whether there are any in the folder. */
export function hasLetters(files: PrivateFiles, folder: string): boolean {
  return [young, old].some((name) => sizeOf(files, `${folder}/${name}`) !== undefined);
}

/** Keeps lines, each with its line break, within bounds: the oldest go. May throw what files throw. */
export function keepLetters(files: PrivateFiles, folder: string, lines: Uint8Array, maxBytes: number): void {
  const half = Math.floor(maxBytes / 2);
  if (lines.length > half) return;
  const path = `${folder}/${young}`;
  if ((sizeOf(files, path) ?? 0) + lines.length > half) files.renameSync(path, `${folder}/${old}`);
  const size = sizeOf(files, path) ?? 0;
  withFile(files, path, "a", (descriptor) => {
    try {
      writeAll(files, descriptor, lines);
    } catch (error) {
      ignoreErrors(() => files.ftruncateSync(descriptor, size)); // else the next line would be glued to half a one
      throw error;
    }
  });
}

/** Moves the letters of one folder to another, as far as there is room. May throw what files throw. */
export function moveLetters(files: PrivateFiles, from: string, to: string, maxBytes: number): void {
  for (const name of [old, young]) {
    const path = `${from}/${name}`;
    if (!hasLetters(files, to) && ignoreErrors(() => files.renameSync(path, `${to}/${name}`))) continue;
    const lines = bytesOf(files, path);
    if (lines === undefined) continue;
    keepLetters(files, to, newest(lines, Math.floor(maxBytes / 2)), maxBytes);
    unlink(files, path);
  }
}

/** The last lines, as far as there is room for them. */
function newest(lines: Uint8Array, maxBytes: number): Uint8Array {
  if (lines.length <= maxBytes) return lines;
  const start = lines.length - maxBytes;
  return lines.subarray(lines.indexOf(10, start - 1) + 1);
}

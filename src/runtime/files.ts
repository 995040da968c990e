/** Files as the queue on disk uses them. */

import { builtin, workOutlivesCall } from "./detect.ts";

/** What is used of node:fs. */
export interface QueueFiles {
  openSync(path: string, flags: "a" | "ax" | "r" | "r+" | "w"): number;
  closeSync(descriptor: number): void;
  readSync(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number, position?: number): number;
  ftruncateSync(descriptor: number, length: number): void;
  fsyncSync(descriptor: number): void;
  fdatasyncSync(descriptor: number): void;
  statSync(path: string, options: { readonly throwIfNoEntry: false }): { readonly size: number } | undefined;
  mkdirSync(path: string): unknown;
  readdirSync(path: string): string[];
  readFileSync(path: string): Uint8Array;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmdirSync(path: string): void;
}

/** The runtime's files; `undefined` in browsers, and where work is bound to a request: what files are there end with it. */
export function queueFiles(): QueueFiles | undefined {
  return workOutlivesCall() ? builtin<QueueFiles>("node:fs") : undefined;
}

/** Whether it was thrown because there is nothing at the path. */
export function isAbsence(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Whether it was thrown because the disk, or what this process may have of it, is full. */
export function isNoRoom(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (code === undefined) return String(message).startsWith("No space left on device"); // an older Deno gives no code
  return code === "ENOSPC" || code === "EDQUOT";
}

/** The length of the file at the path; `undefined` where there is nothing. */
export function sizeOf(files: QueueFiles, path: string): number | undefined {
  try {
    return files.statSync(path, { throwIfNoEntry: false })?.size;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The bytes of the file at the path; `undefined` where there is nothing. */
export function bytesOf(files: QueueFiles, path: string): Uint8Array | undefined {
  try {
    return files.readFileSync(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Writes all of the bytes behind what is there, or throws; tells of each part that was written. */
export function writeAll(files: QueueFiles, descriptor: number, bytes: Uint8Array, tell?: (written: number) => void): void {
  for (let at = 0; at < bytes.length;) {
    const written = files.writeSync(descriptor, bytes, at, bytes.length - at);
    if (written === 0) throw new Error("nothing was written");
    at += written;
    tell?.(written);
  }
}

/** Opens a file, does something with it, and closes it. */
export function withFile<T>(files: QueueFiles, path: string, flags: "a" | "r" | "r+" | "w", use: (descriptor: number) => T): T {
  const descriptor = files.openSync(path, flags);
  try {
    return use(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
}

/** Deletes a file; that there is none is as good. */
export function unlink(files: QueueFiles, path: string): void {
  try {
    files.unlinkSync(path);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

/** Waits until the names in a folder are on the disk itself, where folders can be opened: not on Windows. */
export function syncFolder(files: QueueFiles, path: string): void {
  attempt(() => withFile(files, path, "r", (descriptor) => files.fsyncSync(descriptor)));
}

/** Does what may fail, and answers whether it did not. */
export function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false; // for what is tidying only
  }
}

/** The one access to files, for the queue on disk and the file handler, and what an error of theirs means. */

import { builtin, workOutlivesCall } from "./detect.ts";
import { missingFilePermission } from "./permissions.ts";

/** What is used of a file's status. */
export interface FileStatus {
  readonly dev: number;
  readonly ino: number;
  /** Its length in bytes. */
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** How a file is opened. */
export type OpenFlags = "a" | "ax" | "r" | "r+" | "w";

/** What is used of node:fs. */
export interface FileSystem {
  readonly constants: { readonly W_OK: number };
  openSync(path: string, flags: OpenFlags): number;
  closeSync(descriptor: number): void;
  readSync(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number, position?: number): number;
  ftruncateSync(descriptor: number, length: number): void;
  fsyncSync(descriptor: number): void;
  fdatasyncSync(descriptor: number): void;
  fstatSync(descriptor: number): FileStatus;
  statSync(path: string, options: { readonly throwIfNoEntry: false }): FileStatus | undefined;
  accessSync(path: string, mode: number): void;
  mkdirSync(path: string): unknown;
  readdirSync(path: string): string[];
  readFileSync(path: string): Uint8Array;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmdirSync(path: string): void;
}

interface Paths {
  isAbsolute(path: string): boolean;
  resolve(path: string): string;
  dirname(path: string): string;
}

/** The runtime's files; `undefined` in browsers, and where work is bound to a request: what files are there end with it. */
export function fileSystem(): FileSystem | undefined {
  return workOutlivesCall() ? builtin<FileSystem>("node:fs") : undefined;
}

/** The path from the root, so that a program that changes its directory goes on in the same place. */
export function resolvePath(path: string): string {
  const paths = builtin<Paths>("node:path")!;
  const isAllowed = paths.isAbsolute(path) || missingFilePermission("read", ".") === undefined; // Deno may ask before it shows its directory
  return isAllowed ? paths.resolve(path) : path;
}

/** The directory that the path is in. */
export function directoryOf(path: string): string {
  return builtin<Paths>("node:path")!.dirname(path);
}

/** The flags that Deno lacks to read and write the path, as the rest of a sentence about the place; `undefined` where none is missing. */
export function missingFileGrant(path: string): string | undefined {
  const flags = (["read", "write"] as const).map((kind) => missingFilePermission(kind, path)).filter((flag) => flag !== undefined);
  return flags.length > 0 ? `Deno has not been granted it; run it with ${flags.join(" ")}` : undefined;
}

/** What cures a failure, by its code. */
const cures: Readonly<Record<string, string>> = {
  ENOSPC: "Make room on the disk",
  EDQUOT: "Make room on the disk, or raise the quota",
  EMFILE: "Raise the limit of open files",
};

/** Returns what cures a failure of files: by its code, by the caller's own table, or else `otherwise`. */
export function cureOf(error: unknown, otherwise: string, own: Readonly<Record<string, string>> = {}): string {
  const code = isNoRoom(error) && codeOf(error) === undefined ? "ENOSPC" : String(codeOf(error));
  return own[code] ?? cures[code] ?? otherwise;
}

/** The code of a system error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** Whether it was thrown because there is nothing at the path. */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Whether it was thrown because the disk, or what this process may have of it, is full. */
export function isNoRoom(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return String((Object(error) as { message?: unknown }).message).startsWith("No space left on device"); // an older Deno
  return code === "ENOSPC" || code === "EDQUOT";
}

/** The status of what is at the path; `undefined` where there is nothing. */
export function statusOf(files: Pick<FileSystem, "statSync">, path: string): FileStatus | undefined {
  return files.statSync(path, { throwIfNoEntry: false });
}

/** The length of the file at the path; `undefined` where there is nothing. */
export function sizeOf(files: FileSystem, path: string): number | undefined {
  try {
    return statusOf(files, path)?.size;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The bytes of the file at the path; `undefined` where there is nothing. */
export function bytesOf(files: FileSystem, path: string): Uint8Array | undefined {
  try {
    return files.readFileSync(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Appends all of the bytes, or throws; `onWritten` gets the length of each part that was written. */
export function writeAll(files: FileSystem, descriptor: number, bytes: Uint8Array, onWritten?: (written: number) => void): void {
  for (let at = 0; at < bytes.length;) {
    const written = files.writeSync(descriptor, bytes, at, bytes.length - at);
    if (written === 0) throw new Error("nothing was written");
    at += written;
    onWritten?.(written);
  }
}

/** Opens a file, does something with it, and closes it. */
export function withFile<T>(files: FileSystem, path: string, flags: OpenFlags, use: (descriptor: number) => T): T {
  const descriptor = files.openSync(path, flags);
  try {
    return use(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
}

/** Deletes a file; that there is none is as good. */
export function unlink(files: FileSystem, path: string): void {
  try {
    files.unlinkSync(path);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

/** Waits until the names in a folder are on the disk itself, where folders can be opened: not on Windows. */
export function syncFolder(files: FileSystem, path: string): void {
  ignoreErrors(() => withFile(files, path, "r", (descriptor) => files.fsyncSync(descriptor)));
}

/** Does what may fail; returns whether it succeeded. */
export function ignoreErrors(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false; // for what is tidying only
  }
}

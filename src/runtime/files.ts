/** The one access to files, for the queue on disk and the file handler, and what an error of theirs means. */

import { builtin, workOutlivesCall } from "./detect.ts";
import { userId } from "./host_properties.ts";
import { missingFilePermission } from "./permissions.ts";

/** What is used of a file's status. */
export interface FileStatus {
  readonly dev: number;
  readonly ino: number;
  readonly uid: number;
  /** What kind it is, and who may do what. */
  readonly mode: number;
  /** Its length in bytes. */
  readonly size: number;
  /** When it was written last, in milliseconds since 1970-01-01 UTC. */
  readonly mtimeMs?: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** How a file is opened. */
export type OpenFlags = "a" | "ax" | "r" | "r+" | "w" | "wx";

/** What is used of node:fs. */
export interface FileSystem {
  readonly constants: { readonly W_OK: number };
  openSync(path: string, flags: OpenFlags, mode?: number): number;
  closeSync(descriptor: number): void;
  readSync(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number, position?: number): number;
  ftruncateSync(descriptor: number, length: number): void;
  fsyncSync(descriptor: number): void;
  fdatasyncSync(descriptor: number): void;
  fstatSync(descriptor: number): FileStatus;
  statSync(path: string, options: { readonly throwIfNoEntry: false }): FileStatus | undefined;
  lstatSync(path: string, options: { readonly throwIfNoEntry: false }): FileStatus | undefined;
  accessSync(path: string, mode: number): void;
  mkdirSync(path: string, mode?: number): unknown;
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
  readonly sep: string;
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

/** Returns why a folder is not safe to keep files in, as the rest of a sentence about it; `undefined` where it is safe, or does not exist. */
export function unsafeFolder(files: Pick<FileSystem, "statSync">, path: string): string | undefined {
  const status = statusOf(files, path);
  if (status === undefined || (status.mode & 0o002) === 0 || builtin<Paths>("node:path")!.sep === "\\") return undefined;
  return `other users may write to it, and could read or forge events; run chmod o-w ${path}, or choose another`;
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

/** Thrown where a file is a link, no regular file, or another user's. */
class ForeignFileError extends Error {
  override readonly name = "ForeignFileError";
  readonly code = "EPERM";
}

/** Files of one user. */
export interface PrivateFiles extends FileSystem {
  /** Returns whether there is a folder of the own user at the path, and no link to one. */
  owns(path: string): boolean;
}

/**
 * Files that are private: what is created only the own user may read, and what is opened must be a regular file of the own user, and no link.
 *
 * Whose files are the own is known from the first folder that is created: a disk may give them to another user than the process has.
 */
export function privateFiles(files: FileSystem): PrivateFiles {
  let owner: number | undefined;
  const check = (status: FileStatus, path: string, mayBeFolder: boolean): void => {
    const isOwn = owner === undefined || status.uid === owner;
    if (isOwn && (status.isFile() || (mayBeFolder && status.isDirectory()))) return;
    throw new ForeignFileError(`${path} is ${isOwn ? "no regular file" : "another user's"}, and is not touched`);
  };
  const openSync = (path: string, flags: OpenFlags): number => {
    const found = files.lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || flags.endsWith("x")) return files.openSync(path, flags === "a" ? "ax" : flags === "w" ? "wx" : flags, 0o600);
    check(found, path, flags === "r");
    const descriptor = files.openSync(path, flags === "w" ? "r+" : flags); // nothing is emptied before it is known to be the same file
    try {
      const opened = files.fstatSync(descriptor);
      if (opened.ino !== found.ino || opened.dev !== found.dev) throw new ForeignFileError(`${path} was replaced while it was opened`);
      if (flags === "w") files.ftruncateSync(descriptor, 0);
      return descriptor;
    } catch (error) {
      files.closeSync(descriptor);
      throw error;
    }
  };
  const own: Partial<PrivateFiles> & Pick<PrivateFiles, "owns"> = {
    openSync,
    mkdirSync(path) {
      files.mkdirSync(path, 0o700);
      owner ??= files.lstatSync(path, { throwIfNoEntry: false })?.uid;
    },
    readFileSync(path) {
      const found = files.lstatSync(path, { throwIfNoEntry: false });
      if (found !== undefined) check(found, path, false);
      return files.readFileSync(path);
    },
    owns(path) {
      const found = files.lstatSync(path, { throwIfNoEntry: false });
      return found?.isDirectory() === true && found.uid === (owner ?? userId() ?? found.uid);
    },
  };
  return Object.assign(Object.create(files) as PrivateFiles, own);
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

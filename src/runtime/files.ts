/** The single access to files, for the durable queue and the file handler, with advice on file errors. */

import { builtin, workOutlivesCall } from "./detect.ts";
import { userId } from "./host_properties.ts";
import { missingFilePermission } from "./permissions.ts";

/** The part of a file's status that this library reads. */
export interface FileStatus {
  readonly dev: number;
  readonly ino: number;
  readonly uid: number;
  /** File type and permissions. */
  readonly mode: number;
  /** Length in bytes. */
  readonly size: number;
  /** Time of the last write, in milliseconds since 1970-01-01 UTC. */
  readonly mtimeMs?: number;
  /** Time of creation, in the same unit; 0 where the file system does not record it. */
  readonly birthtimeMs?: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

export type OpenFlags = "a" | "ax" | "r" | "r+" | "w" | "wx";

/** The part of node:fs that this library uses. */
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

/** The runtime's file system; `undefined` in browsers and on request-bound runtimes, whose files end with the request. */
export function fileSystem(): FileSystem | undefined {
  return workOutlivesCall() ? builtin<FileSystem>("node:fs") : undefined;
}

/** Returns the absolute path, so that a later change of the working directory has no effect. */
export function resolvePath(path: string): string {
  const paths = builtin<Paths>("node:path")!;
  const isAllowed = paths.isAbsolute(path) || missingFilePermission("read", ".") === undefined; // Deno may prompt for it
  return isAllowed ? paths.resolve(path) : path;
}

/** Returns the directory of the path. */
export function directoryOf(path: string): string {
  return builtin<Paths>("node:path")!.dirname(path);
}

/** Returns why a folder is unsafe, as the end of a sentence; `undefined` if the folder is safe or does not exist. */
export function unsafeFolder(files: Pick<FileSystem, "statSync">, path: string): string | undefined {
  const status = statusOf(files, path);
  if (status === undefined || (status.mode & 0o002) === 0 || builtin<Paths>("node:path")!.sep === "\\") return undefined;
  return `other users may write to it, and could read or forge events; run chmod o-w ${path}, or choose another`;
}

/** Returns the flags that Deno needs to read and write the path, as the end of a sentence; `undefined` if none is missing. */
export function missingFileGrant(path: string): string | undefined {
  const flags = (["read", "write"] as const).map((kind) => missingFilePermission(kind, path)).filter((flag) => flag !== undefined);
  return flags.length > 0 ? `Deno lacks permission; run it with ${flags.join(" ")}` : undefined;
}

/** Advice by error code. */
const cures: Readonly<Record<string, string>> = {
  ENOSPC: "Make room on the disk",
  EDQUOT: "Make room on the disk, or raise the quota",
  EMFILE: "Raise the limit of open files",
};

/** Returns advice on a file error: from the caller's table, else from the common table, else `otherwise`. */
export function cureOf(error: unknown, otherwise: string, own: Readonly<Record<string, string>> = {}): string {
  const code = isNoRoom(error) && codeOf(error) === undefined ? "ENOSPC" : String(codeOf(error));
  return own[code] ?? cures[code] ?? otherwise;
}

/** Returns the code of a system error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** Thrown for a link, for anything but a regular file, and for another user's file. */
class ForeignFileError extends Error {
  override readonly name = "ForeignFileError";
  readonly code = "EPERM";
}

/** Files of a single user. */
export interface PrivateFiles extends FileSystem {
  /** Whether the path is a folder of this user, and not a link to one. */
  owns(path: string): boolean;
}

/**
 * Returns private files: only the user can read created files, and only regular files of this user are opened, never links.
 *
 * The user is the owner of the first folder that is created, because a mounted disk may assign files to another user than the process's.
 */
export function privateFiles(files: FileSystem): PrivateFiles {
  let owner: number | undefined;
  const check = (status: FileStatus, path: string, mayBeFolder: boolean): void => {
    const isOwn = owner === undefined || status.uid === owner;
    if (isOwn && (status.isFile() || (mayBeFolder && status.isDirectory()))) return;
    throw new ForeignFileError(`${path} is ${isOwn ? "not a regular file" : "another user's"}, and is not touched`);
  };
  const openSync = (path: string, flags: OpenFlags): number => {
    const found = files.lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || flags.endsWith("x")) return files.openSync(path, flags === "a" ? "ax" : flags === "w" ? "wx" : flags, 0o600);
    check(found, path, flags === "r");
    const descriptor = files.openSync(path, flags === "w" ? "r+" : flags); // truncated only after the check below
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

/** Whether the error means that the path does not exist. */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Whether the error means that the disk or the quota is full. */
export function isNoRoom(error: unknown): boolean {
  const code = codeOf(error);
  // older Deno
  if (code === undefined) return String((Object(error) as { message?: unknown }).message).startsWith("No space left on device");
  return code === "ENOSPC" || code === "EDQUOT";
}

/** Returns the status of the path; `undefined` if nothing is there. */
export function statusOf(files: Pick<FileSystem, "statSync">, path: string): FileStatus | undefined {
  return files.statSync(path, { throwIfNoEntry: false });
}

/** Returns the length of the file; `undefined` if nothing is there. */
export function sizeOf(files: FileSystem, path: string): number | undefined {
  try {
    return statusOf(files, path)?.size;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Returns the bytes of the file; `undefined` if nothing is there. */
export function bytesOf(files: FileSystem, path: string): Uint8Array | undefined {
  try {
    return files.readFileSync(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Appends all bytes or throws. `onWritten` receives the length of each part written. */
export function writeAll(files: FileSystem, descriptor: number, bytes: Uint8Array, onWritten?: (written: number) => void): void {
  for (let at = 0; at < bytes.length;) {
    const written = files.writeSync(descriptor, bytes, at, bytes.length - at);
    if (written === 0) throw new Error("nothing was written");
    at += written;
    onWritten?.(written);
  }
}

/** Opens a file, uses it, and closes it. */
export function withFile<T>(files: FileSystem, path: string, flags: OpenFlags, use: (descriptor: number) => T): T {
  const descriptor = files.openSync(path, flags);
  try {
    return use(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
}

/** Deletes a file, if it exists. */
export function unlink(files: FileSystem, path: string): void {
  try {
    files.unlinkSync(path);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

/** Flushes a folder's entries to disk, where folders can be opened (not on Windows). */
export function syncFolder(files: FileSystem, path: string): void {
  ignoreErrors(() => withFile(files, path, "r", (descriptor) => files.fsyncSync(descriptor)));
}

/** Runs cleanup that may fail. Returns whether it succeeded. */
export function ignoreErrors(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

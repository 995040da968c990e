/** Files, where the runtime has them. */

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

/** What is used of node:fs. */
export interface FileSystem {
  readonly constants: { readonly W_OK: number };
  openSync(path: string, flags: "a" | "w"): number;
  closeSync(descriptor: number): void;
  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number): number;
  fstatSync(descriptor: number): FileStatus;
  statSync(path: string, options: { readonly throwIfNoEntry: false }): FileStatus | undefined;
  renameSync(from: string, to: string): void;
  accessSync(path: string, mode: number): void;
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

/** The path from the root, so that a program that changes its directory goes on in the same file. */
export function resolvePath(path: string): string {
  const paths = builtin<Paths>("node:path")!;
  const isAllowed = paths.isAbsolute(path) || missingFilePermission("read", ".") === undefined; // Deno may ask before it tells its directory
  return isAllowed ? paths.resolve(path) : path;
}

/** The directory that the path is in. */
export function directoryOf(path: string): string {
  return builtin<Paths>("node:path")!.dirname(path);
}

/** The status of what is at the path; `undefined` where there is nothing. */
export function statusOf(files: FileSystem, path: string): FileStatus | undefined {
  return files.statSync(path, { throwIfNoEntry: false });
}

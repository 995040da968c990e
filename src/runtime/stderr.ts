/** Writes to standard error synchronously, for messages at the very end of a process. */

import { systemClock } from "./clock.ts";
import { builtin } from "./detect.ts";
import { isGranted } from "./permissions.ts";

/** How long to wait for a full pipe. */
const longestWaitMs = 1000;
const pauseMs = 5;

/**
 * Linux: the pipe behind stderr, and the flags to open it so that a write to a full pipe fails instead of blocking (`O_WRONLY |
 * O_NONBLOCK`).
 */
const [ownPipe, unblocked] = ["/proc/self/fd/2", 0o4001];

interface Files {
  fstatSync(file: number): { isFIFO(): boolean };
  openSync(path: string, flags: number): number;
  writeSync(file: number, bytes: Uint8Array): number;
}

/** Reopens standard error if it is a pipe, because Bun and Deno block as long as nobody reads the pipe. */
function openPipe(files: Files): number {
  try {
    if (files.fstatSync(2).isFIFO() && isGranted({ name: "write", path: ownPipe })) return files.openSync(ownPipe, unblocked);
  } catch {
    // another system, or a pipe of another user
  }
  return 2;
}

/** Writes to standard error before it returns, as many bytes as a pipe accepts. Does nothing without a file system. Never throws. */
export function writeStderr(bytes: Uint8Array): void {
  const files = builtin<Files>("node:fs");
  const file = files && openPipe(files); // never closed, because the process is ending
  const deadlineMs = systemClock.now() + longestWaitMs;
  for (let at = 0; files !== undefined && at < bytes.length;) {
    try {
      at += files.writeSync(file!, bytes.subarray(at));
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN" || systemClock.now() > deadlineMs) return; // nobody reads the pipe
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

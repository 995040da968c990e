/** Writes to standard error synchronously, for messages at the very end of a process. */

import { systemClock } from "./clock.ts";
import { builtin } from "./detect.ts";

/** How long to wait for a full pipe. */
const longestWaitMs = 1000;
const pauseMs = 5;

/** Writes to standard error before it returns, as far as the pipe accepts it. Does nothing without a file system. Never throws. */
export function writeStderr(bytes: Uint8Array): void {
  const files = builtin<{ writeSync(file: number, bytes: Uint8Array): number }>("node:fs");
  const deadlineMs = systemClock.now() + longestWaitMs;
  for (let at = 0; files !== undefined && at < bytes.length;) {
    try {
      at += files.writeSync(2, bytes.subarray(at));
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN" || systemClock.now() > deadlineMs) return; // nobody reads the pipe
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

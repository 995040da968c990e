/** Ends the process, by a signal to itself or by an exit code. */

import { systemClock } from "./clock.ts";
import { deno, world } from "./detect.ts";
import { isGranted } from "./permissions.ts";
import { countListeners, type EndingProcess } from "./process_events.ts";

/** How long the process waits for its own signal to end it. */
const signalMs = 500;

/**
 * Ends the process by a signal to itself. If the signal is forbidden or has no effect, exits with the code that shells show for the signal.
 * The first process of a namespace, as in a container, is never ended by its own signal.
 */
export function raise(signal: string, number: number): void {
  const process = world.process as EndingProcess;
  const wouldAsk = deno !== undefined && !isGranted({ name: "run" }) && deno.stdin.isTerminal(); // Deno before 2.8.0 prompts
  try {
    if (!wouldAsk && process.pid !== 1) {
      process.kill(process.pid, signal);
      systemClock.setTimeout(() => countListeners(signal) > 0 || exitProcess(128 + number), signalMs); // a listener added meanwhile decides
      return;
    }
  } catch {
    // Deno denies the permission
  }
  exitProcess(128 + number);
}

/** Sets the exit code for the process's natural end. */
export function setExitCode(code: number): void {
  (world.process as EndingProcess).exitCode = code;
}

/** Ends the process immediately. */
export function exitProcess(code: number): void {
  (world.process as EndingProcess).exit(code);
}

/** How a process is ended: by a signal to itself, or by an exit code. */

import { systemClock } from "./clock.ts";
import { world } from "./detect.ts";
import { isGranted } from "./permissions.ts";
import { countListeners, type EndingProcess } from "./process_events.ts";

/** How long a signal to the process itself may take until it has ended the process. */
const signalMs = 500;

/**
 * Ends the process by a signal to itself; where that is forbidden or does nothing, by the exit code that a shell shows for the signal. The first process
 * of a namespace, as in a container, is never ended by its own signal.
 */
export function raise(signal: string, number: number): void {
  const process = world.process as EndingProcess;
  const wouldAsk = world.Deno !== undefined && !isGranted({ name: "run" }) && world.Deno.stdin.isTerminal(); // Deno up to 2.8.0
  try {
    if (!wouldAsk && process.pid !== 1) {
      process.kill(process.pid, signal);
      systemClock.setTimeout(() => countListeners(signal) > 0 || exitProcess(128 + number), signalMs); // whoever listens by now decides
      return;
    }
  } catch {
    // Deno without the permission
  }
  exitProcess(128 + number);
}

/** Sets the exit code with which the process ends, if it ends by itself. */
export function setExitCode(code: number): void {
  (world.process as EndingProcess).exitCode = code;
}

/** Ends the process at once. */
export function exitProcess(code: number): void {
  (world.process as EndingProcess).exit(code);
}

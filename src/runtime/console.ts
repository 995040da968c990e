/** Writes to the console for the library itself, so that these calls are never captured as events. */

import { builtin, deno, isNode, world } from "./detect.ts";
import { shared } from "./global_state.ts";
import { environmentVariable } from "./permissions.ts";

/** Console methods that write a line. */
export type ConsoleMethod = "debug" | "log" | "info" | "warn" | "error" | "trace";

/** Number of the library's own console calls in progress. During one, a captured console only prints. */
export const ownCalls = (): { count: number } => shared("ownConsoleCalls", () => ({ count: 0 }));

type StreamName = "stdout" | "stderr";

interface Stream {
  on?(event: unknown, listener: (error: unknown) => void): void;
}

/** The standard streams whose reader has closed. */
const goneStreams = (): Set<StreamName> => shared("goneStreams", () => watchStreams());

/** On Node, writing to a closed stream raises an uncaught error. Reporting that error to the same stream would raise the next. */
function watchStreams(): Set<StreamName> {
  const gone = new Set<StreamName>();
  const { errorMonitor } = (isNode() ? builtin<{ readonly errorMonitor?: symbol }>("node:events") : undefined) ?? {};
  if (errorMonitor === undefined) return gone;
  for (const name of ["stdout", "stderr"] as const) {
    const stream = (world.process as { readonly [name in StreamName]?: Stream })[name];
    stream?.on?.(errorMonitor, () => void gone.add(name)); // only observes: the error is handled as before
  }
  return gone;
}

/** Whether the stream behind the console method has lost its reader. */
export function isConsoleGone(method: ConsoleMethod): boolean {
  return goneStreams().has(["warn", "error", "trace"].includes(method) ? "stderr" : "stdout");
}

/** Looks up a console method, calls it, and rethrows its error. Returns false without writing if the stream has lost its reader. */
export function writeConsole(method: ConsoleMethod, ...args: readonly unknown[]): boolean {
  if (isConsoleGone(method)) return false;
  const calls = ownCalls();
  calls.count++;
  try {
    console[method](...args);
  } finally {
    calls.count--;
  }
  return true;
}

/** Whether the console is a terminal with colours (`NO_COLOR` turns them off). */
export function hasColourTerminal(): boolean {
  try {
    if (deno?.noColor || world.process?.stdout?.isTTY !== true) return false;
    return !environmentVariable("NO_COLOR");
  } catch {
    return false; // an unreadable stdout is no terminal
  }
}

/** The console as the library itself writes to it: what it writes is never captured as an event again. */

import { builtin, isNode, world } from "./detect.ts";
import { shared } from "./global_state.ts";
import { environmentVariable } from "./permissions.ts";

/** The methods of the console that write a line. */
export type ConsoleMethod = "debug" | "log" | "info" | "warn" | "error" | "trace";

/** How many calls of the library's own are under way: while there is one, a captured console only prints. */
export const ownCalls = (): { count: number } => shared("ownConsoleCalls", () => ({ count: 0 }));

type StreamName = "stdout" | "stderr";

interface Stream {
  on?(event: unknown, listener: (error: unknown) => void): void;
}

/** The standard streams whose readers are gone. */
const goneStreams = (): Set<StreamName> => shared("goneStreams", () => watchStreams());

/** On Node a write to a stream whose reader is gone becomes an uncaught error: whoever reports that to the same stream makes the next one. */
function watchStreams(): Set<StreamName> {
  const gone = new Set<StreamName>();
  const { errorMonitor } = (isNode() ? builtin<{ readonly errorMonitor?: symbol }>("node:events") : undefined) ?? {};
  if (errorMonitor === undefined) return gone;
  for (const name of ["stdout", "stderr"] as const) {
    const stream = (world.process as { readonly [name in StreamName]?: Stream })[name];
    stream?.on?.(errorMonitor, () => void gone.add(name)); // which changes nothing about who handles the error
  }
  return gone;
}

/** Whether nobody can read any more what the method of the console writes. */
export function isConsoleGone(method: ConsoleMethod): boolean {
  return goneStreams().has(["warn", "error", "trace"].includes(method) ? "stderr" : "stdout");
}

/** Calls a method of the console, looked up now; throws what it throws. Returns false, and writes nothing, where nobody can read it any more. */
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

/** Whether the console is a terminal that shows colours (`NO_COLOR` is respected). */
export function hasColourTerminal(): boolean {
  try {
    if (world.Deno?.noColor || world.process?.stdout?.isTTY !== true) return false;
    return !environmentVariable("NO_COLOR");
  } catch {
    return false; // a stdout that cannot be asked is no terminal
  }
}

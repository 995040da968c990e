/** The console as the library itself writes to it: what it writes is never captured as an event again. */

import { world } from "./detect.ts";
import { shared } from "./global_state.ts";
import { environmentVariable } from "./permissions.ts";

/** The methods of the console that write a line. */
export type ConsoleMethod = "debug" | "log" | "info" | "warn" | "error" | "trace";

/** How many calls of the library's own are under way: while there is one, a captured console only prints. */
export const ownCalls = (): { count: number } => shared("ownConsoleCalls", () => ({ count: 0 }));

/** Calls a method of the console, looked up now; throws what it throws. */
export function writeConsole(method: ConsoleMethod, ...args: readonly unknown[]): void {
  const calls = ownCalls();
  calls.count++;
  try {
    console[method](...args);
  } finally {
    calls.count--;
  }
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

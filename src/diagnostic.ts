/** Reports losses, failures and recoveries of the library itself. It imports no handler, so that any file may report. */

import { runMicrotask, systemClock } from "./runtime/clock.ts";
import { writeConsole } from "./runtime/console.ts";
import { shared } from "./runtime/global_state.ts";
import { harmless, indentLines, quoteForeign } from "./harmless_text.ts";

/** A report of the library about itself: a loss, a failure, a mistake, a recovery. */
export interface Diagnostic {
  /**
   * What happened, as one word for programs: `"unreachable"`, `"refused"`, `"rejected"`, `"overflow"`, `"recovered"`, `"handler-failed"`, …
   */
  readonly code: string;
  /** Name of the handler concerned. */
  readonly handler?: string | undefined;
  /** What happened, for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Number of occurrences, or of events affected, since the previous report. */
  readonly count: number;
}

/** Throws a TypeError that names the call and the argument if the argument is not a function. */
export function requireFunction(given: unknown, call: string, name: string): void {
  requireArgument(typeof given === "function", call, name, "a function");
}

/** Throws a TypeError that names the call and the argument if `isRight` is false. */
export function requireArgument(isRight: boolean, call: string, name: string, what: string): void {
  if (!isRight) throw new TypeError(`Cannot call ${call}(): ${name} is not ${what}`);
}

interface Hub {
  readonly listeners: Set<(diagnostic: Diagnostic) => void>;
  /** For each code and handler: the time until which the console prints no further line, and the count of reports not printed. */
  readonly silenced: Map<string, { untilMs: number; count: number }>;
}

/** A diagnostic to report. Its message may be a function, which is called only if the diagnostic is printed or a listener receives it. */
export type Report = Omit<Diagnostic, "count" | "message"> & { readonly message: string | (() => string); readonly count?: number };

/** Handles the rejection of a promise that the program's function returned, because an unhandled one may end the process. */
export function catchRejection<T>(answer: T, fail: (error: unknown) => void): T {
  if (answer instanceof Promise) answer.catch(fail);
  return answer;
}

/** How long the console stays silent about a code and handler after a report. */
const silenceMs = 10_000;
/** Most characters of a message, because it may contain a long text of an error. */
const maxMessageLength = 10_000;

const hub = (): Hub => shared<Hub>("diagnostics", () => ({ listeners: new Set(), silenced: new Map() }));

/** An effect that can be undone once; a `using` declaration undoes it at the end of its block. */
export interface Disposable {
  /** Undoes the effect, for code without `using` and runtimes without `Symbol.dispose`. */
  dispose(): void;
  /** Undoes the effect. */
  [Symbol.dispose](): void;
}

/** Makes an object whose disposal calls the function. */
export function disposable(dispose: () => void): Disposable {
  return { dispose, [Symbol.dispose]: dispose };
}

/**
 * Calls a listener for every report of the library: losses, failures, recoveries.
 *
 * The first listener replaces the default, a rate-limited line on `console.warn`.
 *
 * @param listener Called synchronously for each diagnostic; what it throws is reported on `console.warn`.
 * @returns An object that removes the listener when disposed.
 * @throws {TypeError} If the listener is not a function.
 * @example
 * ```ts
 * import { type Diagnostic, getLogger, Handler, onDiagnostic } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * class Broken extends Handler {
 *   emit(): void {
 *     throw new Error("no paper");
 *   }
 * }
 * const heard: Diagnostic[] = [];
 * const listening = onDiagnostic((diagnostic) => heard.push(diagnostic));
 * const added = getLogger("printer").addHandler(new Broken());
 * getLogger("printer").warn("Page {Page} printed", { Page: 1 });
 * assert.equal(heard[0]?.code, "handler-failed");
 * added.dispose();
 * listening.dispose();
 * ```
 */
export function onDiagnostic(listener: (diagnostic: Diagnostic) => void): Disposable {
  requireFunction(listener, "onDiagnostic", "listener");
  const { listeners } = hub();
  const own = (diagnostic: Diagnostic): void => listener(diagnostic); // a new function, so that one listener may be added twice
  listeners.add(own);
  return disposable(() => void listeners.delete(own));
}

/** Passes a diagnostic to the listeners. If there are none, prints it on the console at a limited rate. Never throws. */
export function report(said: Report): void {
  const { listeners } = hub();
  if (listeners.size === 0) return printSeldom(said);
  const diagnostic = toDiagnostic(said);
  const fail = (error: unknown): void =>
    print(`A diagnostic listener failed (${quoteForeign(textOf(() => String(error)))}) while it received: ${describe(diagnostic)}`);
  for (const listener of listeners) {
    try {
      const done: unknown = listener(diagnostic);
      catchRejection(done, fail);
    } catch (error) {
      fail(error);
    }
  }
}

/** Makes the diagnostic, with text safe to print, because a message may repeat what a server, a page or an error says. */
function toDiagnostic({ message, hint, ...rest }: Report): Diagnostic {
  const text = typeof message === "string" ? message : textOf(message);
  const short = text.length > maxMessageLength ? `${text.slice(0, maxMessageLength)}…` : text;
  return { count: 1, ...rest, message: indentLines(short), ...(hint !== undefined && { hint: harmless(hint) }) };
}

function textOf(make: () => string): string {
  try {
    return make();
  } catch {
    return "it cannot be shown"; // reading the thrown value throws again
  }
}

function printSeldom(said: Report): void {
  const { silenced } = hub();
  const { code, handler = "", count = 1 } = said;
  const key = `${code}|${handler}`;
  const silence = silenced.get(key) ?? { untilMs: 0, count: 0 };
  const nowMs = systemClock.now();
  silenced.set(key, silence);
  silence.count += count;
  if (nowMs < silence.untilMs && silence.untilMs - nowMs <= silenceMs) return;
  print(describe({ ...toDiagnostic(said), count: silence.count }));
  silence.count = 0;
  silence.untilMs = nowMs + silenceMs;
}

/** Returns a count of events with its verb: `countEvents(1, " is", " are")` is "1 event is". */
export function countEvents(count: number, one = "", many = ""): string {
  return count === 1 ? `1 event${one}` : `${count} events${many}`;
}

/** Returns the diagnostic as one line. */
function describe({ code, handler, message, hint, count }: Diagnostic): string {
  const where = [code, handler && harmless(handler), count > 1 && `${count} times`].filter(Boolean).join(", ");
  return `${hint === undefined ? message : `${message.replace(/\.$/, "")}. ${hint}`} [${where}]`;
}

function print(line: string, isRetry = false): void {
  try {
    writeConsole("warn", `seqlog: ${line}`);
  } catch {
    // After a stack overflow, a microtask has room again. If the console throws there as well, only the counts in stats() remain.
    if (!isRetry) runMicrotask(() => print(line, true));
  }
}

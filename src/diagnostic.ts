/** What the library says of itself: a leaf, so that anyone may report without a circle. */

import { runMicrotask, systemClock } from "./runtime/clock.ts";
import { writeConsole } from "./runtime/console.ts";
import { shared } from "./runtime/global_state.ts";
import { harmless, indentLines, quoteForeign } from "./harmless_text.ts";

/** Something that the library reports of itself: a loss, a failure, a mistake, a recovery. */
export interface Diagnostic {
  /** What happened, one word for machines: `"unreachable"`, `"refused"`, `"rejected"`, `"overflow"`, `"recovered"`, `"handler-failed"`, … */
  readonly code: string;
  /** The name of the handler it happened in. */
  readonly handler?: string | undefined;
  /** What happened, for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** How many times (or to how many events) it happened since it was last reported. */
  readonly count: number;
}

interface Hub {
  readonly listeners: Set<(diagnostic: Diagnostic) => void>;
  /** By code and handler: until when the default line is silent, and what it has held back. */
  readonly silenced: Map<string, { untilMs: number; count: number }>;
}

/** What is reported: a diagnostic whose message may be a function, called only if somebody sees it. */
export type Report = Omit<Diagnostic, "count" | "message"> & { readonly message: string | (() => string); readonly count?: number };

/** Returns what a function of the program's has returned. If it is a promise, its rejection is caught: nobody else would, and the program would end by it. */
export function catchRejection<T>(answer: T, fail: (error: unknown) => void): T {
  if (answer instanceof Promise) answer.catch(fail);
  return answer;
}

/** How long the default line stays silent after it has reported one code and handler. */
const silenceMs = 10_000;
/** The most characters of a message: it may repeat the text of an error, which others have written. */
const maxMessageLength = 10_000;

const hub = (): Hub => shared<Hub>("diagnostics", () => ({ listeners: new Set(), silenced: new Map() }));

/** Something that can be undone, once; `using` does so at the end of the block. */
export interface Disposable {
  /** Undoes it: for code without `using`, and runtimes without `Symbol.dispose`. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Makes a thing that is undone by that function. */
export function disposable(dispose: () => void): Disposable {
  return { dispose, [Symbol.dispose]: dispose };
}

/**
 * Hears what the library says of itself: losses, failures, recoveries.
 *
 * The first listener replaces the default, which is a rate-limited line on `console.warn`.
 *
 * @param listener Called at once for each diagnostic; what it throws goes to `console.warn`.
 * @returns Stops the listening when disposed.
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
  const { listeners } = hub();
  const own = (diagnostic: Diagnostic): void => listener(diagnostic); // so that one function may listen twice
  listeners.add(own);
  return disposable(() => void listeners.delete(own));
}

/** Notifies the listeners, or, where there are none, writes to the console at a bounded rate. Never throws. */
export function report(said: Report): void {
  const { listeners } = hub();
  if (listeners.size === 0) return printSeldom(said);
  const diagnostic = toDiagnostic(said);
  const fail = (error: unknown): void =>
    print(`A diagnostic listener failed (${quoteForeign(textOf(() => String(error)))}) while it was told: ${describe(diagnostic)}`);
  for (const listener of listeners) {
    try {
      const done: unknown = listener(diagnostic);
      catchRejection(done, fail);
    } catch (error) {
      fail(error);
    }
  }
}

/** Makes the message, harmless to show: it may repeat what a server, a page or an error says. */
function toDiagnostic({ message, hint, ...rest }: Report): Diagnostic {
  const text = typeof message === "string" ? message : textOf(message);
  const short = text.length > maxMessageLength ? `${text.slice(0, maxMessageLength)}…` : text;
  return { count: 1, ...rest, message: indentLines(short), ...(hint !== undefined && { hint: harmless(hint) }) };
}

function textOf(make: () => string): string {
  try {
    return make();
  } catch {
    return "it cannot be shown"; // a thrown thing whose own code throws
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

/** Returns how many events a message speaks of, with its verb: `countEvents(1, " is", " are")` is "1 event is". */
export function countEvents(count: number, one = "", many = ""): string {
  return count === 1 ? `1 event${one}` : `${count} events${many}`;
}

/** One line that a person can act on. */
function describe({ code, handler, message, hint, count }: Diagnostic): string {
  const where = [code, handler && harmless(handler), count > 1 ? `${count} times` : undefined].filter((part) =>
    part !== undefined && part !== ""
  ).join(", ");
  return `${message}${hint === undefined ? "" : `. ${hint}`} [${where}]`;
}

function print(line: string, isRetry = false): void {
  try {
    writeConsole("warn", `seqlog: ${line}`);
  } catch {
    // Where the stack was used up, there is room later. A console that throws again leaves nowhere to report it; the counts in stats() remain.
    if (!isRetry) runMicrotask(() => print(line, true));
  }
}

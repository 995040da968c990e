/** Turns console calls into events, so that the output of code that does not use this library is logged, too. */

import { report } from "../diagnostic.ts";
import { describeThrown } from "../event/plain_data.ts";
import type { Level } from "../event/level.ts";
import { inForce } from "../lifecycle.ts";
import { getLogger } from "../logger.ts";
import { type ConsoleMethod, ownCalls } from "../runtime/console.ts";
import { readException, titleOf } from "../event/exception.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { shared } from "../runtime/global_state.ts";
import { isError } from "../event/value_kind.ts";

type Call = (...args: unknown[]) => void;

/** The captured methods, and the levels of their events. */
const captured: Readonly<Record<ConsoleMethod, Level>> = {
  trace: "trace",
  debug: "debug",
  log: "info",
  info: "info",
  warn: "warn",
  error: "error",
};

/** The function that replaces a console method, with the console and the original method. */
interface StandIn {
  readonly console: Console;
  readonly call: Call;
  readonly original: Call;
}

const standIns = (): Map<ConsoleMethod, StandIn> => shared("capturedConsole", () => new Map());

/**
 * Starts or stops the capture: the original console prints each call, and the call becomes an event of the logger `console`.
 *
 * Three kinds of calls are only printed: calls of this library, calls of handlers while they handle such an event, and calls that one
 * console method makes to another. Stopping restores the original methods, unless they were replaced meanwhile. Starting again also
 * captures replaced methods, or a replaced console: some platforms replace them after the program has loaded.
 */
export function captureConsole(isOn: boolean): void {
  if (isOn) inForce().undo.set("captureConsole", () => captureConsole(false));
  else inForce().undo.delete("captureConsole");
  const replaced: string[] = [];
  for (const method of Object.keys(captured) as ConsoleMethod[]) {
    try {
      if (change(method, isOn)) replaced.push(method);
    } catch (error) {
      report({ code: "capture-failed", message: `console.${method} cannot be captured: ${describeThrown(error)}` });
    }
  }
  if (replaced.length === 0) return;
  const message = `Other code has replaced console methods, which are captured again: ${replaced.join(", ")}`;
  report({ code: "capture-replaced", message, hint: "Configure after the console is replaced" });
}

/** Returns the captured methods that other code has replaced. Calls become events only if the replacement calls the captured method. */
export function replacedMethods(): ConsoleMethod[] {
  return [...standIns()].filter(([method, { call }]) => console[method] !== call).map(([method]) => method);
}

/** Returns whether a captured method had been replaced and is captured again. */
function change(method: ConsoleMethod, isOn: boolean): boolean {
  const known = standIns();
  const ours = known.get(method);
  if (!isOn && ours !== undefined) {
    known.delete(method);
    if (ours.console[method] === ours.call) ours.console[method] = ours.original;
  } else if (isOn && console[method] !== ours?.call) {
    const original = console[method] as Call; // may call the previous stand-in, which from now on only prints
    const call = standIn(method, original);
    console[method] = call;
    known.set(method, { console, call, original });
    return ours !== undefined;
  }
  return false;
}

function standIn(method: ConsoleMethod, original: Call): Call {
  const call = (...args: unknown[]): void => {
    const own = ownCalls();
    own.count++; // Node's trace prints through console.error
    try {
      original.apply(console, args);
    } finally {
      own.count--;
    }
    if (own.count > 0 || standIns().get(method)?.call !== call) return;
    own.count++;
    try {
      getLogger("console").write({ ...readConsoleCall(args), level: captured[method], isPrinted: true } as LogEventInit);
    } finally {
      own.count--;
    }
  };
  return call;
}

/**
 * Reads a console call as an event. A leading text is the template; its directives (`%s`, `%d`, …) and further values become `{0}`, `{1}`,
 * …
 */
function readConsoleCall(args: readonly unknown[]): LogEventInit {
  const [first, ...rest] = args;
  const isTemplate = typeof first === "string";
  const values = isTemplate ? rest : args;
  let used = 0;
  const template = !isTemplate ? "" : first.replace(/[{}]|%[sdifjoOc%]/g, (found) => {
    if (found === "{" || found === "}") return found + found;
    if (found === "%%") return "%";
    if (used >= values.length) return found;
    return found === "%c" ? (used++, "") : `{${used++}}`;
  });
  const holes = values.slice(used).map((_, i) => `{${used + i}}`);
  const error = values.find(isError);
  return {
    messageTemplate: [...(isTemplate ? [template] : []), ...holes].join(" "),
    properties: Object.fromEntries(
      values.map((value, i) => [i, isError(value) ? titleOf(readException(value)) : value === undefined ? "undefined" : value]),
    ),
    ...(error !== undefined && { error }),
  };
}

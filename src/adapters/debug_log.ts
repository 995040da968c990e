/** Decides how log calls of the package `debug` become events. */

import type { Threshold } from "../event/level.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { options, type Reader, requireOptions, threshold } from "../option_schema.ts";
import { Adapter, ask, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { isStack, readArguments } from "./call_arguments.ts";

/** The options of a {@linkcode debugLog}. */
export interface DebugOptions extends TextAdapterOptions {
  /** The level of the events. Default: `"debug"`. */
  readonly level?: Threshold | undefined;
}

/** A log function for `debug`, which calls it as a method of the debugger. */
export type DebugLog = (this: unknown, ...args: unknown[]) => void;

const readOptions: Reader<DebugOptions> = options({ ...textAdapterReaders, level: threshold });

/**
 * Creates a log function for the package `debug` that turns each call into an event: `createDebug.log = debugLog()`.
 *
 * The namespace becomes the logger's name: `app:db` becomes `app.db`. Colours, date and elapsed time that `debug` adds to the text are
 * removed. The text is interpreted as on the console; a value that `debug` has formatted by `%o` remains text.
 *
 * @param given The logger or handler, the level, and which texts are templates.
 * @returns The log function, for all debuggers or for a single debugger. It never throws.
 * @example
 * ```ts
 * import { debugLog } from "@x/seqlog/adapters";
 * import { recordEvents } from "@x/seqlog/testing";
 *
 * const log = recordEvents("app.db");
 * const debug = { namespace: "app:db", log: debugLog() }; // createDebug.log = debugLog()
 * debug.log("app:db Connected to %s", "primary");
 * log.dispose();
 * log.events.withTemplate("Connected to {0}").withMessage("Connected to primary").single();
 * ```
 */
export function debugLog(given: DebugOptions = {}): DebugLog {
  const { level = "debug", templates, ...rest } = requireOptions(readOptions, given, "debugLog");
  const adapter = new Adapter("debug", rest);
  return function (...args) {
    adapter.guard(() => {
      const namespace = ask(() => (this as { readonly namespace?: unknown } | undefined)?.namespace);
      const name = typeof namespace === "string" ? namespace : "";
      adapter.write(name.replaceAll(":", "."), level, () => readCall(withoutFrame(args, name), templates));
    });
  };
}

/** Writes a call as an event. For an error logged alone, `debug` passes only its stack. */
function readCall(args: readonly unknown[], templates: DebugOptions["templates"]): LogEventInit {
  const [stack] = args;
  return args.length === 1 && typeof stack === "string" && isStack(stack)
    ? { message: stack.slice(0, stack.indexOf("\n")), error: stack }
    : readArguments(args, { templates });
}

// deno-lint-ignore no-control-regex -- ESC begins a colour
const colour = /^ {2}\x1b\[3[\d;]+m/;
/** The coloured time since the last call. */
// deno-lint-ignore no-control-regex -- ESC begins a colour
const age = /^\x1b\[3[\d;]+m\+\S+\x1b\[0m$/;
const date = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;

/** Returns the arguments without the additions of `debug`: coloured on terminals, plain elsewhere, and `%c` in browsers. */
function withoutFrame([first, ...values]: readonly unknown[], namespace: string): readonly unknown[] {
  if (typeof first !== "string") return [first, ...values];
  if (colour.test(first)) {
    const text = first.split("\n").map((line) => without(line.replace(colour, ""), `${namespace} \x1b[0m`)).join("\n");
    return [text, ...(age.test(String(ask(() => values.at(-1)))) ? values.slice(0, -1) : values)];
  }
  const coloured = `%c${namespace} %c`; // its colours are the first two values, and the last "%c" has one
  if (first.startsWith(coloured)) return [first.slice(coloured.length).replace(/%c \+\S+$/, "%c"), ...values.slice(2)];
  const text = without(first.replace(date, ""), `${namespace} `);
  return [first.startsWith(namespace) ? text.replace(/ \+\d+[a-z]+$/, "") : text, ...values]; // without colours, browsers write no date
}

const without = (text: string, start: string): string => (text.startsWith(start) ? text.slice(start.length) : text);

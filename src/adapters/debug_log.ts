/** What the package `debug` logs, as events: a log function for it. */

import type { Threshold } from "../event/level.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { options, type Reader, requireOptions, threshold } from "../option_schema.ts";
import { Adapter, ask, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { isStack, readArguments } from "./call_arguments.ts";

/** What a {@linkcode debugLog} takes. */
export interface DebugOptions extends TextAdapterOptions {
  /** The level of the events. Default: `"debug"`. */
  readonly level?: Threshold | undefined;
}

/** A log function of `debug`, which calls it as a method of the debugger. */
export type DebugLog = (this: unknown, ...args: unknown[]) => void;

const readOptions: Reader<DebugOptions> = options({ ...textAdapterReaders, level: threshold });

/**
 * A log function for the package `debug` that makes an event of each call: `createDebug.log = debugLog()`.
 *
 * The namespace is the logger's name, `app:db` being `app.db`. The colours, the date and the time since the last call that `debug` writes around the text are left
 * out. The text is read as the console's; what `debug` has put into it by `%o` stays text.
 *
 * @param given The logger or handler, the level, and which texts are templates.
 * @returns The log function, for all debuggers or for one. It never throws.
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
  const { level = "debug", templates, ...rest } = requireOptions(readOptions, given);
  const adapter = new Adapter("debug", rest);
  return function (...args) {
    adapter.guard(() => {
      const namespace = ask(() => (this as { readonly namespace?: unknown } | undefined)?.namespace);
      const name = typeof namespace === "string" ? namespace : "";
      adapter.write(name.replaceAll(":", "."), level, () => readCall(withoutFrame(args, name), templates));
    });
  };
}

/** A call as an event; of an error that stands alone `debug` hands over the stack. */
function readCall(args: readonly unknown[], templates: DebugOptions["templates"]): LogEventInit {
  const [stack] = args;
  return args.length === 1 && typeof stack === "string" && isStack(stack)
    ? { message: stack.slice(0, stack.indexOf("\n")), error: stack }
    : readArguments(args, { templates });
}

// deno-lint-ignore no-control-regex -- ESC begins a colour
const colour = /^ {2}\x1b\[3[\d;]+m/;
/** The time since the last call, in a colour. */
// deno-lint-ignore no-control-regex -- ESC begins a colour
const age = /^\x1b\[3[\d;]+m\+\S+\x1b\[0m$/;
const date = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;

/** The arguments without what `debug` writes around them: on terminals with colours, without, and in browsers. */
function withoutFrame([first, ...values]: readonly unknown[], namespace: string): readonly unknown[] {
  if (typeof first !== "string") return [first, ...values];
  if (colour.test(first)) {
    const text = first.split("\n").map((line) => without(line.replace(colour, ""), `${namespace} \x1b[0m`)).join("\n");
    return [text, ...(age.test(String(ask(() => values.at(-1)))) ? values.slice(0, -1) : values)];
  }
  const coloured = `%c${namespace} %c`; // its colours are the first two values, and the one of the last "%c"
  if (first.startsWith(coloured)) return [first.slice(coloured.length).replace(/%c \+\S+$/, "%c"), ...values.slice(2)];
  const text = without(first.replace(date, ""), `${namespace} `);
  return [first.startsWith(namespace) ? text.replace(/ \+\d+[a-z]+$/, "") : text, ...values]; // without colours and a date it may be a browser's
}

const without = (text: string, start: string): string => (text.startsWith(start) ? text.slice(start.length) : text);

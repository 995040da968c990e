/** The formatter of Python's logging: writes an event by a format such as `%(asctime)s %(levelname)s %(message)s`. */

import { report } from "../diagnostic.ts";
import type { Formatter } from "../text_formatter.ts";
import type { LogEvent } from "../event/log_event.ts";
import { harmlessLines, indentLines } from "../harmless_text.ts";
import { describeThrown } from "../event/plain_data.ts";
import { quote } from "../event/level.ts";
import { any, below, choice, dictionary, flag, options, type Reader, requireOptions, text, wrong } from "../option_schema.ts";
import { braceFormat, checkBraceFormat } from "./brace_format.ts";
import { checkDollarFormat, dollarFormat } from "./dollar_format.ts";
import { checkPercentFormat, percentFormat } from "./percent_format.ts";
import { type Getter, Misfit, type Part, type Resolve } from "./placeholder.ts";
import { msecsOf, recordAttributes } from "./python_record.ts";
import { compileStrftime, localTime } from "./strftime.ts";

/** Arguments of Python's `logging.Formatter`. */
export interface PythonFormatterOptions {
  /** The format, in the given style. Default: the message alone. */
  readonly format?: string | undefined;
  /** Format of `asctime`, with strftime's directives. Default: `%Y-%m-%d %H:%M:%S`, then `,` and three digits of milliseconds. */
  readonly datefmt?: string | undefined;
  /** `"%"` for `%(message)s`, `"{"` for `{message}`, `"$"` for `${message}`. Default: `"%"`. */
  readonly style?: "%" | "{" | "$" | undefined;
  /** Whether a format is refused that has no fields, or that violates its style. Default: true. */
  readonly validate?: boolean | undefined;
  /** Values of fields that neither the record nor the event's properties have. Default: none. */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined;
  /** Whether a value's lines after the first are indented, so that no value looks like another event. Default: false, as in Python. */
  readonly indentLines?: boolean | undefined;
}

/** A style: its default format, its validation, and its compiler. */
interface Style {
  readonly standard: string;
  readonly check: (format: string) => string | undefined;
  readonly compile: (format: string, resolve: Resolve) => Part[];
}

const styles: Readonly<Record<string, Style>> = {
  "%": { standard: "%(message)s", check: checkPercentFormat, compile: percentFormat },
  "{": { standard: "{message}", check: checkBraceFormat, compile: braceFormat },
  "$": { standard: "${message}", check: checkDollarFormat, compile: dollarFormat },
};

/**
 * Makes the formatter of Python's logging: the same formats give the same text.
 *
 * The fields are the attributes of Python's LogRecord, then the event's properties (Python's `extra`), then the defaults. An exception
 * follows on its own line. Values are written as in Python: `True`, `None`, `['a', 1]`; a whole number is an int, and a date is a datetime
 * in UTC. Formatting never throws: a field that is missing, or whose value does not fit its conversion, appears as the format writes it,
 * and the diagnostic `format-failed` reports this once. Control characters in values are escaped, except line breaks. (Source:
 * logging.Formatter of Python 3.11.)
 *
 * @param options The format and how it is read.
 * @returns The formatter, for the option `formatter` of a handler.
 * @throws {ConfigError} If an option is wrong, or Python would refuse the format.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { pythonFormatter } from "@x/seqlog/yaml";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("till").addHandler(memory);
 * getLogger("till").warn("Drawer {Drawer} is open", { Drawer: 2 });
 * const format = pythonFormatter({ format: "%(levelname)-8s %(name)s: %(message)s (%(Drawer)03d)" });
 * assert.equal(format(memory.events[0]!), "WARNING  till: Drawer 2 is open (002)");
 * added.dispose();
 * ```
 */
export function pythonFormatter(options: PythonFormatterOptions = {}): Formatter {
  const { format, parts, clean } = compile(options);
  let isReported = false;
  const reportOnce = (field: string, raw: string, error: unknown): void => {
    if (isReported) return;
    isReported = true;
    const reason = error instanceof Misfit ? error.message : describeThrown(error);
    report({
      code: "format-failed",
      message: `Cannot show the field ${quote(field)} of the format ${quote(format)}, so ${raw} remains: ${reason}`,
    });
  };
  const show = (event: LogEvent): string => {
    let line = "";
    for (const part of parts) {
      if (typeof part === "string") line += part;
      else {
        try {
          line += clean(part.show(event));
        } catch (error) {
          line += part.raw;
          reportOnce(part.field, part.raw, error);
        }
      }
    }
    const { exception } = event;
    if (exception === undefined || exception === "") return line;
    return `${line.replace(/\n$/, "")}${clean(`\n${exception}`)}`;
  };
  return Object.assign(show, { isHarmless: true });
}

/** Readers of the options. */
export const pythonFormatterReaders: Readonly<Record<string, Reader<unknown>>> = {
  format: text,
  datefmt: text,
  style: choice(...Object.keys(styles)),
  validate: flag,
  defaults: dictionary(any),
  indentLines: flag,
};
const readGiven = options<PythonFormatterOptions>(pythonFormatterReaders);

/** Reads the options. Every mistake is reported, including a format that Python would refuse. */
const readOptions: Reader<PythonFormatterOptions> = (given, path, issues) => {
  const before = issues.length;
  const read = readGiven(given, path, issues) ?? {};
  const { format, style = "%", validate = true } = read;
  const { standard, check } = styles[style]!;
  const fault = validate && issues.length === before ? check(format || standard) : undefined;
  if (fault !== undefined) issues.push(wrong(below(path, "format"), `a format of style ${style} (${fault})`, format));
  return read;
};

function compile(
  options: PythonFormatterOptions,
): { readonly format: string; readonly parts: readonly Part[]; readonly clean: typeof harmlessLines } {
  const { format: given = "", datefmt = "", style = "%", defaults = {}, indentLines: indents = false } = requireOptions(
    readOptions,
    options,
    "pythonFormatter",
  );
  const { standard, compile } = styles[style]!;
  const format = given === "" ? standard : given;
  const asctime = timeGetter(datefmt);
  const parts = compile(format, (name) => (name === "asctime" ? asctime : getterOf(name, defaults)));
  return { format, parts, clean: indents ? indentLines : harmlessLines };
}

/** Returns the getter of a field in Python's order: the record, then the event's properties, then the defaults. */
function getterOf(name: string, defaults: Readonly<Record<string, unknown>>): Getter {
  const attribute = recordAttributes.get(name);
  if (attribute !== undefined) return attribute;
  return ({ properties }) => {
    if (Object.hasOwn(properties, name)) return properties[name];
    if (Object.hasOwn(defaults, name)) return defaults[name];
    throw new Misfit("there is no such field");
  };
}

/** Returns the getter of `asctime`. The text of the last second is cached, because events come in bursts. */
function timeGetter(datefmt: string): Getter {
  const show = compileStrftime(datefmt === "" ? "%Y-%m-%d %H:%M:%S" : datefmt);
  let second = NaN;
  let text = "";
  return (event) => {
    const now = Math.floor(event.timestampMs / 1000);
    if (now !== second) {
      text = show(localTime(new Date(now * 1000)));
      second = now;
    }
    return datefmt === "" ? `${text},${String(msecsOf(event)).padStart(3, "0")}` : text;
  };
}

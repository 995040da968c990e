/** Decides how records of other loggers become events: the options, loggers, levels and times that all adapters share. */

import { report } from "../diagnostic.ts";
import { describeThrown } from "../event/plain_data.ts";
import { maxEntries } from "../event/value_limits.ts";
import { levels, parseRank, type Threshold } from "../event/level.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { parseTemplate } from "../event/message_template.ts";
import { type Handler, isHandler } from "../handler.ts";
import type { FlushResult } from "../handler_stats.ts";
import { Hierarchy } from "../hierarchy.ts";
import { flush } from "../lifecycle.ts";
import { getLogger, loggerIn, loggerInside } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import { dictionary, flag, must, type Reader, threshold } from "../option_schema.ts";
import { define, isList, kindOf } from "../event/value_kind.ts";

/** The options of every adapter. */
export interface AdapterOptions {
  /** The logger that receives the events, or its name. A name in a record means a logger below this logger. Default: the root. */
  readonly logger?: Logger | string | undefined;
  /** A handler that receives the events directly, without any logger. The handler's level and filters apply. Default: none. */
  readonly handler?: Handler | undefined;
  /**
   * The level for each level of the other library, by its name or number; `"off"` drops such records. Default: the level of the same
   * meaning.
   */
  readonly levels?: Readonly<Record<string, Threshold>> | undefined;
}

/** The options of adapters whose library logs texts without templates. */
export interface TextAdapterOptions extends AdapterOptions {
  /**
   * Whether a text is a message template: always (true), never (false), or (`"auto"`) if it has a hole and each hole names a field of the
   * record. Any other text is escaped, so that its braces show unchanged. Default: `"auto"`.
   */
  readonly templates?: "auto" | boolean | undefined;
}

/** The validators of the options that all adapters have. */
export const adapterReaders: Readonly<Record<string, Reader<unknown>>> = {
  logger: must("a logger, or the name of one", (given: unknown) => {
    return typeof given === "string" || typeof (given as Logger | null)?.getChild === "function" ? given : undefined;
  }),
  handler: must("a handler", (given: unknown) => (isHandler(given) ? given : undefined)),
  levels: dictionary(threshold),
};

/** The validators of the options of adapters for texts. */
export const textAdapterReaders: Readonly<Record<string, Reader<unknown>>> = {
  ...adapterReaders,
  templates: (given, path, issues) => (given === "auto" ? given : flag(given, path, issues)),
};

/** Returns a text of another library: as a template if the text is a template, and otherwise as a message. */
export function readText(
  text: string,
  fields: Readonly<Record<string, unknown>>,
  templates: TextAdapterOptions["templates"] = "auto",
): Pick<LogEventInit, "message" | "messageTemplate"> {
  if (templates === true) return { messageTemplate: text };
  if (templates === false || !text.includes("{")) return { message: text };
  const { holes } = parseTemplate(text);
  return holes.length > 0 && holes.every(({ name }) => Object.hasOwn(fields, name)) ? { messageTemplate: text } : { message: text };
}

/** A point in time in the form of an event. */
export type Moment = Pick<LogEventInit, "timestampMs" | "ticks">;

/**
 * How many names become loggers, which stay in memory. Further names probably come from data, and are only written into the event.
 */
const maxNames = 1000;

/** What all adapters have in common. */
export class Adapter {
  readonly #library: string;
  readonly #base: Logger;
  readonly #handler: Handler | undefined;
  readonly #levels: ReadonlyMap<string, Threshold>;
  readonly #names: Set<string> = new Set();
  #lastMs = NaN;
  #ticks = 0;

  /**
   * @param library The name of the other library, for diagnostics.
   * @param options The validated options.
   * @param known The levels that only the library has.
   */
  constructor(
    library: string,
    { logger = "", handler, levels = {} }: AdapterOptions,
    known: Readonly<Record<string, Threshold>> = {},
  ) {
    this.#library = library;
    this.#handler = handler;
    const own = typeof logger === "string" ? getLogger(logger) : logger;
    this.#base = handler === undefined ? own : loggerOver(handler, own);
    this.#levels = new Map(Object.entries({ ...known, ...levels }));
  }

  /** Returns the logger for records of this name, below the logger of the options. */
  loggerOf(name: string): Pick<Logger, "isEnabled" | "write"> {
    const base = this.#base;
    if (name === "") return base;
    if (this.#names.size < maxNames || this.#names.has(name)) {
      this.#names.add(name);
      return base.getChild(name);
    }
    const loggerName = base.name === "" ? name : `${base.name}.${name}`;
    return { isEnabled: (level) => base.isEnabled(level), write: (event) => base.write({ ...event, loggerName }) };
  }

  /** Returns the level that the options or the library assign to one of the library's levels; `undefined` if neither assigns one. */
  saidLevel(level: unknown): Threshold | undefined {
    return typeof level === "string" || typeof level === "number" ? this.#levels.get(String(level)) : undefined;
  }

  /** Returns the level for a word; `undefined` if it is unknown. */
  levelOf(word: unknown): Threshold | undefined {
    return this.saidLevel(word) ?? thresholdOf(typeof word === "string" ? parseRank(word) : undefined);
  }

  /** Adds ticks to a time without ticks, so that records of the same millisecond keep their order. */
  inOrder({ timestampMs, ticks }: Moment): Moment {
    if (timestampMs === undefined || ticks !== undefined) return { timestampMs, ticks };
    this.#ticks = timestampMs === this.#lastMs ? Math.min(this.#ticks + 1, 9999) : 0;
    this.#lastMs = timestampMs;
    return { timestampMs, ticks: this.#ticks };
  }

  /** Writes an event to the logger of this name. Calls `make` only if the level is enabled. */
  write(name: string, level: Threshold, make: () => LogEventInit): void {
    const logger = this.loggerOf(name);
    if (level === "off" || !logger.isEnabled(level)) return;
    const event = make();
    logger.write({ ...event, ...this.inOrder(event), level });
  }

  /** Flushes the handler of the options or, without such a handler, all handlers. Never rejects. */
  async flush(): Promise<FlushResult> {
    try {
      return await (this.#handler?.flush() ?? flush());
    } catch (error) {
      report({ code: "handler-failed", message: `A handler could not be flushed: ${describeThrown(error)}` });
      return { delivered: 0, pending: 0, lost: 0 };
    }
  }

  /** Runs work for the other library. A failure is reported, and does not reach the library. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      report({
        code: "adapter-failed",
        message: `A record of ${this.#library} was lost, because it cannot be read: ${describeThrown(error)}`,
      });
    }
  }
}

/** Returns a logger of the same name in a separate tree, whose events go only to the handler. */
function loggerOver(handler: Handler, logger: Logger): Logger {
  const tree = new Hierarchy();
  const root = loggerIn(tree, "");
  root.level = "trace";
  root.addHandler(handler);
  return loggerIn(tree, logger.name).with(loggerInside(logger)?.bound?.values ?? {});
}

function thresholdOf(rank: number | undefined): Threshold | undefined {
  return rank === undefined ? undefined : (levels[rank] ?? "off");
}

/** Smaller numbers are Unix seconds: as milliseconds they would mean a time before March 1973. */
const leastMs = 1e11;
const isoRule = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)$/;

/**
 * Parses a time: milliseconds or seconds since 1970, a Date, or ISO 8601 with a zone and a precision of 100 ns.
 *
 * Returns `undefined` for a text without a zone, because it is unknown which clock it refers to.
 */
export function readMoment(value: unknown): Moment | undefined {
  if (kindOf(value) === "Date") value = Date.prototype.getTime.call(value);
  if (typeof value === "number") {
    return Number.isFinite(value) ? { timestampMs: Math.abs(value) < leastMs ? value * 1000 : value } : undefined;
  }
  const [, time, fraction = "", zone] = typeof value === "string" ? isoRule.exec(value) ?? [] : [];
  const secondMs = time === undefined ? NaN : Date.parse(`${time}${zone!.replace(/(\d\d)(\d\d)$/, "$1:$2")}`);
  if (Number.isNaN(secondMs)) return undefined;
  const digits = fraction.padEnd(7, "0");
  return { timestampMs: secondMs + Number(digits.slice(0, 3)), ...(fraction.length > 3 && { ticks: Number(digits.slice(3, 7)) }) };
}

/** Returns the function's result; if it throws, a text that describes the failure. */
export function ask<T>(question: () => T): T | string {
  try {
    return question();
  } catch (error) {
    return describeThrown(error);
  }
}

/** Returns the own enumerable fields of an object, each read once. A field that throws becomes a text that describes the failure. */
export function fieldsOf(source: object): Record<string, unknown> {
  if (isList(source)) return { ...entriesOf(source) }; // listing the names of an endless list may never end
  const fields: Record<string, unknown> = {};
  const names = ask(() => Object.keys(source));
  if (typeof names === "string") return { __properties: names };
  for (const name of names) define(fields, name, ask(() => (source as Record<string, unknown>)[name]));
  return fields;
}

/** Returns the entries of a list; of a very long list, only the first entries; of any other value, none. */
export function entriesOf(list: unknown): unknown[] {
  const length = ask(() => (isList(list) ? list.length : 0));
  return Array.from({ length: Math.min(Number(length) || 0, maxEntries) }, (_, i) => ask(() => (list as readonly unknown[])[i]));
}

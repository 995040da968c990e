/** What turns records of other loggers into events: the options, loggers, levels and times that all of them share. */

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

/** What every adapter takes. */
export interface AdapterOptions {
  /** The logger that gets the events, or its name; a name that a record brings stands below it. Default: the root. */
  readonly logger?: Logger | string | undefined;
  /** A handler that gets the events itself, in place of the loggers: its own level and filters decide. Default: none. */
  readonly handler?: Handler | undefined;
  /** Our level for one of theirs, by its name or number; `"off"` drops such records. Default: the level of the same meaning. */
  readonly levels?: Readonly<Record<string, Threshold>> | undefined;
}

/** What adapters take whose library has texts and no templates. */
export interface TextAdapterOptions extends AdapterOptions {
  /**
   * Whether a text is a message template: always, never, or `"auto"`, where each of its holes names a field of the record and it has a hole at all.
   * What is no template is escaped, so that its braces stand for themselves. Default: `"auto"`.
   */
  readonly templates?: "auto" | boolean | undefined;
}

/** How the options that all adapters have are read. */
export const adapterReaders: Readonly<Record<string, Reader<unknown>>> = {
  logger: must("a logger, or the name of one", (given: unknown) => {
    return typeof given === "string" || typeof (given as Logger | null)?.getChild === "function" ? given : undefined;
  }),
  handler: must("a handler", (given: unknown) => (isHandler(given) ? given : undefined)),
  levels: dictionary(threshold),
};

/** And those of adapters for texts. */
export const textAdapterReaders: Readonly<Record<string, Reader<unknown>>> = {
  ...adapterReaders,
  templates: (given, path, issues) => (given === "auto" ? given : flag(given, path, issues)),
};

/** A text of another library as the template that it is, or else as the message. */
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

/** A point in time, as an event has it. */
export type Moment = Pick<LogEventInit, "timestampMs" | "ticks">;

/** The most names that become loggers, which live as long as the process: names beyond it may come from data, and are only written. */
const maxNames = 1000;

/** What the adapters have in common. */
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
   * @param options What the program has said, as it was read.
   * @param known The levels of the library that have names of their own.
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

  /** The logger for records of that name: it stands below the one of the options. */
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

  /** The level of the options, or of the library, for one of its levels; `undefined` where none is said. */
  saidLevel(level: unknown): Threshold | undefined {
    return typeof level === "string" || typeof level === "number" ? this.#levels.get(String(level)) : undefined;
  }

  /** Our level for a word; `undefined` for one that nobody knows. */
  levelOf(word: unknown): Threshold | undefined {
    return this.saidLevel(word) ?? thresholdOf(typeof word === "string" ? parseRank(word) : undefined);
  }

  /** The moment, with ticks that keep records of one millisecond in their order, where it has none of its own. */
  inOrder({ timestampMs, ticks }: Moment): Moment {
    if (timestampMs === undefined || ticks !== undefined) return { timestampMs, ticks };
    this.#ticks = timestampMs === this.#lastMs ? Math.min(this.#ticks + 1, 9999) : 0;
    this.#lastMs = timestampMs;
    return { timestampMs, ticks: this.#ticks };
  }

  /** Writes an event to the logger of that name, if its level is enabled there; only then the event is made. */
  write(name: string, level: Threshold, make: () => LogEventInit): void {
    const logger = this.loggerOf(name);
    if (level === "off" || !logger.isEnabled(level)) return;
    const event = make();
    logger.write({ ...event, ...this.inOrder(event), level });
  }

  /** Flushes where the events go. Never rejects. */
  async flush(): Promise<FlushResult> {
    try {
      return await (this.#handler?.flush() ?? flush());
    } catch (error) {
      report({ code: "handler-failed", message: `A handler could not be flushed: ${describeThrown(error)}` });
      return { delivered: 0, pending: 0, lost: 0 };
    }
  }

  /** Does something for the other library, to which no failure of ours may come back. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      report({ code: "adapter-failed", message: `A record of ${this.#library} was lost, for it cannot be read: ${describeThrown(error)}` });
    }
  }
}

/** A logger like that one in a tree of its own, whose events go to the handler alone. */
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

/** Numbers below it are seconds since 1970, as Unix counts them: as milliseconds they would lie before March 1973. */
const leastMs = 1e11;
const isoRule = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)$/;

/**
 * Reads a time: milliseconds or seconds since 1970, a Date, or ISO 8601 with a zone, whose fraction is kept to 100 ns.
 *
 * A text without a zone is none, for nobody knows whose clock it means.
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

/** What a question answers; what it throws, as text in its place. */
export function ask<T>(question: () => T): T | string {
  try {
    return question();
  } catch (error) {
    return describeThrown(error);
  }
}

/** The own enumerable fields of an object, each read once; one that throws says so in its place. */
export function fieldsOf(source: object): Record<string, unknown> {
  if (isList(source)) return { ...entriesOf(source) }; // to list the names of an endless one may take as long
  const fields: Record<string, unknown> = {};
  const names = ask(() => Object.keys(source));
  if (typeof names === "string") return { __properties: names };
  for (const name of names) define(fields, name, ask(() => (source as Record<string, unknown>)[name]));
  return fields;
}

/** The entries of a list, of an endless one the first; none of what is no list. */
export function entriesOf(list: unknown): unknown[] {
  const length = ask(() => (isList(list) ? list.length : 0));
  return Array.from({ length: Math.min(Number(length) || 0, maxEntries) }, (_, i) => ask(() => (list as readonly unknown[])[i]));
}

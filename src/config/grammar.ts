/** The grammar of dictConfig as readers. configure() reads by it, and the JSON Schema is generated from it. */

import { quote, type Threshold } from "../event/level.ts";
import {
  any,
  callable,
  describe,
  dictionary,
  flag,
  list,
  methodOf,
  must,
  options,
  type Reader,
  text,
  textAs,
  threshold,
  truth,
  waitTime,
} from "../option_schema.ts";
import type { ConfigParts, EndingOptions, LoggerConfig, LoggingConfig } from "./logging_config.ts";

/** Returns the rule, for messages, of a name that another section describes. */
export const nameIn = (section: string): string => `a name in the section "${section}"`;
/** The rule of a filter, for messages. */
export const filterRule: string = `a function, or ${nameIn("filters")}`;

const filterName = textAs(filterRule);

/** Filters, objects with a method `filter`, or names of filters. */
const filters = list(
  describe((given, path, issues) => methodOf("filter")(given) ?? filterName(given, path, issues), text.about),
  "a list of filters",
);

/** Level of a logger that inherits it. */
export const notSet = "notset";

/** A level; NOTSET means that the logger inherits it. */
const ownLevel: Reader<string> = describe(
  (given, path, issues) => (given === 0 || /^"(?:notset|0)"$/i.test(quote(given)) ? notSet : threshold(given, path, issues)),
  threshold.about,
);

/** Options that every handler accepts in addition to those of its class. */
export const commonOptions: Reader<{ level?: Threshold; filters?: unknown[]; formatter?: string }> = options(() => ({
  level: threshold,
  filters,
  formatter: textAs(nameIn("formatters")),
}));

const loggerOptions = options<LoggerConfig>({
  level: ownLevel,
  handlers: list(textAs(nameIn("handlers")), "a list of names"),
  filters,
  propagate: flag,
  qualname: text,
});

/** Settings of a logger, or only its level. */
export const readLogger: Reader<LoggerConfig> = describe((given, path, issues) => {
  if (given === "") return {}; // an empty variable
  if (typeof given !== "object") return { level: ownLevel(given, path, issues) };
  const read = loggerOptions(given, path, issues);
  return Object.keys(given ?? {}).length > 0 ? { filters: undefined, ...read } : read; // as in Python, an empty description still counts
}, { ...loggerOptions.about, or: threshold });

const endingOptions = options<EndingOptions>({ timeoutMs: waitTime });

/** Whether and how the end of the process is handled. */
const ending: Reader<boolean | EndingOptions> = describe(
  (given, path, issues) => (typeof given === "object" ? endingOptions : must("true, false or { timeoutMs }", truth))(given, path, issues),
  { ...endingOptions.about, or: flag },
);

/** Accepts a class with the methods getStore and run, or an instance of such a class. */
function readStorage(given: { readonly prototype?: unknown }): unknown {
  const { getStore, run } = Object(typeof given === "function" ? given.prototype : given) as Record<string, unknown>;
  return typeof getStore === "function" && typeof run === "function" ? given : undefined;
}

/** Top-level names. */
export const longReaders: Readonly<Record<string, Reader<unknown>>> = {
  version: describe(must("the version of the grammar, which is 1", (given: 1) => (given === 1 ? given : undefined)), { type: "number" }),
  disableExistingLoggers: flag,
  incremental: flag,
  captureConsole: flag,
  handleSignals: ending,
  handleUncaught: ending,
  asyncLocalStorage: describe(must("the class AsyncLocalStorage, or an instance of it", readStorage), { type: "function" }),
  root: readLogger,
  loggers: dictionary(readLogger),
  handlers: dictionary(any),
  filters: dictionary(any),
  formatters: dictionary(any),
  properties: dictionary(any),
  resource: dictionary(any),
};

/** Names that {@linkcode ConfigParts} accepts. */
export const partsReaders: Readonly<Record<string, Reader<unknown>>> = {
  handlers: dictionary(callable),
  filters: dictionary(callable),
  formatters: dictionary(callable),
  encoders: dictionary(callable),
  queue: callable,
  parseYaml: callable,
  prepare: callable,
};

/** Reads the classes that a program passes in addition to its configuration. */
export const readParts: Reader<ConfigParts> = options(partsReaders);

/** Reads a configuration in the long form. Each handler, filter and formatter is read later, by its class. */
export const readLong: Reader<LoggingConfig> = options(longReaders);

/** Whether a top-level name belongs to the long form. */
export const isLongName = (name: string): boolean => Object.hasOwn(longReaders, name);

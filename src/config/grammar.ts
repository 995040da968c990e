/** The grammar of dictConfig as readers: the one schema that configure reads by, and that the JSON Schema is made from. */

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
  threshold,
  waitTime,
} from "../option_schema.ts";
import type { ConfigParts, EndingOptions, LoggerConfig, LoggingConfig } from "./logging_config.ts";

/** Filters, objects with a method `filter`, or the names of such. */
const filters = list(describe((given, path, issues) => methodOf("filter")(given) ?? text(given, path, issues), text.about));

/** The level of a logger that has none of its own. */
export const notSet = "notset";

/** A level; NOTSET means none of one's own. */
const ownLevel: Reader<string> = describe(
  (given, path, issues) => (given === 0 || /^"(?:notset|0)"$/i.test(quote(given)) ? notSet : threshold(given, path, issues)),
  threshold.about,
);

/** What every handler takes beside the options of its class. */
export const commonOptions: Reader<{ level?: Threshold; filters?: unknown[]; formatter?: string }> = options({
  level: threshold,
  filters,
  formatter: text,
});

const loggerOptions = options<LoggerConfig>({
  level: ownLevel,
  handlers: list(text),
  filters,
  propagate: flag,
  qualname: text,
});

/** A logger's settings, or just its level. */
export const readLogger: Reader<LoggerConfig> = describe((given, path, issues) => {
  if (given === "") return {}; // from an empty variable
  if (typeof given !== "object") return { level: ownLevel(given, path, issues) };
  const read = loggerOptions(given, path, issues);
  return Object.keys(given ?? {}).length > 0 ? { filters: undefined, ...read } : read; // a root of absent options is still a root, as in Python
}, { ...loggerOptions.about, or: threshold });

const endingOptions = options<EndingOptions>({ timeoutMs: waitTime });

/** Whether an end of the process is handled, or how. */
const ending: Reader<boolean | EndingOptions> = describe(
  (given, path, issues) => (typeof given === "object" ? endingOptions : flag)(given, path, issues),
  { ...endingOptions.about, or: flag },
);

/** A class that makes what has getStore and run, or an instance of such. */
function readStorage(given: { readonly prototype?: unknown }): unknown {
  const { getStore, run } = Object(typeof given === "function" ? given.prototype : given) as Record<string, unknown>;
  return typeof getStore === "function" && typeof run === "function" ? given : undefined;
}

/** The names at the top. */
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
};

/** What {@linkcode ConfigParts} may name. */
export const partsReaders: Readonly<Record<string, Reader<unknown>>> = {
  handlers: dictionary(callable),
  filters: dictionary(callable),
  formatters: dictionary(callable),
  encoders: dictionary(callable),
  queue: callable,
  parseYaml: callable,
  prepare: callable,
};

/** Reads the classes that a program hands in beside its configuration. */
export const readParts: Reader<ConfigParts> = options(partsReaders);

/** Reads a configuration in the long form; the descriptions of handlers, filters and formatters are read by their classes. */
export const readLong: Reader<LoggingConfig> = options(longReaders);

/** Whether the name at the top belongs to the long form. */
export const isLongName = (name: string): boolean => Object.hasOwn(longReaders, name);

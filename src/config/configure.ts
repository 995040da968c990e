/** configure: a configuration is read whole, and put into force whole, or not at all. */

import { report } from "../diagnostic.ts";
import { type Handler, isHandler, requireRank } from "../handler.ts";
import { hierarchy, type NodeSettings } from "../hierarchy.ts";
import {
  any,
  below,
  camelCase,
  ConfigError,
  dictionary,
  flag,
  isObject,
  type Issue,
  list,
  mapValues,
  must,
  options,
  orFunction,
  type Reader,
  text,
  threshold,
  wrong,
} from "../schema.ts";
import { quote, type Threshold } from "../level.ts";
import type { ConfigParts, LoggerConfig, LoggingConfig, SeqOptions } from "./logging_config.ts";
import { inForce, type Logging, loggingOf } from "./logging.ts";
import { type Classes, makeThing, registry } from "./registry.ts";

type Dictionary<T> = Readonly<Record<string, T>>;

/**
 * Puts a configuration into force: handlers, levels, filters and properties of the whole tree.
 *
 * Takes the grammar of Python's dictConfig, or the shorthand: any object with a `serverUrl`. Configuring again replaces the tree and
 * loses nothing: a handler of the same name and server goes on with the old one's queue, any other is retired.
 *
 * @param config What is to be in force.
 * @param parts Classes by name, beside the built-in ones.
 * @returns The handlers by name, and what ends them; `await using` flushes and ends the logging with the block.
 * @throws {ConfigError} If anything is wrong; it lists every mistake, and nothing is changed.
 * @example
 * ```ts
 * import { configure, getLogger } from "@x/seqlog";
 *
 * const logging = configure({ serverUrl: "http://localhost:5341", level: "info", properties: { Application: "shop" } });
 * getLogger("shop.orders").info("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo" });
 * await logging.shutdown({ timeoutMs: 100 });
 * ```
 */
export function configure(config: SeqOptions): Logging;
export function configure(config: LoggingConfig, parts?: ConfigParts): Logging;
export function configure(config: LoggingConfig | SeqOptions, parts: ConfigParts = {}): Logging {
  const issues: Issue[] = [];
  const names = isObject(config) ? Object.keys(config).map(camelCase) : [];
  const isShort = names.includes("serverUrl") || (names.length > 0 && !names.some((name) => Object.hasOwn(longReaders, name)));
  const read = readLong(isShort ? spellOut(config as Dictionary<unknown>, issues) : config, "", issues) ?? {};
  const carryOut = read.incremental ? planLevels(read, issues) : planTree(read, parts, issues);
  if (issues.length > 0) throw new ConfigError(isShort ? issues.map(toShort) : issues);
  carryOut();
  return loggingOf();
}

/** A filter, or the name of one. */
const filters = list(orFunction(text));
const notSet = "notset";
/** A level; NOTSET means none of one's own. */
const ownLevel: Reader<string> = (
  given,
  path,
  issues,
) => (given === 0 || /^"notset"$/i.test(quote(given)) ? notSet : threshold(given, path, issues));
const commonOptions = options<{ level?: Threshold; filters?: unknown[]; formatter?: string }>({
  level: threshold,
  filters,
  formatter: text,
});
const loggerOptions = options<LoggerConfig>({ level: ownLevel, handlers: list(text), filters, propagate: flag, qualname: text });
/** A logger's settings, or just its level. */
const readLogger: Reader<LoggerConfig> = (given, path, issues) => {
  if (typeof given === "object") return loggerOptions(given, path, issues);
  return { level: ownLevel(given, path, issues) };
};

const longReaders = {
  version: must("the version of the grammar, which is 1", (given: 1) => (given === 1 ? given : undefined)),
  disableExistingLoggers: flag,
  incremental: flag,
  root: readLogger,
  loggers: dictionary(readLogger),
  handlers: dictionary(any),
  filters: dictionary(any),
  formatters: dictionary(any),
  properties: dictionary(any),
};
const readLong = options<LoggingConfig>(longReaders);

/** The shorthand in the long form. */
function spellOut(config: Dictionary<unknown>, issues: Issue[]): LoggingConfig {
  const seq: Record<string, unknown> = { class: "seq" };
  let isShipped = true;
  const rest: Record<string, unknown> = { level: "info" };
  for (const [name, one] of Object.entries(config)) {
    const known = camelCase(name);
    if (known === "serverUrl" && one === null) isShipped = false;
    else if (["level", "console", "loggers", "properties"].includes(known)) rest[known] = one ?? rest[known];
    else if (known !== "filters" && Object.hasOwn(longReaders, known)) {
      issues.push(wrong(name, "an option beside serverUrl, which is short for one handler", name));
    } else seq[name] = one;
  }
  const { console = !isShipped, loggers, properties, level } = rest;
  const handlers: Record<string, unknown> = {};
  if (isShipped) handlers.seq = seq;
  if (console !== false) handlers.console = { class: "console", ...(console !== true && { level: console }) };
  return { root: { level: level as string, handlers: Object.keys(handlers) }, handlers, loggers, properties } as LoggingConfig;
}

/** An issue of the long form where it stands in the shorthand. */
function toShort({ path, message }: Issue): Issue {
  return { path: path.replace(/^handlers\.console\.level/, "console").replace(/^(?:handlers\.seq|root)\./, ""), message };
}

/** Makes everything that the configuration describes, and answers how to put it into force. */
function planTree(read: LoggingConfig, parts: ConfigParts, issues: Issue[]): () => void {
  const classes = registry(parts);
  const owned = new Set<Handler>();
  const make = <T>(known: Classes<T>, one: unknown, path: string, standard?: string): T | undefined => {
    if (isObject(one)) return makeThing(known, { class: standard, ...one }, path, issues);
    issues.push(wrong(path, "a description", one));
    return undefined;
  };
  const makeAll = <T>(kind: "filters" | "formatters", known: Classes<T>, standard: string): Dictionary<T | undefined> =>
    mapValues<unknown, T | undefined>(
      read[kind] ?? {},
      (one, name) => (typeof one === "function" ? (one as T) : make(known, one, below(kind, name), standard)),
    );
  const filters = makeAll("filters", classes.filters, "name");
  const formatters = makeAll("formatters", classes.formatters, "text");
  const handlers = mapValues<unknown, Handler | undefined>(read.handlers ?? {}, (one, name) => {
    if (isHandler(one) || !isObject(one)) return isHandler(one) ? one : make(classes.handlers, one, below("handlers", name));
    const path = below("handlers", name);
    const { level, filters: filterNames, formatter, ...description } = one;
    const handler = make(classes.handlers, description, path);
    const common = commonOptions({ level, filters: filterNames, formatter }, path, issues) ?? {};
    const chosen = pickAll(common.filters, filters, below(path, "filters"), "a filter, which is a function or the name of one", issues);
    const format = pick(common.formatter, formatters, below(path, "formatter"), "a formatter", issues);
    if (handler === undefined) return undefined;
    owned.add(handler);
    handler.name = name;
    if (chosen.length > 0) handler.filters = chosen;
    if (format !== undefined) handler.formatter = format;
    if (common.level !== undefined) handler.level = common.level;
    return handler;
  });
  const nodes = new Map<string, NodeSettings>();
  const readNode = (path: string, name: string, { level, propagate = true, ...given }: LoggerConfig): void => {
    nodes.set(name, {
      rank: level === undefined || (level === notSet && name !== "") ? undefined : requireRank(level),
      handlers: pickAll(given.handlers, handlers, below(path, "handlers"), "a handler", issues),
      filters: pickAll(given.filters, filters, below(path, "filters"), "a filter, which is a function or the name of one", issues),
      propagate,
    });
  };
  for (const [name, given] of Object.entries(read.loggers ?? {})) if (given) readNode(below("loggers", name), name, given as LoggerConfig);
  if (read.root) readNode("root", "", read.root);
  return () => apply(nodes, handlers as Dictionary<Handler>, owned, read);
}

/** The thing that is meant by its name; a function stands for itself. One that could not be made is told of where it stands. */
function pick<T>(name: unknown, things: Dictionary<T | undefined>, path: string, what: string, issues: Issue[]): T | undefined {
  if (typeof name === "function") return name as T;
  if (typeof name === "string" && Object.hasOwn(things, name)) return things[name];
  if (name !== undefined) issues.push(wrong(path, what, name, Object.keys(things)));
  return undefined;
}

function pickAll<T>(names: readonly unknown[] = [], things: Dictionary<T | undefined>, path: string, what: string, issues: Issue[]): T[] {
  return names.map((name, i) => pick(name, things, below(path, i), what, issues)).filter((thing) => thing !== undefined) as T[];
}

function apply(
  nodes: ReadonlyMap<string, NodeSettings>,
  handlers: Dictionary<Handler>,
  owned: ReadonlySet<Handler>,
  read: LoggingConfig,
): void {
  const tree = hierarchy();
  const disabled = tree.replace(nodes, read.disableExistingLoggers);
  tree.setGlobals(read.properties);
  inForce().replace(handlers, owned);
  if (disabled.length === 0) return;
  const message = `disableExistingLoggers turned off the loggers that are not named: ${disabled.slice(0, 100).join(", ")}`;
  report({
    code: "disabled-loggers",
    message,
    hint: "Name them under loggers, or leave disableExistingLoggers out",
    count: disabled.length,
  });
}

/** `incremental`: only the levels and the propagation of what is in force. */
function planLevels({ handlers = {}, loggers = {}, root }: LoggingConfig, issues: Issue[]): () => void {
  const changes: (() => void)[] = [];
  for (const [name, given] of Object.entries(handlers)) {
    const path = below("handlers", name);
    const handler = pick(name, inForce().handlers, path, "a handler", issues);
    const level = isObject(given) && given.level !== undefined ? threshold(given.level, below(path, "level"), issues) : undefined;
    if (handler && level) changes.push(() => (handler.level = level));
  }
  for (const [name, given] of [...Object.entries(loggers), ["", root] as const]) {
    const { level, propagate } = (given ?? {}) as LoggerConfig;
    const rank = level === undefined ? {} : { rank: level === notSet && name !== "" ? undefined : requireRank(level) };
    if (given) changes.push(() => hierarchy().change(hierarchy().get(name), { ...rank, ...(propagate !== undefined && { propagate }) }));
  }
  return () => changes.forEach((change) => change());
}

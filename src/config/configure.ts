/** configure: a configuration is read whole, and put into force whole, or not at all. */

import { report } from "../diagnostic.ts";
import type { Filter } from "../filter.ts";
import type { Formatter } from "../formatter.ts";
import { type Handler, isHandler, requireRank } from "../handler.ts";
import { ConsoleHandler } from "../handlers/console.ts";
import { SeqHandler } from "../handlers/seq.ts";
import { seqReaders, serverUrl } from "../handlers/seq_options.ts";
import { hierarchy, type Node, type NodeSettings } from "../hierarchy.ts";
import { quote } from "../level.ts";
import {
  below,
  camelCase,
  ConfigError,
  dictionary,
  either,
  flag,
  type Issue,
  list,
  options,
  orNull,
  type Reader,
  suggest,
  text,
  threshold,
  value,
} from "../schema.ts";
import type { ConfigParts, LevelName, LoggerConfig, LoggingConfig, SeqOptions } from "./logging_config.ts";
import { inForce, type Logging, loggingOf } from "./logging.ts";
import { type Registry, registry } from "./registry.ts";

type Dictionary<T> = Readonly<Record<string, T>>;

/** A configuration, read: what is to be in force. */
interface Plan {
  readonly nodes: ReadonlyMap<string, NodeSettings>;
  readonly handlers: Dictionary<Handler>;
  /** Those of the handlers that we made, and so close. */
  readonly owned: ReadonlySet<Handler>;
  readonly properties: Dictionary<unknown>;
  readonly disableExisting: boolean;
}

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
export function configure(config: LoggingConfig | SeqOptions, parts?: ConfigParts): Logging {
  const issues: Issue[] = [];
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new ConfigError([{
      path: "",
      message: `Cannot use this as a configuration, which is an object: current value is ${quote(config)}`,
    }]);
  }
  const names = Object.keys(config).map(camelCase);
  if (names.includes("incremental") && (config as LoggingConfig).incremental === true) {
    changeLevels(config as LoggingConfig, issues);
  } else {
    const isShort = names.includes("serverUrl") ||
      (!names.some((name) => longNames.has(name)) && names.some((name) => !Object.hasOwn(longReaders, name)));
    const plan = isShort ? readShort(config, issues) : readLong(config, registry(parts), issues);
    if (issues.length > 0 || plan === undefined) throw new ConfigError(issues);
    apply(plan);
  }
  return loggingOf();
}

const isFunction = (given: unknown): boolean => typeof given === "function";
const any: Reader<unknown> = (given) => given;
const isText = (given: unknown): boolean => typeof given === "string" || typeof given === "number";
const filterOrName = either(isFunction, any as Reader<Filter | string>, text);
/** A level, or, as in YAML, `level: off` read as false. */
const level: Reader<LevelName> = (given, path, issues) => threshold(given === false ? "off" : given, path, issues);
const loggerReader: Reader<LoggerConfig> = either(
  isText,
  (given, path, issues) => ({ level: level(given, path, issues) }),
  options<LoggerConfig & { qualname?: string }>({
    level,
    handlers: list(text),
    filters: list(filterOrName),
    propagate: flag,
    qualname: text,
  }),
);
const version = value("the version of the grammar, which is 1", (given): given is 1 => given === 1);

const longReaders = {
  version,
  disableExistingLoggers: flag,
  incremental: flag,
  root: loggerReader,
  loggers: dictionary(loggerReader),
  handlers: dictionary(any),
  filters: dictionary(any),
  formatters: dictionary(any),
  properties: dictionary(any),
};
/** What only the long form has. */
const longNames = new Set(["version", "root", "handlers", "filters", "formatters", "incremental", "disableExistingLoggers"]);
const readLongOptions = options<LoggingConfig>(longReaders);

function readLong(config: object, classes: Registry, issues: Issue[]): Plan | undefined {
  const read = readLongOptions(config, "", issues) ?? {};
  const filters = readThings<Filter>(read.filters, "filters", classes.filter, isFunction, issues);
  const formatters = readThings<Formatter>(read.formatters, "formatters", classes.formatter, isFunction, issues);
  const owned = new Set<Handler>();
  const makeHandler = (description: Dictionary<unknown>, path: string): Handler | undefined => {
    const handler = readHandler(description, path, { classes, filters, formatters }, issues);
    if (handler !== undefined) owned.add(handler);
    return handler;
  };
  const handlers = readThings<Handler>(read.handlers, "handlers", makeHandler, isHandler, issues);
  const nodes = new Map<string, NodeSettings>();
  const readNode = (name: string, path: string, given: LoggerConfig): void => {
    nodes.set(name, {
      rank: given.level === undefined ? undefined : rankOf(given.level, name),
      handlers: resolve(given.handlers, handlers, below(path, "handlers"), "handler", issues),
      filters: resolve(given.filters, filters, below(path, "filters"), "filter", issues),
      propagate: given.propagate ?? true,
    });
  };
  for (const [name, given] of Object.entries(read.loggers ?? {})) {
    readNode(name === "root" ? "" : name, below("loggers", name), given as LoggerConfig);
  }
  if (read.root !== undefined) readNode("", "root", read.root);
  for (const [name, handler] of Object.entries(handlers)) if (owned.has(handler)) handler.name = name;
  return { nodes, handlers, owned, properties: read.properties ?? {}, disableExisting: read.disableExistingLoggers ?? false };
}

/** NOTSET is no level of a logger's own, except at the root, where it lets everything through. */
function rankOf(level: LevelName, name: string): number | undefined {
  return level === "trace" && name !== "" ? 0 : requireRank(level);
}

/** Makes the described things of one kind by name; ready-made ones stay as they are. */
function readThings<T>(
  given: Dictionary<unknown> | undefined,
  path: string,
  make: (description: Dictionary<unknown>, path: string, issues: Issue[]) => T | undefined,
  isReady: (thing: unknown) => boolean,
  issues: Issue[],
): Dictionary<T> {
  const things: Record<string, T> = {};
  for (const [name, one] of Object.entries(given ?? {})) {
    const at = below(path, name);
    if (isReady(one)) things[name] = one as T;
    else if (typeof one !== "object" || one === null || Array.isArray(one)) {
      issues.push({ path: at, message: `Cannot use this as a description: current value is ${quote(one)}` });
    } else {
      const thing = make(one as Dictionary<unknown>, at, issues);
      if (thing !== undefined) things[name] = thing;
      else things[name] = undefined as T; // named, and so no unknown name for those that use it
    }
  }
  return things;
}

interface Named {
  readonly classes: Registry;
  readonly filters: Dictionary<Filter>;
  readonly formatters: Dictionary<Formatter>;
}

/** A handler by its class and options; level, filters and formatter are every handler's. */
function readHandler(
  { level: ownLevel, filters: own, formatter, ...description }: Dictionary<unknown>,
  path: string,
  named: Named,
  issues: Issue[],
): Handler | undefined {
  const handler = named.classes.handler(description, path, issues);
  const threshold = ownLevel === undefined ? undefined : level(ownLevel, below(path, "level"), issues);
  const filters = own === undefined ? [] : (list(filterOrName)(own, below(path, "filters"), issues) ?? []);
  const chosen = resolve(filters, named.filters, below(path, "filters"), "filter", issues);
  const [format] = resolve(
    formatter === undefined ? [] : [formatter as string],
    named.formatters,
    below(path, "formatter"),
    "formatter",
    issues,
  );
  if (handler === undefined) return undefined;
  if (threshold !== undefined) handler.level = threshold as Handler["level"];
  if (chosen.length > 0) handler.filters = chosen;
  if (format !== undefined) handler.formatter = format;
  return handler;
}

/** The things that are meant by their names; a function stands for itself. */
function resolve<T>(names: readonly unknown[] = [], things: Dictionary<T>, path: string, kind: string, issues: Issue[]): T[] {
  const known = Object.keys(things);
  return names.flatMap((name, i) => {
    if (typeof name === "function") return [name as T];
    if (typeof name === "string" && Object.hasOwn(things, name)) return things[name] === undefined ? [] : [things[name]];
    const list = known.length === 0 ? `no ${kind} is described` : `known are ${known.join(", ")}`;
    issues.push({
      path: names.length > 1 ? below(path, i) : path,
      message: `Cannot find a ${kind} of that name: current value is ${quote(name)}${suggest(name, known)}; ${list}`,
    });
    return [];
  });
}

const shortReaders = {
  ...seqReaders,
  serverUrl: orNull(serverUrl),
  level,
  console: either((given) => typeof given === "boolean", flag as Reader<boolean | LevelName>, level),
  loggers: dictionary(loggerReader),
};
const readShortOptions = options<SeqOptions>(shortReaders);

function readShort(config: object, issues: Issue[]): Plan | undefined {
  const foreign = Object.keys(config).filter((name) => longNames.has(camelCase(name)) && camelCase(name) !== "filters");
  for (const name of foreign) {
    issues.push({
      path: name,
      message: "Cannot use this beside serverUrl, the shorthand for one handler; describe a handler of the class seq instead",
    });
  }
  const known = Object.fromEntries(Object.entries(config).filter(([name]) => !foreign.includes(name)));
  const read = readShortOptions(known, "", issues) ?? ({} as SeqOptions);
  if (!("serverUrl" in read)) serverUrl(undefined, "serverUrl", issues);
  if (issues.length > 0) return undefined;
  const { level = "info", console = read.serverUrl === null, loggers = {}, properties = {}, serverUrl: url, ...rest } = read;
  const handlers: Record<string, Handler> = {};
  if (typeof url === "string") handlers.seq = new SeqHandler({ ...rest, serverUrl: url });
  if (console !== false) {
    handlers.console = new ConsoleHandler();
    handlers.console.name = "console";
    if (console !== true) handlers.console.level = console as Handler["level"];
  }
  const nodes = new Map<string, NodeSettings>([["", {
    rank: requireRank(level),
    handlers: Object.values(handlers),
    filters: [],
    propagate: true,
  }]]);
  for (const [name, given] of Object.entries(loggers)) {
    const { level: own, handlers: names, filters, propagate = true } = given as LoggerConfig;
    const path = below("loggers", name);
    nodes.set(name, {
      rank: own === undefined ? undefined : requireRank(own),
      handlers: resolve(names, handlers, below(path, "handlers"), "handler", issues),
      filters: resolve(filters, {}, below(path, "filters"), "filter", issues),
      propagate,
    });
  }
  return { nodes, handlers, owned: new Set(Object.values(handlers)), properties, disableExisting: false };
}

/** Puts a plan into force. */
function apply({ nodes, handlers, owned, properties, disableExisting }: Plan): void {
  const tree = hierarchy();
  const state = inForce();
  const old = state.handlers;
  for (const [name, handler] of Object.entries(handlers)) {
    const before = old[name];
    if (before !== undefined && handler instanceof SeqHandler && state.owned.has(before)) handler.adopt(before);
  }
  const disabled: string[] = [];
  for (const node of [...tree.nodes]) {
    node.disabled = disableExisting && node.name !== "" && !isNamed(node.name, nodes);
    if (node.disabled) disabled.push(node.name);
    if (state.nodes.has(node)) Object.assign(node, { rank: undefined, handlers: [], filters: [], propagate: true });
  }
  state.nodes.clear();
  for (const [name, settings] of nodes) {
    const node = tree.get(name);
    Object.assign(node, { ...settings, rank: settings.rank ?? node.rank });
    state.nodes.add(node);
  }
  tree.setGlobals(properties);
  tree.refresh();
  state.replace(handlers, owned);
  if (disabled.length > 0) {
    const message = `disableExistingLoggers turned off loggers that existed and are not named: ${disabled.slice(0, 20).join(", ")}${
      disabled.length > 20 ? ", …" : ""
    }`;
    report({
      code: "disabled-loggers",
      message,
      hint: "Name them under loggers, or leave disableExistingLoggers out",
      count: disabled.length,
    });
  }
}

function isNamed(name: string, nodes: ReadonlyMap<string, unknown>): boolean {
  for (let dot = name.length; dot > 0; dot = name.lastIndexOf(".", dot - 1)) if (nodes.has(name.slice(0, dot))) return true;
  return false;
}

/** `incremental`: levels and propagation of what is in force. */
function changeLevels(config: LoggingConfig, issues: Issue[]): void {
  const read = readLongOptions(config, "", issues) ?? {};
  const { handlers } = inForce();
  const changes: (() => void)[] = [];
  for (const [name, given] of Object.entries(read.handlers ?? {})) {
    const path = below("handlers", name);
    const wanted = (given as { level?: unknown } | null)?.level;
    const [handler] = resolve([name], handlers, path, "handler", issues);
    const rank = wanted === undefined ? undefined : level(wanted, below(path, "level"), issues);
    if (handler !== undefined && rank !== undefined) changes.push(() => (handler.level = rank as Handler["level"]));
  }
  const loggers: [string, LoggerConfig][] = Object.entries(read.loggers ?? {}).map(([name, given]) => [name, given as LoggerConfig]);
  if (read.root !== undefined) loggers.push(["", read.root]);
  if (issues.length > 0) throw new ConfigError(issues);
  const tree = hierarchy();
  for (const change of changes) change();
  for (const [name, { level: own, propagate }] of loggers) {
    const node: Node = tree.get(name);
    tree.change(node, { ...(own === undefined ? {} : { rank: requireRank(own) }), ...(propagate === undefined ? {} : { propagate }) });
  }
}

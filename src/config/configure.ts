/** configure(): reads a whole configuration and applies it as a whole, or changes nothing. */

import { captureConsole } from "../process/console_capture.ts";
import { useStorage } from "../context.ts";
import { report } from "../diagnostic.ts";
import type { Filter } from "../filter.ts";
import { requireRank } from "../event/level.ts";
import { type Handler, isHandler } from "../handler.ts";
import { configureGlobals } from "../global_properties.ts";
import { disabledHint, hierarchy, type NodeSettings, replaceSettings } from "../hierarchy.ts";
import { below, ConfigError, isObject, type Issue, mapValues, methodOf, requireOptions, threshold, wrong } from "../option_schema.ts";
import { commonOptions, filterRule, nameIn, notSet, readLong, readParts } from "./grammar.ts";
import type { ConfigParts, EndingOptions, LoggerConfig, LoggingConfig, SeqOptions } from "./logging_config.ts";
import { configurer, flushToTheEnd, inForce, type Logging, loggingOf, replaceHandlers } from "../lifecycle.ts";
import { handleSignals, handleUncaught } from "../process/exit_hooks.ts";
import { type Classes, makeThing, registry } from "./built_in_classes.ts";
import { isShorthand, spellOut, toShort } from "./shorthand.ts";

type Dictionary<T> = Readonly<Record<string, T>>;

/** Registers `configure` while this module loads. `configure` refers to this constant, so that bundlers keep both or neither. */
const registered = Object.assign(configurer, { configure: configure as (config: object) => Logging, readParts });

/**
 * Applies a configuration: handlers, levels, filters and properties of the whole tree.
 *
 * The configuration follows Python's dictConfig, or is the shorthand, an object with a `serverUrl`. Configuring again replaces the tree and
 * loses nothing: a new handler of the same name and server continues the old handler's queue. Any other old handler delivers its queue and
 * is closed.
 *
 * @param config The configuration.
 * @param parts More classes by name, in addition to the built-in ones.
 * @returns The handlers by name, `flush` and `shutdown`; `await using` shuts the logging down at the end of the block.
 * @throws {ConfigError} If anything is wrong. It lists every mistake, and nothing has changed.
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
/** Applies a configuration in the grammar of Python's dictConfig. */
export function configure(config: LoggingConfig): Logging;
/** Applies a configuration that names classes of the program's own. */
export function configure<P extends ConfigParts | undefined>(config: LoggingConfig<P>, parts: P): Logging;
export function configure(config: LoggingConfig | SeqOptions, parts: ConfigParts = {}): Logging {
  const { issues, carryOut } = plan(config, requireOptions(registered.readParts, parts, "configure", "parts"));
  if (issues.length > 0) throw new ConfigError(issues);
  carryOut();
  return loggingOf();
}

/** Reads a configuration and creates what it describes. Returns its mistakes, and a function that applies it. */
export function plan(config: unknown, parts: ConfigParts): { readonly issues: readonly Issue[]; readonly carryOut: () => void } {
  const issues: Issue[] = [];
  const given = parts.prepare === undefined ? config : parts.prepare(config, issues);
  const isShort = isShorthand(given);
  const read = readLong(isShort ? spellOut(given, issues) : given, "", issues) ?? {};
  const carryOut = read.incremental ? planLevels(read, issues) : planTree(read, parts, issues);
  return { issues: isShort ? toShort(issues) : issues, carryOut };
}

/** What a configuration applies. */
interface Plan {
  readonly nodes: ReadonlyMap<string, NodeSettings>;
  readonly handlers: Dictionary<Handler>;
  /** The handlers that the library created, and therefore closes. */
  readonly owned: ReadonlySet<Handler>;
  readonly filters: Dictionary<Filter>;
}

/** Creates everything that the configuration describes. Returns a function that applies it. */
function planTree(read: LoggingConfig, parts: ConfigParts, issues: Issue[]): () => void {
  const classes = registry(parts);
  const owned = new Set<Handler>();
  const make = <T>(known: Classes<T>, one: unknown, path: string, standard?: string): T | undefined => {
    if (isObject(one)) {
      const isNamed = (one["()"] ?? one["class"] ?? "") !== "";
      return makeThing(known, isNamed ? one : { ...one, class: standard }, path, issues);
    }
    issues.push(wrong(path, "a description with a class", one));
    return undefined;
  };
  const makeAll = <T>(kind: "filters" | "formatters", known: Classes<T>, standard: string): Dictionary<T | undefined> =>
    mapValues<unknown, T | undefined>(
      read[kind] ?? {},
      (one, name) => methodOf<T>(kind === "filters" ? "filter" : "format")(one) ?? make(known, one, below(kind, name), standard),
    );
  const filters = makeAll("filters", classes.filters, "name");
  const formatters = makeAll("formatters", classes.formatters, classes.standardFormatter);
  /** Handlers whose fallback is given by name, because the fallback may be described later. */
  const fallbacks: [handler: Handler, name: string, path: string][] = [];
  const handlers = mapValues<unknown, Handler | undefined>(read.handlers ?? {}, (one, name) => {
    if (isHandler(one) || !isObject(one)) return isHandler(one) ? one : make(classes.handlers, one, below("handlers", name));
    const path = below("handlers", name);
    const { level, filters: filterNames, formatter, ...rest } = one;
    const { fallback, ...described } = rest;
    const description = typeof fallback === "string" ? described : rest;
    const handler = make(classes.handlers, description, path);
    const common = commonOptions({ level, filters: filterNames, formatter }, path, issues) ?? {};
    const chosen = pickAll(common.filters, filters, below(path, "filters"), filterRule, issues);
    const format = pick(common.formatter, formatters, below(path, "formatter"), nameIn("formatters"), issues);
    if (handler === undefined) return undefined;
    owned.add(handler);
    handler.name = name;
    if (chosen.length > 0) handler.filters = chosen;
    if (format !== undefined) handler.formatter = format;
    if (common.level !== undefined) handler.level = common.level;
    if (typeof fallback === "string") fallbacks.push([handler, fallback, below(path, "fallback")]);
    return handler;
  });
  for (const [handler, name, path] of fallbacks) {
    const target = pick(name, handlers, path, nameIn("handlers"), issues);
    if ("fallback" in handler && target !== handler) handler.fallback = target;
    else issues.push(wrong(path, "a fallback of this handler", name));
  }
  const nodes = planNodes(read, handlers, filters, issues);
  return () => apply({ nodes, handlers, owned, filters } as Plan, read);
}

/** Collects the settings of each name in the tree. If `root` and `loggers` both describe the root, `root` wins. */
function planNodes(
  { loggers = {}, root, captureConsole }: LoggingConfig,
  handlers: Dictionary<Handler | undefined>,
  filters: Dictionary<Filter | undefined>,
  issues: Issue[],
): ReadonlyMap<string, NodeSettings> {
  const nodes = new Map<string, NodeSettings>();
  const given = Object.entries(loggers).map(([name, one]) => [below("loggers", name), name, one] as const);
  for (const [path, written, one] of [...given, ["root", "", root] as const]) {
    if (!one || (path === "root" && Object.keys(one).length === 0)) continue; // Python, too, ignores an empty root
    const name = written === "root" ? "" : written;
    const { level, propagate = true, ...named } = one as LoggerConfig;
    const before = nodes.get(name);
    nodes.set(name, {
      rank: level === undefined ? before?.rank : rankOf(level, name),
      handlers: pickAll(named.handlers, handlers, below(path, "handlers"), nameIn("handlers"), issues),
      filters: [...new Set([...(before?.filters ?? []), ...pickAll(named.filters, filters, below(path, "filters"), filterRule, issues)])],
      propagate,
    });
  }
  if (captureConsole && !nodes.has("console")) nodes.set("console", { handlers: [], filters: [], propagate: true }); // never disabled
  return nodes;
}

/** Returns the rank of a level; null for NOTSET, which lets everything pass at the root. */
function rankOf(level: unknown, name: string): number | null {
  return level === notSet && name !== "" ? null : requireRank(level);
}

/** Returns the object that a name refers to; a function refers to itself. An object that could not be created is already reported. */
function pick<T>(name: unknown, things: Dictionary<T | undefined>, path: string, what: string, issues: Issue[]): T | undefined {
  if (typeof name === "function") return name as T;
  if (typeof name === "string" && Object.hasOwn(things, name)) return things[name];
  if (name !== undefined) issues.push(wrong(path, what, name, Object.keys(things)));
  return undefined;
}

/** Returns the objects that the names refer to, each once. */
function pickAll<T>(names: readonly unknown[] = [], things: Dictionary<T | undefined>, path: string, what: string, issues: Issue[]): T[] {
  const picked = names.map((name, i) => pick(name, things, below(path, i), what, issues));
  return [...new Set(picked.filter((thing) => thing !== undefined))] as T[];
}

function apply({ nodes, handlers, owned, filters }: Plan, read: LoggingConfig): void {
  const tree = hierarchy();
  const names = [...nodes.keys(), ...Object.keys(read.loggers ?? {})]; // as in Python, the root also names root.a
  const disabled = replaceSettings(tree, nodes, { names, disableExisting: read.disableExistingLoggers });
  configureGlobals(read.properties, read.resource);
  useStorage(read.asyncLocalStorage);
  captureConsole(read.captureConsole === true);
  handleSignals(read.handleSignals ? flushToTheEnd : undefined, timeoutOf(read.handleSignals));
  handleUncaught(read.handleUncaught ? flushToTheEnd : undefined, timeoutOf(read.handleUncaught));
  replaceHandlers(handlers, owned, filters);
  reportUnreached(handlers, filters);
  if (disabled.length === 0) return;
  const message = `disableExistingLoggers turned off the loggers ${disabled.slice(0, 100).join(", ")}`;
  report({ code: "disabled-loggers", message, hint: disabledHint, count: disabled.length });
}

/** Reports handlers and filters that nothing uses, or a tree without any handler. */
function reportUnreached(handlers: Dictionary<Handler>, filters: Dictionary<Filter>): void {
  const nodes = [...hierarchy().nodes];
  const used: unknown[] = nodes.flatMap(({ handlers, added, filters }) => [...handlers, ...added, ...filters]);
  for (const handler of Object.values(handlers)) used.push((handler as { readonly fallback?: Handler }).fallback, ...handler.filters);
  const idle = [...Object.entries(handlers), ...Object.entries(filters)].filter(([, one]) => !used.includes(one)).map(([name]) => name);
  if (idle.length > 0) {
    const message = `These handlers or filters have no effect, because nothing names them: ${idle.join(", ")}`;
    report({ code: "reaches-nothing", message, hint: "Name them in root, in a logger or in a handler", count: idle.length });
  } else if (nodes.every(({ reached }) => reached.length === 0)) {
    const message = "The configuration has no handler: only warnings and above are shown, on the console";
    report({ code: "reaches-nothing", message, hint: "Set serverUrl, or define handlers and name them in root.handlers" });
  }
}

/** Returns the given time-out, if there is one. */
function timeoutOf(given: boolean | EndingOptions | undefined): number | undefined {
  return typeof given === "object" ? given.timeoutMs : undefined;
}

/** Implements `incremental`: changes only levels and propagation. */
function planLevels({ handlers = {}, loggers = {}, root }: LoggingConfig, issues: Issue[]): () => void {
  const changes: (() => void)[] = [];
  for (const [name, given] of Object.entries(handlers)) {
    const path = below("handlers", name);
    const handler = pick(name, inForce().handlers, path, "a handler in force", issues);
    const level = isObject(given) && given.level ? threshold(given.level, below(path, "level"), issues) : undefined; // Python skips 0, too
    if (handler && level) changes.push(() => (handler.level = level));
  }
  for (const [name, given] of [...Object.entries(loggers), ["", root] as const]) {
    if (!given) continue;
    const { level, propagate } = given as LoggerConfig;
    const rank = level === undefined ? {} : { rank: rankOf(level, name === "root" ? "" : name) ?? undefined };
    const isNamed = name !== "" && { disabled: false }; // as in Python, naming a logger turns it on again
    changes.push(() => hierarchy().change(hierarchy().get(name), { ...rank, ...isNamed, ...(propagate !== undefined && { propagate }) }));
  }
  return () => changes.forEach((change) => change());
}

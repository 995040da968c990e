/**
 * Configuration from YAML files, in the grammar of Python's dictConfig.
 *
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { configureFromYaml } from "@x/seqlog/yaml";
 *
 * await using _logging = await configureFromYaml(`
 *   version: 1
 *   root: { level: INFO, handlers: [seq] }
 *   handlers:
 *     seq: { class: seq, server_url: "http://localhost:5341" }
 * `);
 * getLogger("shop.orders").info("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo" });
 * ```
 *
 * @module
 */

import { report } from "../diagnostic.ts";
import { quote } from "../event/level.ts";
import {
  ConfigError,
  isObject,
  type Issue,
  list,
  must,
  options,
  type Reader,
  requireOptions,
  text as readText,
  wrong,
} from "../option_schema.ts";
import { configure, plan } from "../config/configure.ts";
import { partsReaders } from "../config/grammar.ts";
import { type Environment, type Filled, interpolate } from "./interpolate.ts";
import { inForce, type Logging } from "../lifecycle.ts";
import type { ConfigParts, LoggingConfig } from "../config/logging_config.ts";
import { loadModules, standInsFor, withoutModules } from "./import_modules.ts";
import { type Layer, overlay } from "./overlay.ts";
import { pythonParts } from "./register_yaml_classes.ts";
import { mergeKeys } from "../config/references.ts";
import { TextFiles } from "./text_file.ts";
import { readWatchOptions, watch, type WatchOptions } from "./watch.ts";
import { adviseOnPlace, spellingOf } from "./file_wording.ts";
import { findParser, parseLayer } from "./yaml_parser.ts";

export type { ConfigParts, Environment, Logging, WatchOptions };
export { type JsonSchema, jsonSchema } from "./json_schema.ts";
export { pythonParts } from "./register_yaml_classes.ts";
export { pythonFormatter, type PythonFormatterOptions } from "../python/python_formatter.ts";
export { FileHandler } from "../file/file_handler.ts";
export type { FileOptions } from "../file/file_options.ts";
export type { RolloverOptions } from "../file/rollover_time.ts";
export { NullHandler } from "../handlers/null_handler.ts";
export { StreamHandler, type StreamOptions } from "../handlers/stream_handler.ts";

/** Options for configuring from YAML: classes by name, and how the text is read. */
export interface YamlOptions extends ConfigParts {
  /**
   * Where `${NAME}` is looked up; values other than text are ignored, so that a Worker's bindings can be passed whole. Default: the
   * runtime's environment.
   */
  readonly env?: Environment | undefined;
  /** A configuration merged over the files: maps merge by key, lists and scalars replace, null removes. Default: none. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
  /** Whether the files are watched: a changed file is applied. A wrong file is reported, and changes nothing. Default: false. */
  readonly watch?: boolean | WatchOptions | undefined;
  /** Folder that relative names start from. Default: the folder of the file; for a text, the working directory. */
  readonly base?: string | URL | undefined;
}

/**
 * Applies the configuration of a YAML file.
 *
 * Later files are merged over earlier files, and `overrides` over all files: maps merge by key, lists and scalars replace, null removes.
 * `${NAME}`, `${NAME:-default}` and `${file:path}` are expanded after the YAML is parsed; `$${` is a literal `${`.
 *
 * @param files The path (relative to the working directory) or URL of the file, or a list of them.
 * @param given More classes by name, in addition to Python's and the built-in ones, and how the files are read.
 * @returns What {@linkcode configure} returns.
 * @throws {ConfigError} If anything is wrong. It lists every mistake by file and path, and nothing has changed.
 * @example
 * ```ts
 * import { ConfigError } from "@x/seqlog";
 * import { configureFromFile } from "@x/seqlog/yaml";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(configureFromFile("no_such_file.yml"), (error) => {
 *   return error instanceof ConfigError && error.issues[0]?.path === "no_such_file.yml";
 * });
 * ```
 */
export async function configureFromFile(files: string | URL | readonly (string | URL)[], given: YamlOptions = {}): Promise<Logging> {
  const options = requireOptions(readYamlOptions, given, "configureFromFile");
  const locations = requireOptions(readLocations, [files].flat(), "configureFromFile", "files");
  const read = async (files: TextFiles): Promise<Loaded> => {
    const parse = await findParser(options.parseYaml);
    const issues: Issue[] = [];
    const layers = locations.map((location) => {
      const name = String(location);
      const { url, text, problem } = files.read(location);
      if (text === undefined) issues.push({ path: name, message: `Cannot read this as a configuration file: ${problem}` });
      return text === undefined ? emptyLayer : parseLayer(parse, text, name, options.base?.toString() ?? url, issues);
    });
    if (issues.length > 0) throw new ConfigError(issues);
    return await load(layers, files, options);
  };
  const texts = new TextFiles();
  const logging = apply(await read(texts), options);
  return options.watch ? watching(logging, locations.join(", "), texts, read, options) : logging;
}

/**
 * Applies the configuration of a YAML text, as {@linkcode configureFromFile} does for files.
 *
 * @param text The YAML.
 * @param given More classes by name, in addition to Python's and the built-in ones, and how the text is read.
 * @returns What {@linkcode configure} returns.
 * @throws {ConfigError} If anything is wrong. It lists every mistake with its path, and nothing has changed.
 * @example
 * ```ts
 * import { configureFromYaml } from "@x/seqlog/yaml";
 *
 * const env = { SEQ_URL: "http://localhost:5341" }; // a Worker's bindings, say
 * const logging = await configureFromYaml("server_url: ${SEQ_URL}\nlevel: ${LEVEL:-info}", { env });
 * await logging.shutdown({ timeoutMs: 100 });
 * ```
 */
export async function configureFromYaml(text: string, given: YamlOptions = {}): Promise<Logging> {
  const options = requireOptions(readYamlOptions, given, "configureFromYaml");
  const written = requireOptions(readText, text, "configureFromYaml", "text");
  const issues: Issue[] = [];
  const layer = parseLayer(await findParser(options.parseYaml), written, "", options.base?.toString(), issues);
  if (options.watch) issues.push({ path: "watch", message: "Cannot watch a text: use configureFromFile" });
  if (issues.length > 0) throw new ConfigError(issues);
  return apply(await load([layer], new TextFiles(), options), options);
}

const location: Reader<string | URL> = must(
  "a path or URL",
  (given: unknown) => (typeof given === "string" || given instanceof URL ? given : undefined),
);
const readLocations: Reader<(string | URL)[]> = (given, path, issues) => {
  const read = list(location)(given, path, issues);
  if (read?.length === 0) issues.push(wrong(path, "a path or URL, or a list of at least one", given));
  return read;
};

const anObject: Reader<unknown> = must("an object", (given: unknown) => (isObject(given) ? given : undefined));

/** Reads the options of a program that configures from YAML. */
const readYamlOptions: Reader<YamlOptions> = options({
  ...partsReaders,
  env: anObject,
  overrides: anObject,
  watch: (given, path, issues) => {
    if (isObject(given)) return readWatchOptions(given, path, issues);
    return must("true, false or how the files are watched", (given) => (typeof given === "boolean" ? given : undefined))(
      given,
      path,
      issues,
    );
  },
  base: location,
});

const emptyLayer: Layer = { name: "", value: {}, isText: true };

/** A configuration ready to be applied. */
interface Loaded {
  readonly config: unknown;
  /** Its mistakes so far. */
  readonly issues: readonly Issue[];
  /** Moves an issue to the place where the files write the option, and hides expanded variables. */
  readonly place: (issue: Issue) => Issue;
}

async function load(given: readonly Layer[], files: TextFiles, options: YamlOptions): Promise<Loaded> {
  const { env, overrides, watch } = options;
  const issues: Issue[] = [];
  const filled: Filled[] = [];
  const layers = given.map((layer) => ({ ...layer, value: mergeKeys(layer.value, issues) }));
  if (overrides !== undefined) layers.push({ name: "overrides", value: overrides, isText: false });
  const { value, layerOf } = overlay(layers);
  const spell = spellingOf(value);
  const place = ({ path, message }: Issue): Issue => {
    const { name } = layerOf(path);
    const spelled = spell({ path, message: message + adviseOnPlace(value, path, message) });
    return {
      path: [name, spelled.path].filter((part) => part !== "").join(": "),
      message: conceal({ path, message: spelled.message }, filled),
    };
  };
  const interpolated = interpolate(value, { env, layerOf, issues, filled, read: files.read });
  const refusal = watch ? "a watched file loads no code; register the class through the options" : undefined;
  const stubbed = withoutModules(interpolated);
  const isWrong = stubbed !== undefined && plan(stubbed, partsOf(options, issues, standInsFor)).issues.length > 0;
  if (isWrong) return { config: stubbed, issues, place }; // a wrong configuration must not run code
  const config = await loadModules(interpolated, { layerOf, issues, refusal });
  return { config, issues, place };
}

/** Whether one path contains the other. */
function areRelated(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

/** Replaces the values of expanded variables in a message by the text of the file, because the values may be secrets. */
function conceal({ path, message }: Issue, filled: readonly Filled[]): string {
  const shown = new Map(filled.map(({ written, text }) => [quote(text), quote(written)]));
  for (const { written, text } of filled.filter((one) => areRelated(one.path, path))) {
    const parts = text.split(/[\s/\\#?@:&=]+/).filter((part) => part.length > 5);
    for (const part of [text, ...parts]) if (part.length > 3) shown.set(part, written);
  }
  const longFirst = [...shown.keys()].sort((a, b) => b.length - a.length).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return shown.size === 0 ? message : message.replace(new RegExp(longFirst.join("|"), "g"), (found) => shown.get(found)!);
}

/** Returns the classes that a configuration file knows: the program's and Python's. */
function partsOf(options: YamlOptions, known: readonly Issue[], map: typeof standInsFor = (_kind, makers = {}) => makers): ConfigParts {
  const kinds = ["handlers", "filters", "formatters"] as const;
  const merged = Object.fromEntries(kinds.map((kind) => [kind, { ...pythonParts[kind], ...map(kind, options[kind]) }]));
  const prepare = (given: unknown, issues: Issue[]): unknown => {
    issues.push(...known);
    const own = options.prepare === undefined ? given : options.prepare(given, issues);
    return pythonParts.prepare!(own, issues);
  };
  return { ...merged, encoders: options.encoders, queue: options.queue ?? pythonParts.queue, prepare };
}

function apply({ config, issues, place }: Loaded, options: YamlOptions): Logging {
  try {
    return configure(config as LoggingConfig, partsOf(options, issues));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const first = new Map<string, Issue>(); // an unexpanded variable causes the later issues
    for (const issue of error.issues.map(place)) if (!first.has(issue.path)) first.set(issue.path, issue);
    throw new ConfigError([...first.values()]);
  }
}

/** Applies the files again whenever they change, until something else configures or shuts down. */
function watching(
  first: Logging,
  names: string,
  texts: TextFiles,
  read: (files: TextFiles) => Promise<Loaded>,
  options: YamlOptions,
): Logging {
  let current = first;
  const isCurrent = (): boolean => inForce().handlers === current.handlers;
  const watcher = watch({
    get known() {
      return texts.fingerprint;
    },
    look: () => {
      if (!isCurrent()) watcher.dispose();
      return isCurrent() ? texts.look() : texts.fingerprint;
    },
    changed: async () => {
      texts = new TextFiles();
      try {
        const next = await read(texts);
        if (!isCurrent()) return;
        current = apply(next, options);
        report({ code: "reconfigured", message: `The changed configuration is in force: ${names}` });
      } catch (error) {
        const message = `The changed configuration is wrong, and the old one stays in force. ${(error as Error).message}`;
        report({ code: "reconfiguration-failed", message, hint: "Correct the file" });
      }
    },
  }, typeof options.watch === "object" ? options.watch : {});
  return {
    get handlers() {
      return current.handlers;
    },
    flush: (options) => current.flush(options),
    shutdown: (options) => current.shutdown(options),
    stats: () => current.stats(),
    ready: (options) => current.ready(options),
    check: () => current.check(),
    [Symbol.asyncDispose]: () => current[Symbol.asyncDispose](),
  };
}

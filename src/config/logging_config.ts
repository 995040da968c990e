/** What a configuration may say: the grammar of Python's dictConfig, and the shorthand. */

import type { ContextStorage } from "../context.ts";
import type { QueueFactory } from "../delivery/queue.ts";
import type { Filter } from "../filter.ts";
import type { Formatter } from "../text_formatter.ts";
import type { Handler } from "../handler.ts";
import type { LevelFilterOptions } from "../filters/level_filter.ts";
import type { PropertyFilterOptions } from "../filters/property_filter.ts";
import type { TemplateFilterOptions } from "../filters/template_filter.ts";
import type { ConsoleOptions } from "../handlers/console_handler.ts";
import type { MemoryOptions } from "../handlers/memory_handler.ts";
import type { SeqHandlerOptions } from "../seq/seq_options.ts";
import type { Encoder } from "../event/plain_data.ts";
import type { Threshold } from "../event/level.ts";
import type { About, Issue } from "../option_schema.ts";

/** A level by any of its names, or Python's number; the six names and `"off"` are suggested. */
export type LevelName = Threshold | (string & {}) | number;

/** What is set for one logger. */
export interface LoggerConfig {
  /** The own level. Default: inherited; the root's is `"warn"`. */
  readonly level?: LevelName | null | undefined;
  /** The names of its handlers. Default: none. */
  readonly handlers?: readonly string[] | undefined;
  /** The names of its filters, or filters: for events logged here, not below. Default: none. */
  readonly filters?: readonly (string | AnyFilter)[] | undefined;
  /** Whether its events go on to the handlers of the loggers above. Default: true. */
  readonly propagate?: boolean | undefined;
}

/** Parts without any class: only the built-in ones are known. */
export type NoParts = Record<never, never>;

/** What every handler takes beside the options of its class. */
export interface HandlerCommon {
  /** The least severe level that passes. Default: every level. */
  readonly level?: LevelName | null | undefined;
  /** The names of its filters, or filters. Default: none. */
  readonly filters?: readonly (string | AnyFilter)[] | null | undefined;
  /** The name of its formatter. Default: the handler's own. */
  readonly formatter?: string | null | undefined;
  /** Python's: attributes that are set once it is made. Default: none. */
  readonly "."?: Readonly<Record<string, unknown>> | null | undefined;
}

/** A filter, or an object with one as its method, as in Python. */
export type AnyFilter = Filter | { filter: Filter };

/** Options as a configuration has them: null and undefined are the same as absent. */
type Options<O> = { readonly [Name in keyof O]?: O[Name] | null | undefined };

/** What makes a thing in place of a class: a function, also under Python's name. */
type ByMaker<T> =
  | { readonly class: Maker<T>; readonly [option: string]: unknown }
  | { readonly "()": string | Maker<T>; readonly class?: null | undefined; readonly [option: string]: unknown };

/** The names of the classes of one kind among the parts; any where the parts are not known. */
type Names<P, Kind extends "handlers" | "filters" | "formatters"> = P extends { readonly [kind in Kind]?: infer Makers }
  ? string & keyof NonNullable<Makers>
  : never;

/** A description by one of these names, with the options of that class. */
type ByName<Name> = [Name] extends [never] ? never : { readonly class?: Name | undefined; readonly [option: string]: unknown };

/** A Seq handler described. */
export interface SeqHandlerConfig
  extends HandlerCommon, Options<Omit<SeqHandlerOptions, keyof HandlerCommon | keyof Described>>, Described {
  readonly class: "seq";
}

/** The options of a Seq handler that a configuration may give by name or description. */
interface Described {
  /** The base URL of Seq, such as `http://localhost:5341`; it may carry a path. */
  readonly serverUrl: string | undefined;
  /** Writes values that JSON has no word for, or the name of such a function among the parts. Default: built in. */
  readonly encoder?: Encoder | string | null | undefined;
  /** The queue, where it is to be another than the one in memory: `durableQueue({ path })`, or its options where the parts have the class. Default: memory. */
  readonly queue?: QueueFactory | Readonly<Record<string, unknown>> | null | undefined;
  /** The same as `queue`. Default: memory. */
  readonly buffer?: QueueFactory | Readonly<Record<string, unknown>> | null | undefined;
  /** Gets the events that could not be delivered: a handler, or the name of one. Default: none. */
  readonly fallback?: Handler | string | null | undefined;
}

/**
 * A handler described by its class and the options of that: `"seq"`, `"console"`, `"memory"`, a name registered through {@linkcode ConfigParts}, or a
 * function that makes it; Python's `()` is the same.
 *
 * @typeParam P The parts, whose names are classes, too.
 */
export type HandlerConfig<P = NoParts> =
  | SeqHandlerConfig
  | HandlerCommon & Options<ConsoleOptions> & { readonly class: "console" }
  | HandlerCommon & Options<MemoryOptions> & { readonly class: "memory" }
  | HandlerCommon & (ByMaker<Handler> | (ByName<Names<P, "handlers">> & { readonly class: string }));

/**
 * A filter described: by the name of a logger, which it lets through with those below it, or by its class and the options of that.
 *
 * @typeParam P The parts, whose names are classes, too.
 */
export type FilterConfig<P = NoParts> =
  | { readonly class?: "name" | null | undefined; readonly name?: string | null | undefined }
  | Options<LevelFilterOptions> & { readonly class: "level" }
  | Options<PropertyFilterOptions> & { readonly class: "property" }
  | Options<TemplateFilterOptions> & { readonly class: "template" }
  | ByMaker<Filter>
  | ByName<Names<P, "filters">>;

/**
 * A formatter described by its class (`"text"` or a registered one) and the options of that.
 *
 * @typeParam P The parts, whose names are classes, too.
 */
export type FormatterConfig<P = NoParts> =
  | { readonly class?: "text" | null | undefined; readonly colour?: boolean | null | undefined }
  | ByMaker<Formatter>
  | ByName<Names<P, "formatters">>;

/**
 * The whole configuration, in the grammar of dictConfig version 1; `snake_case` names are the same as `camelCase` ones.
 *
 * @typeParam P The parts that are handed in beside it: their names are classes, too.
 */
export interface LoggingConfig<P = NoParts> {
  /** The version of the grammar. Default: 1. */
  readonly version?: 1 | undefined;
  /** Whether loggers that exist and are not named (nor below a named one) are turned off. Default: false, unlike Python's, because imports run before configure. */
  readonly disableExistingLoggers?: boolean | undefined;
  /** Whether only levels and `propagate` are changed, and everything else stays. Default: false. */
  readonly incremental?: boolean | undefined;
  /** The logger above all others: its level holds, and its handlers get the events, where a logger says nothing else. */
  readonly root?: LoggerConfig | null | undefined;
  /** Levels and settings of loggers by dotted name; `""` is the root. */
  readonly loggers?: Readonly<Record<string, LoggerConfig | LevelName>> | undefined;
  /** Where events go, by names of your own: each a description by its `class`, or a handler. `root` and `loggers` name those that get their events. */
  readonly handlers?: Readonly<Record<string, HandlerConfig<P> | Handler>> | undefined;
  /** Which events pass and in what form, by names of your own: each a description by its `class`, or a filter. Handlers and loggers name them. */
  readonly filters?: Readonly<Record<string, FilterConfig<P> | AnyFilter>> | undefined;
  /** How events become text, by names of your own: each a description by its `class`, or a formatter. Handlers name them. */
  readonly formatters?: Readonly<Record<string, FormatterConfig<P> | Formatter | { format: Formatter }>> | undefined;
  /** Whether calls of the console become events of the logger `console`; each is still printed, by the original console. Default: false. */
  readonly captureConsole?: boolean | undefined;
  /** Whether what is queued is delivered when a signal tells the process to end; it then dies by that signal, unless the program listens, too. Default: false. */
  readonly handleSignals?: boolean | EndingOptions | undefined;
  /** Whether an error that nobody catches is logged and delivered before the process dies of it; in a page it is logged. Default: false. */
  readonly handleUncaught?: boolean | EndingOptions | undefined;
  /** The class AsyncLocalStorage of `node:async_hooks`, where it cannot be found without an import. Default: the runtime's, if it is found. */
  readonly asyncLocalStorage?: ContextStorage | (new () => ContextStorage) | undefined;
  /** Properties of every event that is shipped; a function is asked for each event, null leaves a name out. Default: `MachineName` and `ProcessId`, where known. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

/** How an end of the process is handled. */
export interface EndingOptions {
  /** How long the delivery may take, in milliseconds. Default: 5000. Give less than the platform does: pm2 kills after 1600, Kubernetes after 30 000. */
  readonly timeoutMs?: number | undefined;
}

/** The shorthand: the options of one Seq handler at the root, and what goes with it. */
export interface SeqOptions extends Omit<SeqHandlerOptions, "serverUrl" | "level"> {
  /** The base URL of Seq; null means the console only. */
  readonly serverUrl: string | null | undefined;
  /** The root's level. Default: `"info"`. */
  readonly level?: LevelName | null | undefined;
  /** Whether events go to the console as well, or from which level. Default: false. */
  readonly console?: boolean | LevelName | null | undefined;
  /** Levels and settings of other loggers, by dotted name. Default: none. */
  readonly loggers?: Readonly<Record<string, LoggerConfig | LevelName>> | undefined;
  /** Whether calls of the console become events of the logger `console`. Default: false. */
  readonly captureConsole?: boolean | undefined;
  /** Whether what is queued is delivered when a signal tells the process to end. Default: false. */
  readonly handleSignals?: boolean | EndingOptions | undefined;
  /** Whether an error that nobody catches is logged and delivered before the process dies of it; in a page it is logged. Default: false. */
  readonly handleUncaught?: boolean | EndingOptions | undefined;
  /** The class AsyncLocalStorage of `node:async_hooks`, where it cannot be found without an import. Default: the runtime's, if it is found. */
  readonly asyncLocalStorage?: ContextStorage | (new () => ContextStorage) | undefined;
}

/** Makes a thing from the options of its description, their names in camelCase; throws for wrong ones, which is then an issue of the configuration. */
export interface Maker<T> {
  (options: Readonly<Record<string, unknown>>, parts: ConfigParts): T;
  /** What the options are, for the JSON Schema. */
  readonly about?: About | undefined;
}

/** Classes by name, beside the built-in ones: each a function from the options to the thing. */
export interface ConfigParts {
  readonly handlers?: Readonly<Record<string, Maker<Handler>>> | undefined;
  readonly filters?: Readonly<Record<string, Maker<Filter>>> | undefined;
  readonly formatters?: Readonly<Record<string, Maker<Formatter>>> | undefined;
  /** Encoders, for the option `encoder` by name. */
  readonly encoders?: Readonly<Record<string, Encoder>> | undefined;
  /** Makes the queue of a Seq handler that is described as `queue: { path }`. */
  readonly queue?: Maker<QueueFactory> | undefined;
  /** Reads YAML, in place of `parse` of `@std/yaml`; for configuration files. */
  readonly parseYaml?: ((text: string) => unknown) | undefined;
  /** Changes a configuration before it is read, and adds what is wrong with it to the issues. */
  readonly prepare?: ((config: unknown, issues: Issue[]) => unknown) | undefined;
}

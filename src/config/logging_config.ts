/** Declares what a configuration may contain: the grammar of Python's dictConfig, and the shorthand. */

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

/** A level by any of its names, or Python's number; editors suggest the six names and `"off"`. */
export type LevelName = Threshold | (string & {}) | number;

/** Settings of one logger. */
export interface LoggerConfig {
  /** The logger's level. Default: inherited; the root's is `"warn"`. */
  readonly level?: LevelName | null | undefined;
  /** The names of its handlers. Default: none. */
  readonly handlers?: readonly string[] | undefined;
  /** Filters, or their names, for events logged by this logger, not by loggers below it. Default: none. */
  readonly filters?: readonly (string | AnyFilter)[] | undefined;
  /** Whether its events also reach the handlers of the loggers above. Default: true. */
  readonly propagate?: boolean | undefined;
}

/** No classes of the program: only the built-in classes are known. */
export type NoParts = Record<never, never>;

/** Options that every handler accepts in addition to those of its class. */
export interface HandlerCommon {
  /** The least severe level that passes. Default: every level. */
  readonly level?: LevelName | null | undefined;
  /** Filters, or their names. Default: none. */
  readonly filters?: readonly (string | AnyFilter)[] | null | undefined;
  /** The name of its formatter. Default: the handler's own. */
  readonly formatter?: string | null | undefined;
  /** As in Python: attributes set on the new handler. Default: none. */
  readonly "."?: Readonly<Record<string, unknown>> | null | undefined;
}

/** A filter, or an object with a method `filter`, as in Python. */
export type AnyFilter = Filter | { filter: Filter };

/**
 * Options in a configuration, where null and undefined count as absent.
 *
 * @internal
 */
export type PossibleOptions<O> = { readonly [Name in keyof O]?: O[Name] | null | undefined };

/**
 * A description whose class is a function, given as `class` or as Python's `()`.
 *
 * @internal
 */
export type DescribedByMaker<T> =
  | { readonly class: Maker<T>; readonly [option: string]: unknown }
  | { readonly "()": string | Maker<T>; readonly class?: null | undefined; readonly [option: string]: unknown };

/**
 * Class names of one kind in the parts; `never` if the parts are unknown.
 *
 * @internal
 */
export type ClassNames<P, Kind extends "handlers" | "filters" | "formatters"> = P extends { readonly [kind in Kind]?: infer Makers }
  ? string & keyof NonNullable<Makers>
  : never;

/**
 * A description that names a class of the parts, with its options.
 *
 * @internal
 */
export type DescribedByName<Name> = [Name] extends [never] ? never
  : { readonly class?: Name | undefined; readonly [option: string]: unknown };

/** Description of a Seq handler. */
export interface SeqHandlerConfig
  extends
    HandlerCommon,
    PossibleOptions<Omit<SeqHandlerOptions, keyof HandlerCommon | "serverUrl" | "encoder" | "queue" | "buffer" | "fallback">> {
  /** The class of the handler. */
  readonly class: "seq";
  /** The base URL of Seq, such as `http://localhost:5341`; it may carry a path. */
  readonly serverUrl: string | undefined;
  /** Converts values that JSON cannot express, or the name of such a function in the parts. Default: built in. */
  readonly encoder?: Encoder | string | null | undefined;
  /** The queue: `durableQueue({ path })`, or only its options if `parts.queue` is set. Default: memory. */
  readonly queue?: QueueFactory | Readonly<Record<string, unknown>> | null | undefined;
  /** The same as `queue`. Default: memory. */
  readonly buffer?: QueueFactory | Readonly<Record<string, unknown>> | null | undefined;
  /** Receives events that could not be delivered: a handler, or its name. Default: none. */
  readonly fallback?: Handler | string | null | undefined;
}

/**
 * Description of a handler: its class and that class's options. The class is `"seq"`, `"console"`, `"memory"`, a name registered through
 * {@linkcode ConfigParts}, or a function that creates the handler. Instead of `class`, Python's key `()` can name the class.
 *
 * @typeParam P The parts passed to `configure`, whose names are classes, too.
 */
export type HandlerConfig<P = NoParts> =
  | SeqHandlerConfig
  | HandlerCommon & PossibleOptions<ConsoleOptions> & { readonly class: "console" }
  | HandlerCommon & PossibleOptions<MemoryOptions> & { readonly class: "memory" }
  | HandlerCommon & (DescribedByMaker<Handler> | (DescribedByName<ClassNames<P, "handlers">> & { readonly class: string }));

/**
 * Description of a filter: a logger name (events of that logger and of loggers below it pass), or a class and its options.
 *
 * @typeParam P The parts passed to `configure`, whose names are classes, too.
 */
export type FilterConfig<P = NoParts> =
  | { readonly class?: "name" | null | undefined; readonly name?: string | null | undefined }
  | PossibleOptions<LevelFilterOptions> & { readonly class: "level" }
  | PossibleOptions<PropertyFilterOptions> & { readonly class: "property" }
  | PossibleOptions<TemplateFilterOptions> & { readonly class: "template" }
  | DescribedByMaker<Filter>
  | DescribedByName<ClassNames<P, "filters">>;

/**
 * Description of a formatter: its class (`"text"` or a registered one) and the options of that class.
 *
 * @typeParam P The parts passed to `configure`, whose names are classes, too.
 */
export type FormatterConfig<P = NoParts> =
  | { readonly class?: "text" | null | undefined; readonly colour?: boolean | null | undefined }
  | DescribedByMaker<Formatter>
  | DescribedByName<ClassNames<P, "formatters">>;

/**
 * A whole configuration, in the grammar of dictConfig version 1; `snake_case` names mean the same as `camelCase` ones.
 *
 * @typeParam P The parts passed with it: their names are classes, too.
 */
export interface LoggingConfig<P = NoParts> {
  /** The version of the grammar. Default: 1. */
  readonly version?: 1 | undefined;
  /** Whether existing loggers are turned off unless they, or loggers above them, are named here. Default: false (in Python, true). */
  readonly disableExistingLoggers?: boolean | undefined;
  /** Whether only levels and `propagate` change. Default: false. */
  readonly incremental?: boolean | undefined;
  /** The root logger: other loggers inherit its level unless they set one, and its handlers receive their events. */
  readonly root?: LoggerConfig | null | undefined;
  /** Levels and settings of loggers by dotted name; `""` is the root. */
  readonly loggers?: Readonly<Record<string, LoggerConfig | LevelName>> | undefined;
  /** Handlers by name: each a description with its `class`, or a handler. `root` and `loggers` refer to them by name. */
  readonly handlers?: Readonly<Record<string, HandlerConfig<P> | Handler>> | undefined;
  /** Filters by name: each a description with its `class`, or a filter. Handlers and loggers refer to them by name. */
  readonly filters?: Readonly<Record<string, FilterConfig<P> | AnyFilter>> | undefined;
  /** Formatters by name: each a description with its `class`, or a formatter. Handlers refer to them by name. */
  readonly formatters?: Readonly<Record<string, FormatterConfig<P> | Formatter | { format: Formatter }>> | undefined;
  /** Whether console calls become events of the logger `console`; they are still printed. Default: false. */
  readonly captureConsole?: boolean | undefined;
  /** Whether queued events are delivered before a termination signal ends the process. The program may handle it, too. Default: false. */
  readonly handleSignals?: boolean | EndingOptions | undefined;
  /** Whether an uncaught error is logged and delivered before it ends the process; in a page it is only logged. Default: false. */
  readonly handleUncaught?: boolean | EndingOptions | undefined;
  /** The class AsyncLocalStorage of `node:async_hooks`, if it cannot be found without an import. Default: the runtime's, if found. */
  readonly asyncLocalStorage?: ContextStorage | (new () => ContextStorage) | undefined;
  /** Properties of every event. A function runs for each event; null removes one. Default: `MachineName` and `ProcessId`, if known. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  /** Attributes that describe the service on its spans, such as `{ "service.name": "shop" }`; Seq shows them. Default: none. */
  readonly resource?: Readonly<Record<string, unknown>> | undefined;
}

/** How the end of the process is handled. */
export interface EndingOptions {
  /** Time-out of the delivery, in milliseconds. Default: 5000. The platform must allow more: pm2 allows 1600, Kubernetes 30 000. */
  readonly timeoutMs?: number | undefined;
}

/** The shorthand: the options of one Seq handler at the root, and the settings around it. */
export interface SeqOptions extends Omit<SeqHandlerOptions, "serverUrl" | "level"> {
  /** The base URL of Seq; null means the console only. */
  readonly serverUrl: string | null | undefined;
  /** The root's level. Default: `"info"`. */
  readonly level?: LevelName | null | undefined;
  /** Whether events also go to the console, or from which level. Default: false. */
  readonly console?: boolean | LevelName | null | undefined;
  /** Levels and settings of other loggers, by dotted name. Default: none. */
  readonly loggers?: Readonly<Record<string, LoggerConfig | LevelName>> | undefined;
  /** Attributes that describe the service on its spans, such as `{ "service.name": "shop" }`; Seq shows them. Default: none. */
  readonly resource?: Readonly<Record<string, unknown>> | undefined;
  /** Whether console calls become events of the logger `console`. Default: false. */
  readonly captureConsole?: boolean | undefined;
  /** Whether a termination signal first delivers queued events. Default: false. */
  readonly handleSignals?: boolean | EndingOptions | undefined;
  /** Whether an uncaught error is logged and delivered before it ends the process; in a page it is only logged. Default: false. */
  readonly handleUncaught?: boolean | EndingOptions | undefined;
  /** The class AsyncLocalStorage of `node:async_hooks`, if it cannot be found without an import. Default: the runtime's, if found. */
  readonly asyncLocalStorage?: ContextStorage | (new () => ContextStorage) | undefined;
}

/** Creates an object from the options of its description, with names in camelCase. An error becomes an issue of the configuration. */
export interface Maker<T> {
  (options: Readonly<Record<string, unknown>>, parts: ConfigParts): T;
  /**
   * The reader whose rules describe the options in the JSON Schema.
   *
   * @internal
   */
  readonly about?: About | undefined;
}

/** Classes by name, in addition to the built-in ones: each a function that creates the object from its options. */
export interface ConfigParts {
  /** Handlers by the names of their classes. */
  readonly handlers?: Readonly<Record<string, Maker<Handler>>> | undefined;
  /** Filters by the names of their classes. */
  readonly filters?: Readonly<Record<string, Maker<Filter>>> | undefined;
  /** Formatters by the names of their classes. */
  readonly formatters?: Readonly<Record<string, Maker<Formatter>>> | undefined;
  /** Encoders, which the option `encoder` names. */
  readonly encoders?: Readonly<Record<string, Encoder>> | undefined;
  /** Creates the queue of a Seq handler described as `queue: { path }`. */
  readonly queue?: Maker<QueueFactory> | undefined;
  /** Parses YAML for configuration files, instead of `parse` of `@std/yaml`. */
  readonly parseYaml?: ((text: string) => unknown) | undefined;
  /** Changes a configuration before it is read, and adds mistakes that it finds to the issues. */
  readonly prepare?: ((config: unknown, issues: Issue[]) => unknown) | undefined;
}

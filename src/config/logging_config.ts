/** What a configuration may say: the grammar of Python's dictConfig, and the shorthand. */

import type { ContextStorage } from "../context.ts";
import type { QueueFactory } from "../delivery/queue.ts";
import type { Filter } from "../filter.ts";
import type { Formatter } from "../formatter.ts";
import type { Handler } from "../handler.ts";
import type { SeqHandlerOptions } from "../seq/seq_options.ts";
import type { Encoder } from "../event/plain_data.ts";
import type { Threshold } from "../event/level.ts";
import type { About, Issue } from "../option_schema.ts";

/** A level by any of its names, or Python's number; the six names and `"off"` are suggested. */
export type LevelName = Threshold | (string & {}) | number;

/** What is set for one logger. */
export interface LoggerConfig {
  /** The own level. Default: inherited; the root's is `"warn"`. */
  readonly level?: LevelName;
  /** The names of its handlers. Default: none. */
  readonly handlers?: readonly string[];
  /** The names of its filters, or filters: for events logged here, not below. Default: none. */
  readonly filters?: readonly (string | Filter)[];
  /** Whether its events go on to the handlers of the loggers above. Default: true. */
  readonly propagate?: boolean;
}

/** What every handler takes; what is not listed here is an option of the class. */
interface HandlerCommon {
  /** The least severe level that passes. Default: every level. */
  readonly level?: LevelName;
  /** The names of its filters, or filters. Default: none. */
  readonly filters?: readonly (string | Filter)[];
  /** The name of its formatter. Default: the handler's own. */
  readonly formatter?: string;
  readonly [option: string]: unknown;
}

/** A handler described by its class: `"seq"`, `"console"`, `"memory"`, a name registered through {@linkcode ConfigParts}, or a function that makes it; Python's `()` is the same. */
export type HandlerConfig =
  | HandlerCommon & { readonly class: string | Maker<Handler> }
  | HandlerCommon & { readonly "()": string | Maker<Handler> };

/** A filter described: by the name of a logger, which it lets through with those below it, or by a registered class and its options. */
export interface FilterConfig {
  readonly name?: string;
  readonly class?: string;
  readonly [option: string]: unknown;
}

/** A formatter described by its class (`"text"` or a registered one) and its options. */
export interface FormatterConfig {
  readonly class?: string;
  readonly [option: string]: unknown;
}

/** The whole configuration, in the grammar of dictConfig version 1; `snake_case` names are the same as `camelCase` ones. */
export interface LoggingConfig {
  /** The version of the grammar. Default: 1. */
  readonly version?: 1;
  /** Whether loggers that exist and are not named (nor below a named one) are turned off. Default: false, unlike Python's, because imports run before configure. */
  readonly disableExistingLoggers?: boolean;
  /** Whether only levels and `propagate` are changed, and everything else stays. Default: false. */
  readonly incremental?: boolean;
  readonly root?: LoggerConfig;
  /** By dotted name; `""` is the root. */
  readonly loggers?: Readonly<Record<string, LoggerConfig | LevelName>>;
  readonly handlers?: Readonly<Record<string, HandlerConfig | Handler>>;
  readonly filters?: Readonly<Record<string, FilterConfig | Filter>>;
  readonly formatters?: Readonly<Record<string, FormatterConfig | Formatter>>;
  /** Whether calls of the console become events of the logger `console`; each is still printed, by the original console. Default: false. */
  readonly captureConsole?: boolean;
  /** Whether what is queued is delivered when a signal tells the process to end; it then dies by that signal, unless the program listens, too. Default: false. */
  readonly handleSignals?: boolean | EndingOptions;
  /** Whether an error that nobody catches is logged and delivered before the process dies of it; in a page it is logged. Default: false. */
  readonly handleUncaught?: boolean | EndingOptions;
  /** The class AsyncLocalStorage of `node:async_hooks`, where it cannot be found without an import. Default: the runtime's, if it is found. */
  readonly asyncLocalStorage?: ContextStorage | (new () => ContextStorage);
  /** Properties of every event that is shipped; a function is asked for each event, null leaves a name out. Default: `MachineName` and `ProcessId`, where known. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** How an end of the process is handled. */
export interface EndingOptions {
  /** How long the delivery may take, in milliseconds. Default: 5000. Give less than the platform does: pm2 kills after 1600, Kubernetes after 30 000. */
  readonly timeoutMs?: number;
}

/** The shorthand: the options of one Seq handler at the root, and what goes with it. */
export interface SeqOptions extends Omit<SeqHandlerOptions, "serverUrl"> {
  /** The base URL of Seq; null means the console only. */
  readonly serverUrl: string | null | undefined;
  /** The root's level. Default: `"info"`. */
  readonly level?: LevelName;
  /** Whether events go to the console as well, or from which level. Default: false. */
  readonly console?: boolean | LevelName;
  /** Levels and settings of other loggers, by dotted name. Default: none. */
  readonly loggers?: Readonly<Record<string, LoggerConfig | LevelName>>;
  /** Whether calls of the console become events of the logger `console`. Default: false. */
  readonly captureConsole?: boolean;
  /** Whether what is queued is delivered when a signal tells the process to end. Default: false. */
  readonly handleSignals?: boolean | EndingOptions;
  /** Whether an error that nobody catches is logged and delivered before the process dies of it; in a page it is logged. Default: false. */
  readonly handleUncaught?: boolean | EndingOptions;
  /** The class AsyncLocalStorage of `node:async_hooks`, where it cannot be found without an import. Default: the runtime's, if it is found. */
  readonly asyncLocalStorage?: ContextStorage | (new () => ContextStorage);
}

/** Makes a thing from the options of its description, their names in camelCase; throws for wrong ones, which is then an issue of the configuration. */
export interface Maker<T> {
  (options: Readonly<Record<string, unknown>>, parts: ConfigParts): T;
  /** What the options are, for the JSON Schema. */
  readonly about?: About;
}

/** Classes by name, beside the built-in ones: each a function from the options to the thing. */
export interface ConfigParts {
  readonly handlers?: Readonly<Record<string, Maker<Handler>>>;
  readonly filters?: Readonly<Record<string, Maker<Filter>>>;
  readonly formatters?: Readonly<Record<string, Maker<Formatter>>>;
  /** Encoders, for the option `encoder` by name. */
  readonly encoders?: Readonly<Record<string, Encoder>>;
  /** Makes the queue of a Seq handler that is described as `queue: { path }`. */
  readonly queue?: Maker<QueueFactory>;
  /** Reads YAML, in place of `parse` of `@std/yaml`; for configuration files. */
  readonly parseYaml?: (text: string) => unknown;
  /** Changes a configuration before it is read, and adds what is wrong with it to the issues. */
  readonly prepare?: (config: unknown, issues: Issue[]) => unknown;
}

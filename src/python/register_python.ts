/** Python's classes by their names: what a file in the grammar of dictConfig says, as it means it. */

import { readDurableOptions } from "../durable/durable_options.ts";
import { durableQueue } from "../durable/durable_queue.ts";
import type { QueueFactory } from "../delivery/queue.ts";
import { report } from "../diagnostic.ts";
import type { Filter } from "../filter.ts";
import { nameFilter } from "../filters/name_filter.ts";
import { rateLimitFilter, readRateLimitOptions } from "../filters/rate_limit_filter.ts";
import { readRedactOptions, redactFilter } from "../filters/redact_filter.ts";
import { readSampleOptions, sampleFilter } from "../filters/sample_filter.ts";
import type { Formatter } from "../formatter.ts";
import { pythonFormatter, type PythonFormatterOptions } from "./python_formatter.ts";
import type { Handler } from "../handler.ts";
import { FileHandler } from "../file/file_handler.ts";
import { type FileOptions, readFileOptions } from "../file/file_options.ts";
import { NullHandler } from "../handlers/null_handler.ts";
import { SeqHandler } from "../seq/seq_handler.ts";
import { readSeqOptions, type SeqHandlerOptions } from "../seq/seq_options.ts";
import { StreamHandler } from "../handlers/stream_handler.ts";
import type { Encoder } from "../event/plain_data.ts";
import { currentThread, processId } from "../runtime/host_properties.ts";
import {
  any,
  callable,
  choice,
  ConfigError,
  dictionary,
  flag,
  isObject,
  type Issue,
  must,
  number,
  options,
  orFunction,
  orNone,
  type Reader,
  text,
} from "../option_schema.ts";
import type { ConfigParts, Maker } from "../config/logging_config.ts";
import { resolveReferences } from "../config/references.ts";

/** A maker of ours: its options are read, and every mistake is told. */
function maker<O, T>(read: Reader<O>, make: (options: O, parts: ConfigParts) => T): Maker<T> {
  const making = (given: Readonly<Record<string, unknown>>, parts: ConfigParts): T => {
    const issues: Issue[] = [];
    const known = read(given, "", issues);
    if (known === undefined || issues.length > 0) throw new ConfigError(issues);
    return make(known, parts);
  };
  return Object.assign(making, { about: read.about });
}

/** What Python's seqlog calls these, and every option of the class `seq`. */
interface SeqLogOptions extends SeqHandlerOptions {
  readonly autoFlushTimeout?: number;
  readonly jsonEncoderClass?: string | Encoder;
}

const maxTimeS = (2 ** 31 - 1) / 1000;
const readSeqLogOptions: Reader<SeqLogOptions> = (given, path, issues) => {
  const before = issues.length;
  const read = readBoth(given, path, issues);
  if (read?.serverUrl === undefined && issues.length === before) readSeqOptions({}, path, issues); // for its issue
  return read;
};
/** A queue that a program made, or the description of one on disk. */
const queue: Reader<QueueFactory> = (given, path, issues) => {
  if (!isObject(given)) return callable(given, path, issues) as QueueFactory | undefined;
  const before = issues.length;
  const read = readDurableOptions(given, path, issues);
  return read !== undefined && issues.length === before ? durableQueue(read) : undefined;
};
const readBoth = options<SeqLogOptions>({
  ...readSeqOptions.about!.options,
  ...{ queue, buffer: queue },
  apiKey: orNone(readSeqOptions.about!.options!.apiKey!),
  autoFlushTimeout: orNone(number(0, maxTimeS)),
  jsonEncoderClass: orNone(orFunction(text)),
});

function makeSeqLog({ autoFlushTimeout, jsonEncoderClass, ...given }: SeqLogOptions, { encoders = {} }: ConfigParts): Handler {
  const { id, name } = currentThread();
  const thread = processId() === 0 ? {} : { ThreadId: id, ThreadName: name };
  const isNamed = given.loggerNameProperty !== undefined;
  return new SeqHandler({
    ...(autoFlushTimeout !== undefined && { periodMs: autoFlushTimeout * 1000 }),
    encoder: encoderOf(jsonEncoderClass, encoders),
    loggerNameProperty: "LoggerName",
    ...given,
    properties: { ...(isNamed ? {} : { LoggerName: "root" }), ...thread, ...given.properties }, // the name of any other logger hides root's
  });
}

/** The encoder of that name. One that is not known is no mistake: such classes are written for what ours does anyway. */
function encoderOf(wanted: string | Encoder | undefined, encoders: Readonly<Record<string, Encoder>>): Encoder | undefined {
  if (typeof wanted !== "string") return wanted;
  if (Object.hasOwn(encoders, wanted)) return encoders[wanted];
  report({
    code: "unknown-encoder",
    message: `The encoder ${wanted} is not known; values that JSON cannot say are written by the built-in one`,
    hint: "Register it under encoders, or leave json_encoder_class out",
  });
  return undefined;
}

const stream: Reader<"stdout" | "stderr"> = must(
  "a stream, which is ext://sys.stdout or ext://sys.stderr",
  (given: unknown) => (/^(?:ext:\/\/sys\.)?(stdout|stderr)$/.exec(String(given))?.[1] as "stdout" | "stderr" | undefined),
);
const readFormatterOptions = options<PythonFormatterOptions & { fmt?: string }>({
  format: orNone(text),
  fmt: orNone(text),
  datefmt: orNone(text),
  style: orNone(choice("%", "{", "$")),
  validate: orNone(flag),
  defaults: orNone(dictionary(any)),
});
/** Python's class calls its first argument `fmt`, and its dictConfig `format`. */
const formatter = maker(
  readFormatterOptions,
  ({ fmt, ...given }): Formatter => pythonFormatter({ ...(fmt !== undefined && { format: fmt }), ...given }),
);
const stdout = maker<object, Handler>(options({}), () => new StreamHandler({ stream: "stdout" }));
const file = maker(readFileOptions, (known) => new FileHandler(known));
/** Python's `delay` and `errors` change nothing: a file is opened with its first event, and every text can be written in UTF-8. */
const readFileOfPython = options<FileOptions & { delay?: boolean; errors?: string }>({
  ...readFileOptions.about!.options,
  encoding: orNone(readFileOptions.about!.options!.encoding!),
  delay: orNone(flag),
  errors: orNone(text),
});
const fileOfPython = maker(readFileOfPython, ({ delay: _, errors: __, ...known }) => {
  const handler = new FileHandler(known);
  handler.formatter = pythonFormatter();
  return handler;
});

/**
 * What a configuration file knows beside the built-in classes: the class names of Python's logging and seqlog, the handler `file`, the filters
 * `sample`, `rateLimit` and `redact`, the queue on disk, and references such as `cfg://`.
 *
 * Configuration files know it by themselves; an object is given it: `configure(object, pythonParts)`.
 *
 * @example
 * ```ts
 * import { configure, getLogger } from "@x/seqlog";
 * import { pythonParts } from "@x/seqlog/yaml";
 *
 * const logging = configure({
 *   version: 1,
 *   root: { level: "INFO", handlers: ["console"] },
 *   handlers: { console: { class: "logging.StreamHandler", formatter: "plain", stream: "ext://sys.stdout" } },
 *   formatters: { plain: { format: "[%(levelname)s] %(name)s: %(message)s" } },
 * }, pythonParts);
 * getLogger("shop").info("Order {OrderId} shipped", { OrderId: 42 }); // [INFO] shop: Order 42 shipped
 * await logging.shutdown();
 * ```
 */
export const pythonParts: ConfigParts = {
  handlers: {
    "seqlog.structured_logging.SeqLogHandler": maker(readSeqLogOptions, makeSeqLog),
    "seqlog.structured_logging.ConsoleStructuredLogHandler": stdout,
    "logging.StreamHandler": maker(
      options<{ stream?: "stdout" | "stderr" }>({ stream: orNone(stream) }),
      (known) => new StreamHandler(known),
    ),
    "logging.NullHandler": maker<object, Handler>(options({}), () => new NullHandler()),
    "logging.FileHandler": fileOfPython,
    "logging.handlers.RotatingFileHandler": fileOfPython,
    file,
  },
  filters: {
    "logging.Filter": maker<{ name?: string }, Filter>(options({ name: orNone(text) }), ({ name = "" }) => nameFilter(name)),
    sample: maker(readSampleOptions, sampleFilter),
    rateLimit: maker(readRateLimitOptions, rateLimitFilter),
    redact: maker(readRedactOptions, redactFilter),
  },
  formatters: { "logging.Formatter": formatter },
  queue: maker(readDurableOptions, durableQueue),
  prepare: resolveReferences,
};

/** Maps the class names of Python's logging and seqlog to this library's classes. */

import { maker, seqReader } from "../config/built_in_classes.ts";
import type { ConfigParts } from "../config/logging_config.ts";
import { report } from "../diagnostic.ts";
import type { Encoder } from "../event/plain_data.ts";
import { FileHandler } from "../file/file_handler.ts";
import { type FileOptions, readFileOptions } from "../file/file_options.ts";
import { readRollover, type RolloverOptions } from "../file/rollover_time.ts";
import type { Filter } from "../filter.ts";
import { nameFilter } from "../filters/name_filter.ts";
import type { Formatter } from "../text_formatter.ts";
import type { Handler } from "../handler.ts";
import { NullHandler } from "../handlers/null_handler.ts";
import { StreamHandler } from "../handlers/stream_handler.ts";
import { flag, must, number, options, orFunction, type Reader, requireOptions, text } from "../option_schema.ts";
import { currentThread, processId } from "../runtime/host_properties.ts";
import { SeqHandler } from "../seq/seq_handler.ts";
import type { SeqHandlerOptions } from "../seq/seq_options.ts";
import { pythonFormatter, type PythonFormatterOptions, pythonFormatterReaders } from "./python_formatter.ts";

/** Options of the class `seq`, and two that only Python's seqlog has. */
interface SeqLogOptions extends SeqHandlerOptions {
  readonly autoFlushTimeout?: number;
  readonly jsonEncoderClass?: string | Encoder;
}

const maxTimeS = (2 ** 31 - 1) / 1000;
const more = {
  autoFlushTimeout: number(0, maxTimeS),
  jsonEncoderClass: orFunction(text),
};

function makeSeqLog(options: Readonly<Record<string, unknown>>, parts: ConfigParts): Handler {
  const { autoFlushTimeout, jsonEncoderClass, ...given } = requireOptions(seqReader<SeqLogOptions>(parts, more), options);
  const { id, name } = currentThread();
  const thread = processId() === 0 ? {} : { ThreadId: id, ThreadName: name };
  const isNamed = given.loggerNameProperty !== undefined;
  return new SeqHandler({
    ...(autoFlushTimeout !== undefined && { periodMs: autoFlushTimeout * 1000 }),
    encoder: encoderOf(jsonEncoderClass, parts.encoders ?? {}),
    loggerNameProperty: "LoggerName",
    ...given,
    // the name of any other logger replaces "root"
    properties: { ...(isNamed ? {} : { LoggerName: "root" }), ...thread, ...given.properties },
  });
}

/** Returns the named encoder. An unknown name is only reported, because such encoders usually do the same as the built-in one. */
function encoderOf(wanted: string | Encoder | undefined, encoders: Readonly<Record<string, Encoder>>): Encoder | undefined {
  if (typeof wanted !== "string") return wanted;
  if (Object.hasOwn(encoders, wanted)) return encoders[wanted];
  if (/^json\.(?:encoder\.)?JSONEncoder$/.test(wanted)) return undefined; // Python's standard encoder adds nothing
  report({
    code: "unknown-encoder",
    message: `The encoder ${wanted} is unknown; the built-in encoder is used`,
    hint: "Pass a function of this name in the option encoders of configureFromFile, or remove json_encoder_class",
  });
  return undefined;
}

const stream: Reader<"stdout" | "stderr"> = must(
  "a stream, which is ext://sys.stdout or ext://sys.stderr",
  (given: unknown) => (/^(?:ext:\/\/sys\.)?(stdout|stderr)$/.exec(String(given))?.[1] as "stdout" | "stderr" | undefined),
);
const readFormatterOptions = options<PythonFormatterOptions & { fmt?: string }>({ ...pythonFormatterReaders, fmt: text });
/** Python's class calls its first argument `fmt`, and its dictConfig calls it `format`. */
const formatter = maker(
  readFormatterOptions,
  ({ fmt, ...given }): Formatter => pythonFormatter({ ...(fmt !== undefined && { format: fmt }), ...given }),
);
const stdout = maker<object, Handler>(options({}), () => new StreamHandler({ stream: "stdout" }));
/** Python's `delay` and `errors` have no effect: a file is opened with its first event, and UTF-8 can encode every text. */
const readFileOfPython = options<FileOptions & { delay?: boolean; errors?: string }>({
  ...readFileOptions.about!.options,
  delay: flag,
  errors: text,
});
/** Makes a file handler with Python's default format. */
function ofPython(known: FileOptions): FileHandler {
  const handler = new FileHandler(known);
  handler.formatter = pythonFormatter();
  return handler;
}
type TimedOptions = FileOptions & RolloverOptions & { delay?: boolean; errors?: string };
const { mode: _mode, maxBytes: _maxBytes, rollover: _rollover, ...timedReaders } = readFileOfPython.about!.options!;
const timedFile = maker(
  options<TimedOptions>({ ...timedReaders, ...readRollover.about!.options }),
  ({ delay: _, errors: __, when, interval, utc, atTime, ...known }) =>
    ofPython({ ...known, rollover: { when, interval, utc, atTime } as RolloverOptions }),
);
const fileOfPython = maker(readFileOfPython, ({ delay: _, errors: __, ...known }) => ofPython(known));

const seqLog = Object.assign(makeSeqLog, { about: seqReader({}, more).about });

/** The class names of Python's logging and seqlog. */
export const pythonClasses: Required<Pick<ConfigParts, "handlers" | "filters" | "formatters">> = {
  handlers: {
    "seqlog.structured_logging.SeqLogHandler": seqLog,
    "seqlog.structured_logging.ConsoleStructuredLogHandler": stdout,
    "seqlog.SeqLogHandler": seqLog, // the Python package has both names
    "seqlog.ConsoleStructuredLogHandler": stdout,
    "logging.StreamHandler": maker(options<{ stream?: "stdout" | "stderr" }>({ stream }), (known) => new StreamHandler(known)),
    "logging.NullHandler": maker<object, Handler>(options({}), () => new NullHandler()),
    "logging.FileHandler": fileOfPython,
    "logging.handlers.RotatingFileHandler": fileOfPython,
    "logging.handlers.TimedRotatingFileHandler": timedFile,
    "logging.handlers.WatchedFileHandler": fileOfPython, // every file handler reopens a file that was moved away
  },
  filters: {
    "logging.Filter": maker<{ name?: string }, Filter>(options({ name: text }), ({ name = "" }) => nameFilter(name)),
  },
  formatters: { "logging.Formatter": formatter },
};

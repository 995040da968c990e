/** Which class a name in the configuration means. */

import type { Filter } from "../filter.ts";
import { nameFilter } from "../filters/name_filter.ts";
import { levelFilter, readLevelOptions } from "../filters/level_filter.ts";
import { propertyFilter, readPropertyOptions } from "../filters/property_filter.ts";
import { readTemplateOptions, templateFilter } from "../filters/template_filter.ts";
import { type Formatter, textFormatter } from "../text_formatter.ts";
import { type Handler, isHandler } from "../handler.ts";
import { ConsoleHandler } from "../handlers/console_handler.ts";
import { MemoryHandler } from "../handlers/memory_handler.ts";
import { SeqHandler } from "../seq/seq_handler.ts";
import { readSeqOptions, type SeqHandlerOptions } from "../seq/seq_options.ts";
import { describeThrown } from "../event/plain_data.ts";
import { hasColourTerminal } from "../runtime/console.ts";
import {
  any,
  below,
  callable,
  camelCase,
  choice,
  ConfigError,
  describe,
  dictionary,
  flag,
  isObject,
  type Issue,
  mapValues,
  methodOf,
  number,
  options,
  type Reader,
  requireOptions,
  text,
  wrong,
} from "../option_schema.ts";
import type { ConfigParts, Maker } from "./logging_config.ts";

type Description = Readonly<Record<string, unknown>>;

type Kind = "handler" | "filter" | "formatter";

/** The classes of one kind. */
export interface Classes<T> {
  /** What they make. */
  readonly kind: Kind;
  /** By name, how their options are read into the thing. */
  readonly known: Readonly<Record<string, Reader<T>>>;
  /** A class that stands in the configuration itself, as a function. */
  readonly own: (make: Maker<unknown>) => Reader<T>;
}

/** What the names in a configuration mean. */
export interface Registry {
  readonly handlers: Classes<Handler>;
  readonly filters: Classes<Filter>;
  readonly formatters: Classes<Formatter>;
  /** The class of a formatter that names none. */
  readonly standardFormatter: string;
}

/** A class of ours: its options are read, and then it is made. */
function own<O, T>(read: Reader<O>, make: (options: O) => T): Reader<T> {
  return describe((description, path, issues) => {
    const before = issues.length;
    const known = read(description, path, issues);
    return known === undefined || issues.length > before ? undefined : make(known);
  }, read.about);
}

/** Makes the reader of a class of the caller's: what it throws is an issue, which stands where the configuration writes the option. */
function others<T>(parts: ConfigParts, settle: (thing: unknown) => T | undefined): Classes<T>["own"] {
  return (make) =>
    describe((given, path, issues) => {
      const written = Object.fromEntries(Object.keys(given as Description).map((name) => [camelCase(name), name]));
      try {
        const made = make(mapValues(written, (name) => (given as Description)[name]), parts);
        const thing = settle(made);
        if (thing === undefined) issues.push(wrong(path, "what its class should make", made));
        return thing;
      } catch (error) {
        const found: readonly Issue[] = error instanceof ConfigError ? error.issues : [{ path: "", message: describeThrown(error) }];
        for (const issue of found) {
          const [, name = "", rest = ""] = /^([\w$-]*)(.*)$/s.exec(issue.path) ?? [];
          issues.push({ ...issue, path: name === "" ? path + rest : below(path, written[name] ?? name) + rest });
        }
        return undefined;
      }
    }, make.about);
}

/** A class for {@linkcode ConfigParts}: its options are read, and every mistake in them is reported. */
export function maker<O, T>(read: Reader<O>, make: (options: O, parts: ConfigParts) => T): Maker<T> {
  const making = (given: Description, parts: ConfigParts): T => make(requireOptions(read, given), parts);
  return Object.assign(making, { about: read.about });
}

/** Reads a queue: one that a program made, or the description of one on disk. */
function queueReader(parts: ConfigParts): Reader<unknown> {
  return (given, path, issues) => {
    if (!isObject(given)) return callable(given, path, issues);
    if (parts.queue !== undefined) return others<unknown>(parts, (made) => made)(parts.queue)(given, path, issues);
    issues.push(wrong(path, "a queue, which is made by durableQueue of the entry ./durable, or described in a YAML file", given));
    return undefined;
  };
}

/** Reads the options of a Seq handler as a configuration writes them: encoders by name, a queue by its description, and more options. */
export function seqReader<T extends SeqHandlerOptions>(
  parts: ConfigParts,
  more: Readonly<Record<string, Reader<unknown>>> = {},
): Reader<T> {
  const { encoders = {} } = parts;
  const encoder: Reader<unknown> = (given, path, issues) => {
    if (typeof given !== "string") return callable(given, path, issues);
    const name = choice(...Object.keys(encoders))(given, path, issues);
    return name === undefined ? undefined : encoders[name];
  };
  const queue = queueReader(parts);
  const readAll = options<T>({ ...readSeqOptions.about!.options, encoder, queue, buffer: queue, ...more });
  return describe((given, path, issues) => {
    const read = readAll(given, path, issues);
    if (read && !("serverUrl" in read)) readSeqOptions({}, path, issues); // for its issue
    return read;
  }, readAll.about);
}

/** The built-in classes and the caller's. */
export function registry(parts: ConfigParts): Registry {
  const colour = options<{ colour?: boolean }>({ colour: flag });
  const classes = <T>(
    kind: Kind,
    ours: Readonly<Record<string, Reader<T>>>,
    theirs: Readonly<Record<string, Maker<T>>> = {},
    settle: (thing: unknown) => T | undefined,
  ): Classes<T> => {
    const own = others(parts, settle);
    return { kind, known: { ...ours, ...mapValues(theirs, own) }, own };
  };
  return {
    handlers: classes<Handler>(
      "handler",
      {
        seq: own(seqReader(parts), (known) => new SeqHandler(known)),
        console: own(colour, (known) => new ConsoleHandler(known)),
        memory: own(options<{ capacity?: number }>({ capacity: number(1, undefined, true) }), (known) => new MemoryHandler(known)),
      },
      parts.handlers,
      (thing) => (isHandler(thing) ? thing : undefined),
    ),
    filters: classes<Filter>(
      "filter",
      {
        name: own(options<{ name?: string }>({ name: text }), (known) => nameFilter(known.name ?? "")),
        level: own(readLevelOptions, levelFilter),
        property: own(readPropertyOptions, propertyFilter),
        template: own(readTemplateOptions, templateFilter),
      },
      parts.filters,
      methodOf("filter"),
    ),
    formatters: classes<Formatter>(
      "formatter",
      { text: own(colour, (known) => textFormatter(known.colour ?? hasColourTerminal())) },
      parts.formatters,
      methodOf("format"),
    ),
    standardFormatter: Object.hasOwn(parts.formatters ?? {}, pythonFormatter) ? pythonFormatter : "text",
  };
}

/** What a formatter without a class is in Python, if Python's classes are known. */
const pythonFormatter = "logging.Formatter";

/** The classes of pythonParts, which a bundle without the entry for files does not carry. */
const inPythonParts: Readonly<Record<Kind, RegExp>> = {
  handler:
    /^(?:file|logging\.(?:(?:Stream|Null|File|handlers\.(?:TimedRotating|Rotating|Watched)File)Handler)|seqlog\.structured_logging\.(?:SeqLog|ConsoleStructuredLog)Handler)$/,
  filter: /^(?:sample|rateLimit|redact|logging\.Filter)$/,
  formatter: /^logging\.Formatter$/,
};

/** What to do about a class that is not known. */
function cure(kind: Kind, wanted: unknown): string {
  if (inPythonParts[kind].test(String(wanted))) return "; it is one of pythonParts, of the entry ./yaml: configure(config, pythonParts)";
  const isPython = typeof wanted === "string" && /^\w+(?:\.\w+)+$/.test(wanted);
  return isPython ? `; this library has no such ${kind}` : "";
}

/** Makes a thing by the `class` of its description, or by Python's `()`, which names a function that makes it. */
export function makeThing<T>({ kind, known, own }: Classes<T>, description: Description, path: string, issues: Issue[]): T | undefined {
  const { class: name, "()": factory, ".": attributes, ...rest } = description;
  const at = below(path, factory === undefined ? "class" : "()");
  const wanted = factory ?? name;
  if (factory !== undefined && name !== undefined && name !== null && name !== "") {
    issues.push(wrong(below(path, "class"), 'an option beside "()", which says what makes the thing', name));
  }
  const words = Object.keys(known);
  const read = typeof wanted === "function" ? own(wanted as Maker<unknown>) : known[words.find((word) => word === wanted) ?? ""];
  if (read === undefined) {
    const issue = wrong(at, "a class", wanted, words);
    issues.push({ ...issue, message: issue.message + cure(kind, wanted) });
    return undefined;
  }
  const thing = read(rest, path, issues);
  if (attributes !== undefined && attributes !== null) {
    setAttributes({ thing, isOurs: read.about !== undefined }, attributes, below(path, "."), issues);
  }
  return thing;
}

/** What Python sets by `.`: of our classes only the level can be set from outside, and any other name would have no effect. */
function setAttributes({ thing, isOurs }: { thing: unknown; isOurs: boolean }, given: unknown, path: string, issues: Issue[]): void {
  for (const [name, value] of Object.entries(dictionary(any)(given, path, issues) ?? {})) {
    const at = below(path, name);
    const words = isHandler(thing) ? ["level"] : [];
    if (isOurs && !words.includes(name)) issues.push(wrong(at, "an attribute that can be set", name, words));
    else if (thing !== undefined) {
      try {
        Object.assign(thing as object, { [name]: value });
      } catch (error) {
        issues.push({ path: at, message: describeThrown(error) });
      }
    }
  }
}

/** Maps each class name of a configuration to the code that creates it. */

import type { Filter } from "../filter.ts";
import { nameFilter } from "../filters/name_filter.ts";
import { levelFilter, readLevelOptions } from "../filters/level_filter.ts";
import { propertyFilter, readPropertyOptions } from "../filters/property_filter.ts";
import { readTemplateOptions, templateFilter } from "../filters/template_filter.ts";
import { type Formatter, textFormatter } from "../text_formatter.ts";
import { type Handler, isHandler } from "../handler.ts";
import { ConsoleHandler } from "../handlers/console_handler.ts";
import { MemoryHandler, readMemoryOptions } from "../handlers/memory_handler.ts";
import { SeqHandler } from "../seq/seq_handler.ts";
import { readQueue, type SeqHandlerOptions, seqOptions } from "../seq/seq_options.ts";
import { quote } from "../event/level.ts";
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
  options,
  type Reader,
  type Readers,
  requireOptions,
  text,
  wrong,
} from "../option_schema.ts";
import type { ConfigParts, Maker } from "./logging_config.ts";

type Description = Readonly<Record<string, unknown>>;

/** The classes of one kind. */
export interface Classes<T> {
  /** Reader of each class by name: it reads the options and creates the object. */
  readonly known: Readonly<Record<string, Reader<T>>>;
  /** Reader of a class given as a function. */
  readonly own: (make: Maker<unknown>) => Reader<T>;
}

/** The classes that names in a configuration refer to. */
export interface Registry {
  readonly handlers: Classes<Handler>;
  readonly filters: Classes<Filter>;
  readonly formatters: Classes<Formatter>;
  /** The class of a formatter whose description names no class. */
  readonly standardFormatter: string;
}

/** Makes the reader of a built-in class, which creates nothing if an option is wrong. */
function own<O, T>(read: Reader<O>, make: (options: O) => T): Reader<T> {
  return describe((description, path, issues) => {
    const before = issues.length;
    const known = read(description, path, issues);
    return known === undefined || issues.length > before ? undefined : make(known);
  }, read.about);
}

/** Makes the reader of a program's class. Errors of the class become issues, with each option's name as the configuration spells it. */
function others<T>(parts: ConfigParts, settle: (thing: unknown) => T | undefined): Classes<T>["own"] {
  return (make) =>
    describe((given, path, issues) => {
      const written = Object.fromEntries(Object.keys(given as Description).map((name) => [camelCase(name), name]));
      try {
        const made = make(mapValues(written, (name) => (given as Description)[name]), parts);
        const thing = settle(made);
        if (thing === undefined) issues.push(wrong(path, "the object that its class must create", made));
        return thing;
      } catch (error) {
        const found: readonly Issue[] = error instanceof ConfigError ? error.issues : [{ path: "", message: describeThrown(error) }];
        for (const { path: at, message } of found) {
          const [, name = "", rest = ""] = /^([\w$-]*)(.*)$/s.exec(at) ?? [];
          const own = written[name] ?? name;
          issues.push({ path: name === "" ? path + rest : below(path, own) + rest, message: message.replace(quote(name), quote(own)) });
        }
        return undefined;
      }
    }, make.about);
}

/** Makes a class for {@linkcode ConfigParts}, which reports every mistake in its options. */
export function maker<O, T>(read: Reader<O>, make: (options: O, parts: ConfigParts) => T): Maker<T> {
  const making = (given: Description, parts: ConfigParts): T => make(requireOptions(read, given), parts);
  return Object.assign(making, { about: read.about });
}

/** Reads a configured Seq handler: an encoder may be a name and the queue a description. `more` adds options. */
export function seqReader<T extends SeqHandlerOptions>(
  parts: ConfigParts,
  more?: Readers,
): Reader<T> {
  const { encoders = {}, queue: makeQueue } = parts;
  const encoder: Reader<unknown> = (given, path, issues) => {
    if (typeof given !== "string") return callable(given, path, issues);
    const name = choice(...Object.keys(encoders))(given, path, issues);
    return name === undefined ? undefined : encoders[name];
  };
  const queue: Reader<unknown> = (given, path, issues) => {
    const read = makeQueue !== undefined && isObject(given) ? others<unknown>(parts, (made) => made)(makeQueue) : readQueue;
    return read(given, path, issues);
  };
  return seqOptions({ encoder, queue, buffer: queue, ...more });
}

/** Returns the built-in classes and the program's. */
export function registry(parts: ConfigParts): Registry {
  const colour = options<{ colour?: boolean }>({ colour: flag });
  const classes = <T>(
    ours: Readonly<Record<string, Reader<T>>>,
    theirs: Readonly<Record<string, Maker<T>>> = {},
    settle: (thing: unknown) => T | undefined,
  ): Classes<T> => {
    const own = others(parts, settle);
    return { known: { ...ours, ...mapValues(theirs, own) }, own };
  };
  return {
    handlers: classes<Handler>(
      {
        seq: own(seqReader(parts), (known) => new SeqHandler(known)),
        console: own(colour, (known) => new ConsoleHandler(known)),
        memory: own(readMemoryOptions, (known) => new MemoryHandler(known)),
      },
      parts.handlers,
      (thing) => (isHandler(thing) ? thing : undefined),
    ),
    filters: classes<Filter>(
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
      { text: own(colour, (known) => textFormatter(known.colour ?? hasColourTerminal())) },
      parts.formatters,
      methodOf("format"),
    ),
    standardFormatter: Object.hasOwn(parts.formatters ?? {}, pythonFormatter) ? pythonFormatter : "text",
  };
}

/** The class of a formatter whose description names no class, as in Python, if Python's classes are registered. */
const pythonFormatter = "logging.Formatter";

/** A class that pythonParts may have. */
const ofPython = /^(?:file|sample|rateLimit|redact|(?:logging|seqlog)\..+)$/;

/** Creates an object by the `class` of its description, or by Python's `()`, which names a function. */
export function makeThing<T>({ known, own }: Classes<T>, description: Description, path: string, issues: Issue[]): T | undefined {
  const { class: name, "()": factory, ".": attributes, ...rest } = description;
  const at = below(path, factory === undefined ? "class" : "()");
  const wanted = factory ?? name;
  if (factory !== undefined && name !== undefined && name !== null && name !== "") {
    issues.push(wrong(below(path, "class"), 'an option together with "()", which already names the class', name));
  }
  const words = Object.keys(known);
  const read = typeof wanted === "function" ? own(wanted as Maker<unknown>) : known[words.find((word) => word === wanted) ?? ""];
  if (read === undefined) {
    const issue = wrong(at, "a class", wanted, words);
    const isMissing = ofPython.test(String(wanted)) && !words.some((word) => word.includes(".")); // only Python's names have dots
    const cure = isMissing ? "; more are in pythonParts of @x/seqlog/yaml: configure(config, pythonParts)" : "";
    issues.push({ path: at, message: issue.message + cure });
    return undefined;
  }
  const thing = read(rest, path, issues);
  if (attributes !== undefined && attributes !== null) {
    setAttributes({ thing, isOurs: read.about !== undefined }, attributes, below(path, "."), issues);
  }
  return thing;
}

/** Sets Python's `.` attributes. Our own classes only accept `level`, because setting any other name would have no effect. */
function setAttributes({ thing, isOurs }: { thing: unknown; isOurs: boolean }, given: unknown, path: string, issues: Issue[]): void {
  for (const [name, value] of Object.entries(dictionary(any)(given, path, issues) ?? {})) {
    const at = below(path, name);
    if (isOurs && !(name === "level" && isHandler(thing))) issues.push(wrong(at, "level, the only attribute that can be set", name));
    else if (thing !== undefined) {
      try {
        Object.assign(thing as object, { [name]: value });
      } catch (error) {
        issues.push({ path: at, message: describeThrown(error) });
      }
    }
  }
}

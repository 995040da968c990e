/** Which class a name in the configuration means. */

import { type Filter, nameFilter } from "../filter.ts";
import { type Formatter, textFormatter } from "../formatter.ts";
import { type Handler, isHandler } from "../handler.ts";
import { ConsoleHandler } from "../handlers/console.ts";
import { MemoryHandler } from "../handlers/memory.ts";
import { SeqHandler } from "../handlers/seq.ts";
import { readSeqOptions } from "../handlers/seq_options.ts";
import { threw } from "../json.ts";
import { hasColourTerminal } from "../runtime.ts";
import {
  below,
  camelCase,
  choice,
  ConfigError,
  flag,
  type Issue,
  mapValues,
  number,
  options,
  type Reader,
  text,
  wrong,
} from "../schema.ts";
import type { ConfigParts } from "./logging_config.ts";

type Description = Readonly<Record<string, unknown>>;

/** The classes of one kind: by name, how their options are read into the thing. */
export type Classes<T> = Readonly<Record<string, Reader<T>>>;

/** What the names in a configuration mean. */
export interface Registry {
  readonly handlers: Classes<Handler>;
  readonly filters: Classes<Filter>;
  readonly formatters: Classes<Formatter>;
}

/** A class of ours: its options are read, and then it is made. */
function own<O, T>(read: Reader<O>, make: (options: O) => T): Reader<T> {
  return (description, path, issues) => {
    const before = issues.length;
    const known = read(description, path, issues);
    return known === undefined || issues.length > before ? undefined : make(known);
  };
}

/** Classes of the caller's: what one throws is an issue. */
function others<T>(makes: Readonly<Record<string, (options: Description) => T>> = {}, isSuch: (thing: unknown) => boolean): Classes<T> {
  return mapValues(makes, (make): Reader<T> => (description, path, issues) => {
    try {
      const thing = make(Object.fromEntries(Object.entries(description as Description).map(([name, one]) => [camelCase(name), one])));
      if (isSuch(thing)) return thing;
      issues.push(wrong(path, "what its class should make", thing));
    } catch (error) {
      const found: readonly Issue[] = error instanceof ConfigError ? error.issues : [{ path: "", message: threw(error) }];
      for (const issue of found) issues.push({ ...issue, path: issue.path ? below(path, issue.path) : path });
    }
    return undefined;
  });
}

/** The built-in classes and the caller's. */
export function registry({ handlers, filters, formatters, encoders = {} }: ConfigParts): Registry {
  const colour = options<{ colour?: boolean }>({ colour: flag });
  const isFunction = (thing: unknown): boolean => typeof thing === "function";
  return {
    handlers: {
      seq: (given, path, issues) => {
        const { encoder } = given as { encoder?: unknown };
        const named = typeof encoder === "string"
          ? { encoder: choice(...Object.keys(encoders))(encoder, below(path, "encoder"), issues) }
          : {};
        const chosen = named.encoder === undefined ? named : { encoder: encoders[named.encoder] };
        return own(readSeqOptions, (known) => new SeqHandler(known))({ ...(given as Description), ...chosen }, path, issues);
      },
      console: own(colour, (known) => new ConsoleHandler(known)),
      memory: own(options<{ capacity?: number }>({ capacity: number(1, undefined, true) }), (known) => new MemoryHandler(known)),
      ...others(handlers, isHandler),
    },
    filters: {
      name: own(options<{ name?: string }>({ name: text }), (known) => nameFilter(known.name ?? "")),
      ...others(filters, isFunction),
    },
    formatters: { text: own(colour, (known) => textFormatter(known.colour ?? hasColourTerminal())), ...others(formatters, isFunction) },
  };
}

/** Makes a thing by the `class` of its description. */
export function makeThing<T>(
  classes: Classes<T>,
  { class: name, ...description }: Description,
  path: string,
  issues: Issue[],
): T | undefined {
  const known = Object.keys(classes);
  if (known.includes(name as string)) return classes[name as string]!(description, path, issues);
  issues.push(wrong(below(path, "class"), "a class", name, known));
  return undefined;
}

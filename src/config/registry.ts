/** Which class a name in the configuration means. */

import type { Filter } from "../filter.ts";
import { nameFilter } from "../filter.ts";
import { type Formatter, textFormatter } from "../formatter.ts";
import { type Handler, isHandler } from "../handler.ts";
import { ConsoleHandler } from "../handlers/console.ts";
import { MemoryHandler } from "../handlers/memory.ts";
import { SeqHandler } from "../handlers/seq.ts";
import { readSeqOptions } from "../handlers/seq_options.ts";
import { quote } from "../level.ts";
import { hasColourTerminal } from "../runtime.ts";
import { below, camelCase, flag, integer, type Issue, options, type Reader, suggest, text } from "../schema.ts";
import type { ConfigParts } from "./logging_config.ts";

type Description = Readonly<Record<string, unknown>>;
type Make<T> = (description: Description, path: string, issues: Issue[]) => T | undefined;

/** A class whose options are read, and then made. */
function made<O extends object, T>(read: Reader<O>, make: (options: O) => T): Make<T> {
  return (description, path, issues) => {
    const before = issues.length;
    const known = read(description, path, issues);
    return known === undefined || issues.length > before ? undefined : make(known);
  };
}

/** A class of the caller's: what it throws is an issue. */
function registered<T>(make: (options: Description) => T): Make<T> {
  return (description, path, issues) => {
    try {
      return make(Object.fromEntries(Object.entries(description).map(([name, one]) => [camelCase(name), one])));
    } catch (error) {
      const more = (error as { issues?: readonly Issue[] }).issues;
      if (Array.isArray(more)) issues.push(...more.map(({ path: at, message }) => ({ path: at === "" ? path : below(path, at), message })));
      else issues.push({ path, message: `Cannot make it: ${error instanceof Error ? error.message : String(error)}` });
      return undefined;
    }
  };
}

const seq: Make<Handler> = (description, path, issues) =>
  made((given, at, all) => readSeqOptions(given, at, all), (known) => new SeqHandler(known))(description, path, issues);

const handlers: Readonly<Record<string, Make<Handler>>> = {
  seq,
  console: made(options<{ colour?: boolean }>({ colour: flag }), (known) => new ConsoleHandler(known)),
  memory: made(options<{ capacity?: number }>({ capacity: integer(1) }), (known) => new MemoryHandler(known)),
};
const filters: Readonly<Record<string, Make<Filter>>> = {
  name: made(options<{ name?: string }>({ name: text }), ({ name = "" }) => nameFilter(name)),
};
const formatters: Readonly<Record<string, Make<Formatter>>> = {
  text: made(options<{ colour?: boolean }>({ colour: flag }), ({ colour }) => textFormatter(colour ?? hasColourTerminal())),
};

/** What the names in a configuration mean. */
export interface Registry {
  readonly handler: Make<Handler>;
  readonly filter: Make<Filter>;
  readonly formatter: Make<Formatter>;
}

/** The built-in classes and the caller's. */
export function registry(parts: ConfigParts = {}): Registry {
  return {
    handler: pick(handlers, parts.handlers, undefined, (thing) => isHandler(thing)),
    filter: pick(filters, parts.filters, "name", (thing) => typeof thing === "function"),
    formatter: pick(formatters, parts.formatters, "text", (thing) => typeof thing === "function"),
  };
}

/** Makes a thing by the `class` of its description. */
function pick<T>(
  own: Readonly<Record<string, Make<T>>>,
  more: Readonly<Record<string, (options: Description) => T>> = {},
  standard: string | undefined,
  isSuch: (thing: unknown) => boolean,
): Make<T> {
  const classes = new Map([...Object.entries(own), ...Object.entries(more).map(([name, make]) => [name, registered(make)] as const)]);
  const known = [...classes.keys()];
  return ({ class: name = standard, ...description }, path, issues) => {
    const make = typeof name === "string" ? classes.get(name) : undefined;
    if (make === undefined) {
      issues.push({
        path: below(path, "class"),
        message: `Cannot find a class of that name: current value is ${quote(name)}${suggest(name, known)}; known are ${known.join(", ")}`,
      });
      return undefined;
    }
    const before = issues.length;
    const thing = make(description, path, issues);
    if (thing !== undefined && !isSuch(thing)) {
      issues.push({ path, message: `Cannot use what the class ${quote(name)} made: current value is ${quote(thing)}` });
    }
    return issues.length > before ? undefined : thing;
  };
}

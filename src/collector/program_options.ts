/** Decides what the command line arguments of the collector mean. */

import { requireRank } from "../event/level.ts";
import { type EventFilter, parseFilter } from "./filter.ts";

/** The parsed arguments of the program. */
export interface ProgramOptions {
  /** The CLEF files to read; `-` is standard input. */
  readonly files: readonly string[];
  /** The port to listen on; `undefined` if none is given. */
  readonly port: number | undefined;
  /** The address to listen on. */
  readonly hostname: string | undefined;
  /** The host names by which browsers may request the page. */
  readonly pageHosts: readonly string[];
  /** The filter of events to show. */
  readonly passes: EventFilter;
  /** The rank of the least severe level to show. */
  readonly rank: number;
  /** Whether events are shown as CLEF. */
  readonly json: boolean;
  /** The file to which every event is appended. */
  readonly keep: string | undefined;
  /** Whether the events of a trace are shown together as a tree. */
  readonly traces: boolean;
  /** Whether exceptions are shown completely. */
  readonly full: boolean;
  /** Whether to use colours; `undefined` leaves it to the terminal. */
  readonly colour: boolean | undefined;
  /** Whether to show only the help. */
  readonly help: boolean;
}

/** The help of the program. */
export const help = `Usage: npx @x/seqlog [options] [PORT] [FILE.clef | -]...
       deno run -A jsr:@x/seqlog/collector [options] [PORT] [FILE.clef | -]...

Takes in events as Seq does, and shows them here as they arrive, and in a page
(http://127.0.0.1:5341). With files (- is the standard input) it shows their events and ends; with --port it also listens.

  -w, --where FILTER   show the events that pass, such as "StatusCode >= 500 and Elapsed > 100"
  -l, --level LEVEL    show this level and what is more severe
      --json           show events as CLEF, one JSON object a line
      --keep FILE      append every event that arrives to this file, as CLEF
      --traces         show the events of a trace together, as a tree; the filter chooses traces that have such an event
      --full           show every line of an exception
      --color, --no-color
  -p, --port PORT      listen on this port (default: PORT of the environment, or 5341)
      --host ADDRESS   listen on this address (default: 127.0.0.1, which only this machine reaches)
      --page-host NAME let browsers ask for the page by this name, beside addresses and localhost
  -h, --help

Filters are a subset of Seq's: = <> < <= > >= and or not like in is null, ci, Has(X), @Level, @Message, @Exception,
@Timestamp > Now() - 5m, paths such as User.Name, Tags[0], Headers['x-id'], and "text" to look for.`;

const withValue: Readonly<Record<string, string>> = {
  "-w": "--where",
  "--where": "--where",
  "-l": "--level",
  "--level": "--level",
  "--keep": "--keep",
  "-p": "--port",
  "--port": "--port",
  "--host": "--host",
  "--page-host": "--page-host",
};
const flags: Readonly<Record<string, string>> = {
  "--json": "--json",
  "--traces": "--traces",
  "--full": "--full",
  "--color": "--color",
  "--no-color": "--no-color",
  "-h": "--help",
  "--help": "--help",
};

/** Parses a port. Throws a RangeError if it is invalid. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`Cannot use this as a port, a whole number from 0 to 65535: current value is ${JSON.stringify(text)}`);
}

/** Splits arguments into the values of options and the other arguments. */
function splitArguments(given: readonly string[]): { values: Map<string, string[]>; others: string[] } {
  const values = new Map<string, string[]>();
  const others: string[] = [];
  for (let at = 0; at < given.length; at++) {
    const [, word, inline] = /^(--?[^=]+)(?:=([^]*))?$/.exec(given[at]!) ?? [];
    const name = withValue[word ?? ""] ?? flags[word ?? ""];
    if (word === undefined) others.push(given[at]!);
    else if (name === undefined || (inline !== undefined && word in flags)) {
      throw new TypeError(`Cannot read the option ${given[at]!.split("=")[0]}: --help lists the options`);
    } else {
      const value = word in flags ? "" : inline ?? given[++at];
      if (value === undefined) throw new TypeError(`Cannot read the option ${word}: it needs a value`);
      values.set(name, [...values.get(name) ?? [], value]);
    }
  }
  return { values, others };
}

/**
 * Parses several filters, all of which an event must pass. Each is parsed separately, so that errors name positions in the original text.
 */
function parseAll(texts: readonly string[]): EventFilter {
  const filters = texts.map((text) => parseFilter(text));
  return (event, nowMs) => filters.every((passes) => passes(event, nowMs));
}

/**
 * Parses the arguments of the program.
 *
 * @param given The arguments after the program's own name.
 * @param defaultPort The port in the environment, if any.
 * @throws {TypeError} If an option is unknown or lacks its value, or a level is unknown.
 * @throws {RangeError} If a port is invalid.
 * @throws {FilterSyntaxError} If the filter is invalid.
 */
export function readProgramOptions(given: readonly string[], defaultPort?: string): ProgramOptions {
  const { values, others } = splitArguments(given);
  if (values.has("--traces") && values.has("--json")) {
    throw new TypeError("Cannot show traces as trees with --json, which shows events as they are");
  }
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  const isPort = (text: string): boolean => /^\d+$/.test(text);
  const isFile = (text: string): boolean => text === "-" || /[./\\]/.test(text);
  const files = others.filter((other) => !isPort(other) && isFile(other));
  const port = last("--port") ?? others.find((other) => !files.includes(other)) ?? (files.length > 0 ? undefined : defaultPort ?? "5341");
  return {
    files,
    port: port === undefined ? undefined : parsePort(port),
    hostname: last("--host"),
    pageHosts: values.get("--page-host") ?? [],
    passes: parseAll(values.get("--where") ?? []),
    rank: requireRank(last("--level") ?? "trace"),
    json: values.has("--json"),
    keep: last("--keep"),
    traces: values.has("--traces"),
    full: values.has("--full"),
    colour: values.has("--no-color") ? false : values.has("--color") ? true : undefined,
    help: values.has("--help"),
  };
}

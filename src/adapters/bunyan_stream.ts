/** Decides how bunyan's records become events. */

import type { Threshold } from "../event/level.ts";
import { isObject, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { isError } from "../event/value_kind.ts";
import { Adapter, fieldsOf, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { type Fields, levelOfNumber, parseJson, PinoRecord } from "./pino_record.ts";

/** The options of a {@linkcode bunyanStream}. */
export interface BunyanOptions extends TextAdapterOptions {
  /** The field that holds the error. Default: `"err"`, bunyan's own. */
  readonly errorKey?: string | undefined;
}

/** A stream for bunyan. */
export interface BunyanStream {
  /** Marks the object as a stream for bunyan. */
  readonly writable: true;
  /** Accepts a record of a raw stream, or a line of any other stream. Never throws, and works without `this`. */
  readonly write: (written: string | object) => boolean;
  /** Does nothing, because no record is buffered. */
  end(): void;
}

const readOptions: Reader<BunyanOptions> = options({ ...textAdapterReaders, errorKey: text });

/** Bunyan's own names for its level numbers. */
const namesOfNumbers: Readonly<Record<string, string>> = { 10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" };

/**
 * Creates a stream for bunyan that turns each record into an event: `streams: [{ type: "raw", stream: bunyanStream(), level: "trace" }]`.
 *
 * `name` becomes the logger, `msg` the message (or the template, if each of its holes names a field), and `err` the exception. `pid` and
 * `hostname` are omitted if they are those of this process, because its events carry them already. All other fields become properties.
 *
 * @typeParam T The stream type of bunyan's own types; TypeScript infers it where the stream is used.
 * @param given The logger or handler, levels, and which texts are templates.
 * @returns The stream.
 * @example
 * ```ts
 * import { bunyanStream } from "@x/seqlog/adapters";
 * import { getLogger } from "@x/seqlog";
 * import { recordEvents } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const log = recordEvents("db");
 * const stream = bunyanStream(); // bunyan.createLogger({ name: "db", streams: [{ type: "raw", stream }] })
 * stream.write({ v: 0, name: "db", level: 40, time: new Date(), msg: "Slow query", ms: 350 });
 * log.dispose();
 * assert.deepEqual(log.events.withMessage("Slow query").fromLogger(getLogger("db").name).single().properties, { ms: 350 });
 * ```
 */
export function bunyanStream<T = BunyanStream>(given: BunyanOptions = {}): T {
  const { errorKey = "err", templates, ...rest } = requireOptions(readOptions, given, "bunyanStream");
  const adapter = new Adapter("bunyan", rest);
  const levelOf = (level: unknown): Threshold | undefined => {
    const said = adapter.saidLevel(level) ?? adapter.saidLevel(namesOfNumbers[String(level)]);
    return said ?? (typeof level === "number" ? levelOfNumber(level) : adapter.levelOf(level));
  };
  const read = (fields: Fields): void => {
    const record = new PinoRecord({}, fields);
    const level = levelOf(fields["level"]);
    adapter.write(record.readName(), level ?? "info", () => {
      if (level !== undefined) record.take("level");
      if (fields["v"] === 0) record.take("v"); // the version of bunyan's format
      record.leaveOutHost();
      const error = fields[errorKey];
      if (isObject(error) && !isError(error)) fields[errorKey] = withoutNothing(error);
      const event = { ...record.readMoment(), ...record.readText("msg", { templates }), ...record.readError(errorKey) };
      return { ...event, properties: record.fields };
    });
  };
  const readLine = (line: string): void => {
    const record = parseJson(line);
    if (isObject(record)) read(record);
    else if (line !== "") adapter.write("", "info", () => ({ message: line }));
  };
  const write = (written: string | object): boolean => {
    adapter.guard(() => {
      if (typeof written !== "string") return read(fieldsOf(written));
      for (const line of written.split("\n")) adapter.guard(() => readLine(line.trim()));
    });
    return true;
  };
  return { writable: true, write, end: () => {} } as T;
}

/** Returns a raw record in the form that its line would have. Bunyan's serializer always includes `code` and `signal` of an error. */
function withoutNothing(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fieldsOf(fields)).filter(([, value]) => value !== undefined));
}

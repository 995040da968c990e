/** Decides how lines or objects of any other library become events. */

import { decodeClef } from "../event/clef_decoder.ts";
import type { Threshold } from "../event/level.ts";
import type { LogEventInit } from "../event/log_event.ts";
import type { FlushResult } from "../handler_stats.ts";
import { isObject, options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, fieldsOf, readMoment, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { type Fields, levelOfNumber, parseJson, PinoRecord } from "./pino_record.ts";
import { TextLines } from "./text_lines.ts";

/** The options of a {@linkcode seqSink}. */
export type SeqSinkOptions = TextAdapterOptions;

/** Accepts lines or objects. Its methods work without `this`, and `new WritableStream(sink)` turns it into a stream. */
export interface SeqSink {
  /** Accepts lines as text or bytes, or one record. Never throws. */
  readonly write: (written: string | Uint8Array | object) => void;
  /** Writes the last line, even without an end of line. */
  readonly close: () => void;
  /** Waits until everything that was written is delivered, for at most 10 seconds. */
  readonly flush: () => Promise<FlushResult>;
}

/** The names that libraries use for the parts of a record, the most usual names first. */
const names = {
  level: ["level", "lvl", "severity", "log.level", "levelname"],
  time: ["time", "timestamp", "ts", "@timestamp", "datetime"],
  message: ["msg", "message", "text"],
  logger: ["logger", "name"],
  error: ["err", "error", "exception"],
} as const;

const readOptions: Reader<SeqSinkOptions> = options(textAdapterReaders);

/**
 * Creates a sink for sources without an adapter of their own: CLEF, JSON lines of most loggers, plain text, or records as objects.
 *
 * Level, time, text, logger's name and error are found by their usual names (`level`, `severity`, `time`, `ts`, `msg`, `message`, `err`,
 * …); all other fields become properties. An object with a `messageTemplate` is read like an event for `logger.write`. Any other line
 * becomes an event with the line as its text.
 *
 * @param given The logger or handler, levels, and which texts are templates.
 * @returns The sink.
 * @example
 * ```ts
 * import { MemoryHandler } from "@x/seqlog";
 * import { seqSink } from "@x/seqlog/adapters";
 * import { eventsOf } from "@x/seqlog/testing";
 *
 * const handler = new MemoryHandler(); // new SeqHandler({ serverUrl: "http://localhost:5341" })
 * const sink = seqSink({ handler });
 * sink.write('{"severity":"WARNING","ts":1767225600.5,"message":"Slow query","ms":350}\n');
 * eventsOf(handler).withMessage("Slow query").withLevel("warn").withProperties({ ms: 350 }).single();
 * ```
 */
export function seqSink(given: SeqSinkOptions = {}): SeqSink {
  const sink = new Sink(requireOptions(readOptions, given, "seqSink"));
  return { write: (written) => sink.write(written), close: () => sink.close(), flush: () => sink.flush() };
}

class Sink {
  readonly #adapter: Adapter;
  readonly #templates: SeqSinkOptions["templates"];
  readonly #lines = new TextLines();

  constructor(options: SeqSinkOptions) {
    this.#adapter = new Adapter("another library", options);
    this.#templates = options.templates;
  }

  write(written: string | Uint8Array | object): void {
    this.#adapter.guard(() => {
      if (typeof written === "string" || ArrayBuffer.isView(written)) this.#readText(written);
      else this.#readObject(written);
    });
  }

  close(): void {
    if (this.#lines.isUnfinished) this.write("\n");
  }

  flush(): Promise<FlushResult> {
    this.close();
    return this.#adapter.flush();
  }

  #readText(written: string | ArrayBufferView): void {
    for (const line of this.#lines.add(written)) this.#adapter.guard(() => this.#readLine(line.trim()));
  }

  #readLine(line: string): void {
    if (line === "") return;
    const record = line.startsWith("{") ? parseJson(line) : undefined;
    if (!isObject(record)) return this.#adapter.write("", "info", () => ({ message: line }));
    if (typeof record["@t"] !== "string") return this.#readRecord(record);
    const { SourceContext, ...properties } = record;
    const event = decodeClef(JSON.stringify(properties));
    this.#writeEvent(event, typeof SourceContext === "string" ? SourceContext : "");
  }

  #readObject(record: object): void {
    const fields = fieldsOf(record);
    if (typeof fields["messageTemplate"] !== "string") return this.#readRecord(fields);
    const { loggerName, ...event } = fields as unknown as LogEventInit;
    this.#writeEvent(event, typeof loggerName === "string" ? loggerName : "");
  }

  #writeEvent(event: LogEventInit, name: string): void {
    const level = this.#levelOf(event.level) ?? "info";
    if (level !== "off" && this.#adapter.loggerOf(name).isEnabled(level)) this.#adapter.loggerOf(name).write({ ...event, level });
  }

  #readRecord(fields: Fields): void {
    const record = new PinoRecord({}, fields);
    const nameOf = (part: keyof typeof names, isIt: (value: unknown) => boolean): string =>
      names[part].find((name) => isIt(fields[name])) ?? "";
    const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
    const levelName = nameOf("level", (value) => this.#levelOf(value) !== undefined);
    const level = this.#levelOf(record.take(levelName)) ?? "info";
    const logger = record.take(nameOf("logger", isText));
    this.#adapter.write(isText(logger) ? logger : "", level, () => {
      const moment = readMoment(record.take(nameOf("time", (value) => readMoment(value) !== undefined)));
      const text = record.readText(nameOf("message", isText), { templates: this.#templates });
      return { ...moment, ...text, ...this.#readError(record), properties: fields };
    });
  }

  #readError(record: PinoRecord): Pick<LogEventInit, "error"> {
    for (const name of names.error) {
      const found = record.readError(name);
      if (found.error !== undefined) return found;
    }
    const { stack } = record.fields;
    return typeof stack === "string" && stack !== "" ? { error: record.take("stack") } : {};
  }

  #levelOf(level: unknown): Threshold | undefined {
    if (typeof level !== "number") return this.#adapter.levelOf(level);
    return this.#adapter.saidLevel(level) ?? levelOfNumber(level);
  }
}

/** Decides how pino's lines become events, and how the stream behaves towards pino. */

import type { Threshold } from "../event/level.ts";
import { isObject, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { Adapter, fieldsOf, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { type Fields, levelOfNumber, type LoggerState, parseJson, PinoRecord } from "./pino_record.ts";
import { TextLines } from "./text_lines.ts";

/** The options of a {@linkcode pinoStream}. */
export interface PinoOptions extends TextAdapterOptions {
  /** The field that holds the text. Default: pino's option `messageKey` or, if that is unknown, `"msg"` or else `"message"`. */
  readonly messageKey?: string | undefined;
  /** The field that holds the error. Default: pino's option `errorKey` or, without it, `"err"`. */
  readonly errorKey?: string | undefined;
  /** The field that holds the event's message template, if a record has one. Default: none. */
  readonly messageTemplateKey?: string | undefined;
}

const readOptions: Reader<PinoOptions> = options({ ...textAdapterReaders, messageKey: text, errorKey: text, messageTemplateKey: text });

/** A destination for pino. */
export interface PinoStream {
  /** Marks the object as a destination, so that pino accepts it as the only argument. */
  readonly writable: true;
  /** Accepts lines as pino writes them, or a record from pino's option `browser.write`. Never throws, and works without `this`. */
  readonly write: (written: string | Uint8Array | object) => void;
  /** Flushes the handlers; pino's `logger.flush(done)` calls it. */
  flush(done?: (error?: Error) => void): void;
  /** Writes the last line, even without an end of line. */
  end(): void;
  /** Receives pino's options. */
  emit(event: string, message?: unknown): boolean;
}

/**
 * Creates a destination for pino that turns each record into an event: `pino({ level: "trace" }, pinoStream())`, also in
 * `pino.multistream`.
 *
 * Levels are read by name, custom levels such as `notice` too. A level of an unknown name is read by its number: 10 is trace, 60 is fatal,
 * and any other number is the nearest level below it. `msg` becomes the message (or the template, if each of its holes names a field), `err`
 * the exception, and `name` the logger. `pid` and `hostname` are omitted if they are those of this process, because its events carry them
 * already. All other fields become properties. A line that is not JSON becomes an event with the line as its text.
 *
 * @param given The logger, levels, names of fields, and which texts are templates.
 * @returns The destination. Pino's build for browsers and Workers uses only its `write`:
 * `pino({ browser: { write: pinoStream().write } })`.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { pinoStream } from "@x/seqlog/adapters";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("db").addHandler(memory);
 * const stream = pinoStream(); // pino({ name: "db" }, stream)
 * stream.write('{"level":40,"time":1767225600000,"name":"db","ms":350,"msg":"Slow query"}\n');
 * added.dispose();
 * const [event] = memory.events;
 * assert.equal(event?.level, "warn");
 * assert.equal(event?.message, "Slow query");
 * assert.deepEqual(event?.properties, { ms: 350 });
 * ```
 */
export function pinoStream(given: PinoOptions = {}): PinoStream {
  return new Destination(requireOptions(readOptions, given, "pinoStream"));
}

/** The options of pino that are used. */
interface PinoConfig {
  readonly levels?: unknown;
  readonly messageKey?: string;
  readonly errorKey?: string;
}

/** The destination that pino writes to. */
class Destination implements PinoStream {
  static {
    Object.defineProperty(this.prototype, Symbol.for("pino.metadata"), { value: true }); // asks pino to set the four fields below
  }
  lastLevel: unknown;
  lastObj: unknown;
  lastTime: unknown;
  lastLogger: LoggerState["lastLogger"];
  readonly writable = true;
  readonly #adapter: Adapter;
  readonly #options: PinoOptions;
  readonly #lines = new TextLines();
  #config: PinoConfig = {};

  constructor(options: PinoOptions) {
    this.#options = options;
    this.#adapter = new Adapter("pino", options);
  }

  readonly write = (written: string | Uint8Array | object): void => {
    const { lastLevel, lastObj, lastTime, lastLogger } = this;
    this.lastLevel =
      this.lastObj =
      this.lastTime =
      this.lastLogger =
        undefined;
    this.#adapter.guard(() => {
      const state: LoggerState = { lastLevel, lastObj, lastTime, lastLogger };
      if (typeof written === "string" || ArrayBuffer.isView(written)) this.#readText(written, state);
      else this.#readRecord({ stackAtTop: true }, fieldsOf(written));
    });
  };

  flush(done?: (error?: Error) => void): void {
    void this.#adapter.flush().then(() => done?.());
  }

  end(): void {
    if (this.#lines.isUnfinished) this.write("\n");
  }

  emit(event: string, message?: unknown): boolean {
    if (event === "message") this.#adapter.guard(() => this.#hear(message));
    return event === "message";
  }

  #hear(message: unknown): void {
    if (!isObject(message) || message["code"] !== "PINO_CONFIG" || !isObject(message["config"])) return;
    const { levels, messageKey, errorKey } = message["config"];
    const isKey = (key: unknown): key is string => typeof key === "string";
    this.#config = { levels, ...(isKey(messageKey) && { messageKey }), ...(isKey(errorKey) && { errorKey }) };
  }

  #readText(written: string | ArrayBufferView, state: LoggerState): void {
    // A record that pino has described is complete, even if a hook of the program removed the end of its line.
    const isCut = state.lastLevel !== undefined && typeof written === "string" && !written.endsWith("\n");
    const lines = this.#lines.add(isCut ? `${written}\n` : written);
    for (const line of lines) this.#adapter.guard(() => this.#readLine(lines.length === 1 ? state : {}, line.trim()));
  }

  #readLine(state: LoggerState, line: string): void {
    if (line === "") return;
    const record = line.startsWith("{") ? parseJson(line) : undefined;
    if (isObject(record)) return this.#readRecord(state, record);
    const level = this.#levelOf(state.lastLevel, state) ?? "info";
    if (level !== "off") this.#adapter.loggerOf("").write({ level, message: line });
  }

  #readRecord(state: LoggerState, fields: Fields): void {
    const level = this.#levelOf(state.lastLevel ?? fields["level"], state);
    if (level === "off") return;
    const record = new PinoRecord(state, fields);
    const logger = this.#adapter.loggerOf(record.readName());
    if (!logger.isEnabled(level ?? "info")) return;
    if (level !== undefined && this.#levelOf(fields["level"], state) === level) record.take("level");
    const { errorKey = this.#config.errorKey ?? "err", messageTemplateKey, templates } = this.#options;
    // pino's build for browsers says nothing of its options
    const messageKey = this.#options.messageKey ?? this.#config.messageKey ?? (Object.hasOwn(fields, "msg") ? "msg" : "message");
    record.leaveOutHost();
    logger.write({
      level: level ?? "info",
      ...this.#adapter.inOrder(record.readMoment()),
      ...record.readText(messageKey, { templateKey: messageTemplateKey, templates }),
      ...record.readError(errorKey),
      properties: record.fields,
    });
  }

  /** Returns the level for one of pino's numbers or labels; `undefined` for any other value. */
  #levelOf(level: unknown, { lastLogger }: LoggerState): Threshold | undefined {
    if (typeof level !== "string" && typeof level !== "number") return undefined;
    const said = this.#adapter.saidLevel(level);
    if (said !== undefined) return said;
    const { values, labels } = (lastLogger?.levels ?? this.#config.levels ?? {}) as { values?: Fields; labels?: Fields };
    const number = typeof level === "number" ? level : /^\d+$/.test(level) ? Number(level) : values?.[level];
    if (typeof number !== "number") return this.#adapter.levelOf(level);
    const label = labels?.[number];
    return this.#adapter.saidLevel(label) ?? this.#adapter.saidLevel(number) ?? this.#adapter.levelOf(label) ?? levelOfNumber(number);
  }
}

/** Decides how winston's records become events, and how the transport behaves towards winston. */

import { isError } from "../event/value_kind.ts";
import { flag, must, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { Adapter, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { Emitter, type Listener } from "./winston_stream.ts";
import { levelKey, levelsOfTables, WinstonRecord } from "./winston_record.ts";

/** The options of a {@linkcode winstonTransport}. Every winston transport has the options declared here, except `loggerNameKey`. */
export interface WinstonOptions extends TextAdapterOptions {
  /** The least severe winston level that passes. Default: the level of winston's logger. */
  readonly level?: string | undefined;
  /** Whether the transport drops every record. Default: `false`. */
  readonly silent?: boolean | undefined;
  /** A winston format for this transport alone. Default: none. */
  readonly format?: WinstonFormat | undefined;
  /** Whether winston catches uncaught exceptions and logs them here. Default: `false`. */
  readonly handleExceptions?: boolean | undefined;
  /** Whether winston catches unhandled rejections and logs them here. Default: `false`. */
  readonly handleRejections?: boolean | undefined;
  /** The field that holds the logger's name, such as `"label"` or `"service"`. Default: none. */
  readonly loggerNameKey?: string | undefined;
}

/** The part of a winston format that is used. */
export interface WinstonFormat {
  /** Returns the formatted record; a result that is no object drops the record. */
  // deno-lint-ignore no-explicit-any -- winston's own types use any as well, and a narrower parameter would not accept them
  transform(info: any, options?: any): unknown;
  /** The options of the format. */
  readonly options?: unknown;
}

const readOptions: Reader<WinstonOptions> = options({
  ...textAdapterReaders,
  level: text,
  silent: flag,
  format: must(
    "a format of winston's",
    (given: unknown) => typeof (given as WinstonFormat | null)?.transform === "function" ? given : undefined,
  ),
  handleExceptions: flag,
  handleRejections: flag,
  loggerNameKey: text,
});

/** A transport for winston, with the fields that winston may set on any transport. */
export interface WinstonTransport {
  /** The least severe winston level that passes. */
  level?: string | undefined;
  /** Whether the transport drops every record. */
  silent?: boolean | undefined;
  /** Whether winston catches uncaught exceptions for this transport. */
  handleExceptions?: boolean | undefined;
  /** Whether winston catches unhandled rejections for this transport. */
  handleRejections?: boolean | undefined;
  /** Accepts a record, and calls back at once. Never throws. */
  log(info: object, done?: () => void): void;
  /** Flushes the handlers and then emits `"finish"`, for which winston's `logger.end()` waits. */
  end(): void;
  /** Adds a listener: `"logged"` follows each record, and `"finish"` the end. */
  on(event: string, listener: (...args: never[]) => unknown): this;
}

/**
 * Creates a transport for winston that turns each record into an event: `winston.createLogger({ transports: [winstonTransport()] })`.
 *
 * Levels of winston's three tables (npm, syslog, cli) are read by name; custom levels need the option `levels`, unless they have a name
 * that is known here. The message is winston's text. Without `format.splat()` its directives (`%s`, `%d`, …) become the holes `{0}`, `{1}`,
 * … of a template. An error, in any part of the record, is the exception, and all other fields become properties. When winston has caught
 * an uncaught exception and is about to exit, the transport delays the exit until the queue is delivered, for at most 3 seconds.
 *
 * @typeParam T The type of winston's transports, which TypeScript infers.
 * @param given The logger, levels, which texts are templates, and the options of every winston transport.
 * @returns The transport.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { winstonTransport } from "@x/seqlog/adapters";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("legacy").addHandler(memory);
 * const transport = winstonTransport({ logger: "legacy" }); // winston.createLogger({ transports: [transport] })
 * transport.log({ level: "warn", message: "Slow query", ms: 350 });
 * added.dispose();
 * const [event] = memory.events;
 * assert.equal(event?.level, "warn");
 * assert.equal(event?.message, "Slow query");
 * assert.deepEqual(event?.properties, { ms: 350 });
 * ```
 */
export function winstonTransport<T = WinstonTransport>(given: WinstonOptions = {}): T {
  return new Transport(requireOptions(readOptions, given, "winstonTransport")) as T;
}

/** Winston's logger, which pipes into the transport. */
interface Source {
  readonly level?: string;
  readonly levels?: Readonly<Record<string, number>>;
}

interface Info {
  readonly [levelKey]?: string;
  readonly level?: string;
  readonly exception?: unknown;
  readonly rejection?: unknown;
}

class Transport extends Emitter implements WinstonTransport {
  level: string | undefined;
  silent: boolean | undefined;
  format: WinstonFormat | undefined;
  handleExceptions: boolean | undefined;
  handleRejections: boolean | undefined;
  name = "seqlog";
  /** Winston's logger and its levels, under the names that winston's own transports use. */
  parent: Source | undefined;
  levels: Source["levels"];
  readonly writable = true;
  /** Shows winston that the stream is in object mode. The stream buffers nothing. */
  readonly _writableState = { objectMode: true, needDrain: false };
  /** Winston sets this field before it logs an uncaught error. Listeners added after that wait for the end. */
  _ending = false;
  finished = false;
  #isEnding = false;
  #waiting: Listener[] = [];
  readonly #adapter: Adapter;
  readonly #loggerNameKey: string | undefined;
  readonly #templates: WinstonOptions["templates"];

  constructor(options: WinstonOptions) {
    super();
    const { level, silent, format, handleExceptions, handleRejections, loggerNameKey } = options;
    Object.assign(this, { level, silent, format, handleExceptions, handleRejections });
    this.#adapter = new Adapter("winston", options, levelsOfTables);
    this.#loggerNameKey = loggerNameKey;
    this.#templates = options.templates;
  }

  /** Winston accepts only streams that can be piped; the destination receives nothing. */
  pipe<T>(destination: T): T {
    return destination;
  }

  override once(event: string | symbol, listener: Listener): this {
    if (event !== "finish" || !this._ending) return super.once(event, listener);
    this.#waiting.push(listener);
    return this;
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [source] = args as [Source];
    if (event === "pipe" && this.parent === undefined) {
      this.parent = source;
      this.levels = source.levels;
    } else if (event === "unpipe" && source === this.parent) {
      this.parent = undefined;
    }
    return super.emit(event, ...args);
  }

  /** Passes records of an enabled level to `log`; a stream calls it for each record. */
  write(info: object, encoding?: unknown, done?: () => void): boolean {
    const then = typeof encoding === "function" ? (encoding as () => void) : done;
    let passed: unknown;
    this.#adapter.guard(() => (passed = this.#accepts(info) ? this.#transformed(info) : undefined));
    if (typeof passed === "object" && passed !== null) this.log(passed, then);
    else then?.();
    return true;
  }

  log(info: object, done?: () => void): void {
    this.#adapter.guard(() => this.#write(info));
    this.#adapter.guard(() => this.emit("logged", info));
    this.#adapter.guard(() => {
      const { exception, rejection } = info as Info;
      if (this.#waiting.length > 0 && (exception === true || rejection === true)) void this.#adapter.flush().then(() => this.#release());
    });
    done?.();
  }

  end(info?: object, encoding?: unknown, done?: () => void): this {
    const then = [info, encoding, done].find((one) => typeof one === "function") as Listener | undefined;
    if (then !== undefined) this.finished ? queueMicrotask(then as () => void) : super.once("finish", then);
    if (typeof info === "object" && info !== null) this.write(info);
    if (!this.#isEnding) void this.#adapter.flush().then(() => this.#finish());
    this.#isEnding = true;
    return this;
  }

  #finish(): void {
    this.finished = true;
    this.emit("finish");
    this.#release();
  }

  /** Notifies the listeners that wait before the process exits, and no other listener, because winston may continue. */
  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this._ending = false;
    for (const listener of waiting) (listener as () => void)();
  }

  /** Returns whether the transport's level or, without one, the logger's level lets a record pass. */
  #accepts(info: Info): boolean {
    if (this.silent === true || (info.exception === true && this.handleExceptions !== true)) return false;
    const level = this.level ?? this.parent?.level;
    if (level === undefined || this.levels === undefined) return true;
    return this.levels[level]! >= this.levels[info[levelKey] ?? info.level ?? ""]!;
  }

  #transformed(info: object): unknown {
    if (this.format === undefined) return info;
    const own = isError(info) ? { message: info.message, stack: info.stack, cause: info.cause } : {};
    return this.format.transform(Object.assign(own, info), this.format.options);
  }

  #write(info: object): void {
    const record = new WinstonRecord(info);
    const level = this.#adapter.levelOf(record.level);
    const logger = this.#adapter.loggerOf(this.#loggerNameKey === undefined ? "" : record.nameIn(this.#loggerNameKey));
    if (level === "off" || !logger.isEnabled(level ?? "info")) return;
    const event = record.read(this.#templates);
    if (level !== undefined) delete event.properties["level"];
    logger.write({ ...event, ...this.#adapter.inOrder(event), level: level ?? "info" });
  }
}

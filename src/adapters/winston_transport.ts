/** Records of winston as events: a transport for it. */

import { isError } from "../event/value_kind.ts";
import { flag, must, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { Adapter, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { Emitter, type Listener } from "./winston_stream.ts";
import { levelKey, levelsOfTables, WinstonRecord } from "./winston_record.ts";

/** What a {@linkcode winstonTransport} takes; all but the last are what every transport of winston takes. */
export interface WinstonOptions extends TextAdapterOptions {
  /** The least severe of winston's levels that passes. Default: that of winston's logger. */
  readonly level?: string | undefined;
  /** Whether nothing passes. Default: `false`. */
  readonly silent?: boolean | undefined;
  /** A format of winston's, for this transport alone. Default: none. */
  readonly format?: WinstonFormat | undefined;
  /** Whether winston is to catch uncaught exceptions, and log them here. Default: `false`. */
  readonly handleExceptions?: boolean | undefined;
  /** The same for rejections that nobody handles. Default: `false`. */
  readonly handleRejections?: boolean | undefined;
  /** The field with the name of the logger, such as `"label"` or `"service"`. Default: none. */
  readonly loggerNameKey?: string | undefined;
}

/** A format of winston's, as far as it is used here. */
export interface WinstonFormat {
  /** Returns what the format makes of a record; what is no object drops it. */
  // deno-lint-ignore no-explicit-any -- winston's own types say any, too, and a narrower parameter would refuse them
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

/** A transport of winston; what winston may set on any transport can be set on it. */
export interface WinstonTransport {
  /** The least severe of winston's levels that passes. */
  level?: string | undefined;
  /** Whether nothing passes. */
  silent?: boolean | undefined;
  /** Whether winston catches uncaught exceptions for it. */
  handleExceptions?: boolean | undefined;
  /** Whether winston catches rejections that nobody handles for it. */
  handleRejections?: boolean | undefined;
  /** Takes a record, and calls back at once. Never throws. */
  log(info: object, done?: () => void): void;
  /** Flushes the handlers, and then tells `"finish"`: winston's `logger.end()` waits for it. */
  end(): void;
  /** Hears `"logged"` after each record, and `"finish"`. */
  on(event: string, listener: (...args: never[]) => unknown): this;
}

/**
 * A transport for winston that makes an event of each record: `winston.createLogger({ transports: [winstonTransport()] })`.
 *
 * Levels of winston's three tables (npm, syslog, cli) are read by their names; custom ones need the option `levels`, unless they bear a
 * name that is known here. The message is winston's text. Without `format.splat()` its directives (`%s`, `%d`, …) become the holes `{0}`,
 * `{1}`, … of a template. An error, wherever it was logged, is the exception, and all else becomes properties. When winston has caught an
 * uncaught exception and is about to exit, it waits until what is queued is delivered, for 3 seconds at the most.
 *
 * @typeParam T What winston's types call a transport: TypeScript infers it from the place where the transport is used.
 * @param given The logger, levels, which texts are templates, and what every transport takes.
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
  return new Transport(requireOptions(readOptions, given)) as T;
}

/** Winston's logger, which is piped into the transport. */
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
  /** Winston's logger and its levels, as winston's own transports have them. */
  parent: Source | undefined;
  levels: Source["levels"];
  readonly writable = true;
  /** By it winston tells that this is a stream of objects; nothing is ever held back. */
  readonly _writableState = { objectMode: true, needDrain: false };
  /** Set by winston before it logs an uncaught error: who listens from then on waits for the end. */
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

  /** Winston takes for a stream only what can be piped; what it is piped into gets nothing. */
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

  /** What a stream calls for each record: passes those of the level on to `log`. */
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

  /** Tells those who wait before the process exits; the others shall not hear of an end, for winston may go on. */
  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this._ending = false;
    for (const listener of waiting) (listener as () => void)();
  }

  /** What a transport of winston decides: by its level, or else that of the logger. */
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

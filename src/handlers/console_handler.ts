/** The handler that prints events on the console, as readable text. */

import { ConsoleLosses } from "./console_losses.ts";
import { formatHarmless, type Formatter, textFormatter } from "../text_formatter.ts";
import { requireArgument } from "../diagnostic.ts";
import { Handler } from "../handler.ts";
import type { HandlerStats } from "../handler_stats.ts";
import type { Level } from "../event/level.ts";
import type { EventRecord, LogEvent } from "../event/log_event.ts";
import { hasColourTerminal, writeConsole } from "../runtime/console.ts";

/** Options of a {@linkcode ConsoleHandler}. */
export interface ConsoleOptions {
  /** Whether ANSI colours are used. Default: if the console is a terminal and `NO_COLOR` is not set. */
  readonly colour?: boolean | undefined;
}

const methods: Readonly<Record<Level, "debug" | "info" | "warn" | "error">> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  fatal: "error",
};

/**
 * Writes each event as a readable line to the console: `console.debug`, `info`, `warn` or `error`, looked up at the time of the call.
 *
 * @throws {TypeError} If an option is wrong.
 * @example
 * ```ts
 * import { ConsoleHandler, getLogger } from "@x/seqlog";
 *
 * const added = getLogger("shop").addHandler(new ConsoleHandler({ colour: false }));
 * getLogger("shop").warn("{Left} items left", { Left: 3 }); // 12:00:00.000 WARN  shop 3 items left
 * added.dispose();
 * ```
 */
export class ConsoleHandler extends Handler {
  #text: Formatter | undefined;
  readonly #losses = new ConsoleLosses();
  readonly #colour: boolean | undefined;

  /** Makes a handler. */
  constructor(options: ConsoleOptions = {}) {
    super();
    const isRight = Object(options) === options && Object.keys(options).every((name) => name === "colour");
    requireArgument(isRight, "new ConsoleHandler", "options", "{ colour }");
    this.#colour = options.colour;
  }

  /** Prints an event. */
  emit(event: LogEvent): void {
    const format = this.formatter ?? (this.#text ??= textFormatter(this.#colour ?? hasColourTerminal()));
    this.#losses.note(writeConsole(methods[event.level] ?? "info", formatHarmless(format, event)));
  }

  /** The count of events lost because the stream has no reader; undefined while none is lost. */
  override stats(): HandlerStats | undefined {
    return this.#losses.stats;
  }

  /**
   * Prints an event, unless a console call made it, which has printed it already.
   *
   * @internal
   */
  protected override emitRecord(record: EventRecord): void {
    if (!record.isPrinted) super.emitRecord(record);
  }
}

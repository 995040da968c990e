/** Prints events on the console as readable text: what the console handler and the last resort share. */

import { formatHarmless, type Formatter, textFormatter } from "../text_formatter.ts";
import { Handler } from "../handler.ts";
import type { HandlerStats } from "../handler_stats.ts";
import { ConsoleLosses } from "./console_losses.ts";
import type { Level } from "../event/level.ts";
import type { EventRecord, LogEvent } from "../event/log_event.ts";
import { hasColourTerminal, writeConsole } from "../runtime/console.ts";

const methods: Readonly<Record<Level, "debug" | "info" | "warn" | "error">> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  fatal: "error",
};

/** A handler that prints events on the console. */
export class ConsoleOutput extends Handler {
  #text: Formatter | undefined;
  readonly #losses = new ConsoleLosses();
  readonly #colour: boolean | undefined;

  /** Makes a handler; without a choice, it uses colours where the terminal has them. */
  constructor(colour?: boolean) {
    super();
    this.#colour = colour;
  }

  /** Prints an event. */
  emit(event: LogEvent): void {
    const format = this.formatter ?? (this.#text ??= textFormatter(this.#colour ?? hasColourTerminal()));
    this.#losses.note(writeConsole(methods[event.level] ?? "info", formatHarmless(format, event)));
  }

  /** The count of events lost because the stream has no reader; undefined while there are none. */
  override stats(): HandlerStats | undefined {
    return this.#losses.stats;
  }

  /** Prints an event, unless the console shows it already. */
  protected override emitRecord(record: EventRecord): void {
    if (!record.isPrinted) super.emitRecord(record);
  }
}

/** The handler that writes events as plain text to standard output or standard error. */

import { exceptionText, formatHarmless, type Formatter } from "../text_formatter.ts";
import { indentLines } from "../harmless_text.ts";
import { Handler } from "../handler.ts";
import type { HandlerStats } from "../handler_stats.ts";
import { ConsoleLosses } from "./console_losses.ts";
import type { EventRecord, LogEvent } from "../event/log_event.ts";
import { writeConsole } from "../runtime/console.ts";
import { choice, options, type Reader, requireOptions } from "../option_schema.ts";

/** Options of a {@linkcode StreamHandler}. */
export interface StreamOptions {
  /** The stream to which the handler writes. Default: `"stderr"`. */
  readonly stream?: "stdout" | "stderr" | undefined;
}

export const readStreamOptions: Reader<StreamOptions> = options<StreamOptions>({ stream: choice("stdout", "stderr") });

/** Python's `%(message)s`, made safe to print. */
const bare: Formatter = Object.assign((event: LogEvent): string => indentLines(event.message) + exceptionText(event), { isHarmless: true });

/**
 * Writes the text of each event, and nothing else, to standard error or standard output, like Python's logging.StreamHandler.
 *
 * Without a formatter the text is the message, followed by the exception. On a runtime without streams it uses `console.error` or
 * `console.log`.
 *
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { StreamHandler } from "@x/seqlog/yaml";
 *
 * const added = getLogger("shop").addHandler(new StreamHandler({ stream: "stdout" }));
 * getLogger("shop").warn("{Left} items left", { Left: 3 }); // 3 items left
 * added.dispose();
 * ```
 */
export class StreamHandler extends Handler {
  readonly #losses = new ConsoleLosses();
  readonly #method: "log" | "error";

  /** Makes a handler. */
  constructor(options: StreamOptions = {}) {
    super();
    const { stream } = requireOptions(readStreamOptions, options, "new StreamHandler");
    this.name = "stream";
    this.#method = stream === "stdout" ? "log" : "error";
  }

  /** Writes an event as text. */
  emit(event: LogEvent): void {
    const format = this.formatter ?? bare;
    this.#losses.note(writeConsole(this.#method, formatHarmless(format, event)));
  }

  /** The count of events lost because the stream has no reader; undefined while none is lost. */
  override stats(): HandlerStats | undefined {
    return this.#losses.stats;
  }

  /**
   * Skips an event that a console call made, which has printed it already.
   *
   * @internal
   */
  protected override emitRecord(record: EventRecord): void {
    if (!record.isPrinted) super.emitRecord(record);
  }
}

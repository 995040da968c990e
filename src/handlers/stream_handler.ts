/** The handler that writes events as plain text to the standard output or error. */

import { exceptionText, formatHarmless, type Formatter } from "../text_formatter.ts";
import { indentLines } from "../harmless_text.ts";
import { Handler } from "../handler.ts";
import type { HandlerStats } from "../handler_stats.ts";
import { ConsoleLosses } from "./console_losses.ts";
import type { EventRecord, LogEvent } from "../event/log_event.ts";
import { writeConsole } from "../runtime/console.ts";
import { choice, ConfigError, type Issue, options, type Reader } from "../option_schema.ts";

/** What a {@linkcode StreamHandler} takes. */
export interface StreamOptions {
  /** Where it writes to. Default: `"stderr"`. */
  readonly stream?: "stdout" | "stderr" | undefined;
}

/** Reads the options of a stream handler. */
export const readStreamOptions: Reader<StreamOptions> = options<StreamOptions>({ stream: choice("stdout", "stderr") });

/** Python's `%(message)s`, made harmless. */
const bare: Formatter = Object.assign((event: LogEvent): string => indentLines(event.message) + exceptionText(event), { isHarmless: true });

/**
 * Writes the text of each event, and nothing else, to the standard error or output, as Python's logging.StreamHandler.
 *
 * Without a formatter the text is the message, and the exception below it. Where there is no such stream, it is `console.error` or `console.log`.
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

  constructor(options: StreamOptions = {}) {
    super();
    const issues: Issue[] = [];
    const read = readStreamOptions(options, "", issues);
    if (read === undefined || issues.length > 0) throw new ConfigError(issues);
    this.name = "stream";
    this.#method = read.stream === "stdout" ? "log" : "error";
  }

  emit(event: LogEvent): void {
    const format = this.formatter ?? bare;
    this.#losses.note(writeConsole(this.#method, formatHarmless(format, event)));
  }

  /** How many events nobody could read, because the reader of the stream is gone; undefined while there are none. */
  override stats(): HandlerStats | undefined {
    return this.#losses.stats;
  }

  /** An event that was a call of the console stands there already. */
  protected override emitRecord(record: EventRecord): void {
    if (!record.isPrinted) super.emitRecord(record);
  }
}

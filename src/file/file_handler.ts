/** The handler that writes events to a file. */

import { formatHarmless, type Formatter, textFormatter } from "../text_formatter.ts";
import { Handler } from "../handler.ts";
import type { FlushResult, HandlerStats } from "../handler_stats.ts";
import type { LogEvent } from "../event/log_event.ts";
import { ConfigError, type Issue } from "../option_schema.ts";
import { FileDelivery, type FileDeliverySettings } from "./file_delivery.ts";
import { type FileOptions, readFileOptions } from "./file_options.ts";
import { systemClock } from "../runtime/clock.ts";
import { fileSystem, resolvePath } from "../runtime/files.ts";

const plain: Formatter = textFormatter(false);

/**
 * Appends each event as text to a file, on Node, Deno and Bun; with `maxBytes` and `backupCount` it rolls as Python's RotatingFileHandler.
 *
 * A log call only formats its event. All texts of a tick are written together when it ends, with one synchronous call, and at the latest when
 * the process exits. What cannot be written is kept, up to 1 MiB, and tried again with the next event or flush; then the oldest go, and are
 * counted. The file is opened with the first event, and anew within a second after something else moved or deleted it, as logrotate does.
 * Lengths are counted in bytes of UTF-8 (Python counts the line to come in characters), and an empty file is never rolled (since Python 3.13).
 * On Deno it needs `--allow-read` and `--allow-write` for the file, and to roll for its directory. A named pipe makes the program wait for
 * its reader.
 *
 * @throws {ConfigError} If an option is wrong, or the file cannot be written as far as that can be seen; it lists every mistake.
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { FileHandler } from "@x/seqlog/yaml";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, readFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 *
 * const filename = `${mkdtempSync(`${tmpdir()}/shop-`)}/shop.log`;
 * const file = new FileHandler({ filename, maxBytes: 1_000_000, backupCount: 5 });
 * const added = getLogger("shop").addHandler(file);
 * getLogger("shop").warn("{Left} items left", { Left: 3 });
 * added.dispose();
 * await file.close();
 * assert.match(readFileSync(filename, "utf8"), /WARN  shop 3 items left\n$/);
 * ```
 */
export class FileHandler extends Handler {
  #delivery: FileDelivery | undefined;
  readonly #settings: Omit<FileDeliverySettings, "name">;

  constructor(options: FileOptions) {
    super();
    const issues: Issue[] = [];
    const read = readFileOptions(options, "", issues);
    if (read === undefined || issues.length > 0) throw new ConfigError(issues);
    const { filename, mode = "a", maxBytes = 0, backupCount = 0, rollover, clock = systemClock, fileMode = 0o600 } = read;
    this.name = "file";
    this.#settings = {
      files: fileSystem()!,
      path: resolvePath(filename),
      truncates: mode === "w" && maxBytes === 0 && rollover === undefined, // as in Python: what rolls is there to be kept
      maxBytes,
      backupCount,
      rollover,
      clock,
      fileMode: Number(fileMode),
    };
  }

  emit(event: LogEvent): void {
    const format = this.formatter ?? plain;
    this.#road.push(`${formatHarmless(format, event)}\n`);
  }

  /** The road of the texts, made when the first one comes: by then the handler has its name. */
  get #road(): FileDelivery {
    return (this.#delivery ??= new FileDelivery({ ...this.#settings, name: this.name }));
  }

  /** Writes what waits, at once; says how much of it still waits because that failed. */
  override flush(): Promise<FlushResult> {
    return Promise.resolve(this.#road.flush());
  }

  /** Writes what waits, and closes the file; takes no event after that. What cannot be written is counted lost. */
  override close(): Promise<void> {
    this.#road.close();
    return Promise.resolve();
  }

  /** How the writing is doing. */
  override stats(): HandlerStats {
    return this.#road.stats;
  }

  /** Goes on with the open file and the texts of the handler that it replaces; false where that writes to another file. */
  override adopt(old: Handler): boolean {
    if (!(#delivery in old) || this.#delivery !== undefined) return false;
    const other = old as FileHandler;
    if (other.#settings.path !== this.#settings.path || other.#delivery === undefined) return false;
    this.#delivery = other.#delivery;
    other.#delivery = undefined;
    other.#road.close(); // else it would open, and perhaps empty, the file of another
    this.#delivery.reconfigure({ ...this.#settings, name: this.name });
    return true;
  }

  /** Takes no more events, writes what waits, closes the file, and tells when that is over. */
  override retire(whenOver: () => void): void {
    this.#road.retire(whenOver);
  }
}

/** The handler that appends events to a file. */

import { formatHarmless, type Formatter, textFormatter } from "../text_formatter.ts";
import { Handler } from "../handler.ts";
import type { FlushResult, HandlerStats } from "../handler_stats.ts";
import type { LogEvent } from "../event/log_event.ts";
import { requireOptions } from "../option_schema.ts";
import { FileDelivery, type FileDeliverySettings } from "./file_delivery.ts";
import { type FileOptions, readFileOptions } from "./file_options.ts";
import { systemClock } from "../runtime/clock.ts";
import { fileSystem, resolvePath } from "../runtime/files.ts";

const plain: Formatter = textFormatter(false);

/**
 * Appends each event as text to a file, on Node, Deno and Bun. With `maxBytes` and `backupCount` the file is rolled as by Python's
 * RotatingFileHandler.
 *
 * A log call only formats its event. All texts of a tick are written together when it ends, in one synchronous call, or when the process
 * exits. Up to 1 MiB of text that cannot be written is kept and written with the next event or flush. Beyond that, the oldest events are
 * dropped and counted. The file is opened with the first event, and again within a second after another program, such as logrotate,
 * moved or deleted it. Lengths are counted in bytes of UTF-8. As in Python 3.13, an empty file is never rolled. On Deno the handler needs
 * `--allow-read` and `--allow-write` for the file, or for its directory if the file rolls. A named pipe blocks until it is read.
 *
 * @throws {ConfigError} If an option is wrong, or the file is known not to be writable.
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

  /** Creates a handler. It opens the file at the first event. */
  constructor(options: FileOptions) {
    super();
    const { filename, mode = "a", maxBytes = 0, backupCount = 0, rollover, clock = systemClock, fileMode = 0o600 } = requireOptions(
      readFileOptions,
      options,
      "new FileHandler",
    );
    this.name = "file";
    this.#settings = {
      files: fileSystem()!,
      path: resolvePath(filename),
      truncates: mode === "w" && maxBytes === 0 && rollover === undefined, // as in Python: a rolling file is never emptied
      maxBytes,
      backupCount,
      rollover,
      clock,
      fileMode: Number(fileMode),
    };
  }

  /** Writes an event as text. */
  emit(event: LogEvent): void {
    const format = this.formatter ?? plain;
    this.#begun.push(`${formatHarmless(format, event)}\n`);
  }

  /** The delivery, created with the first event, because the handler gets its name after construction. */
  get #begun(): FileDelivery {
    return (this.#delivery ??= new FileDelivery({ ...this.#settings, name: this.name }));
  }

  /** Writes what is queued, immediately. Returns how many events remain because writing failed. */
  override flush(): Promise<FlushResult> {
    return Promise.resolve(this.#begun.flush());
  }

  /** Writes what is queued and closes the file. Later events, and those that cannot be written, are counted as lost. */
  override close(): Promise<void> {
    this.#begun.close();
    return Promise.resolve();
  }

  /** Returns the counts of written, queued and lost events. */
  override stats(): HandlerStats {
    return this.#begun.stats;
  }

  /** Continues the open file and the queue of the handler that this one replaces. Returns false if that handler writes to another file. */
  override adopt(old: Handler): boolean {
    if (!(#delivery in old) || this.#delivery !== undefined) return false;
    const other = old as FileHandler;
    if (other.#settings.path !== this.#settings.path || other.#delivery === undefined) return false;
    this.#delivery = other.#delivery;
    other.#delivery = undefined;
    other.#begun.close(); // so that it cannot open, or even empty, the file again
    this.#delivery.reconfigure({ ...this.#settings, name: this.name });
    return true;
  }

  /** Stops accepting events, writes what is queued, closes the file, then calls `whenOver`. */
  override retire(whenOver: () => void): void {
    this.#begun.retire(whenOver);
  }
}

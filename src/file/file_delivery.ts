/** Decides when texts are written to a file (tick end, flush, process exit), and what happens if writing fails. */

import { runMicrotask } from "../runtime/clock.ts";
import { countEvents, report } from "../diagnostic.ts";
import { reasonOf } from "../event/exception.ts";
import type { FlushResult, HandlerStats } from "../handler_stats.ts";
import { cureOf } from "../runtime/files.ts";
import { type ProcessEnding, processEnding } from "../runtime/writes_at_exit.ts";
import { RollingFile, type RollingFileSettings } from "./rolling_file.ts";
import { TextQueue } from "./write_queue.ts";

export interface FileDeliverySettings extends RollingFileSettings {
  /** The handler's name. */
  readonly name: string;
}

/** Most bytes that are queued. */
const maxQueueBytes = 1_048_576;

/** Hints for failures that the file's path causes. */
const cures: Readonly<Record<string, string>> = {
  ENOENT: "Create its directory again",
  ENOTDIR: "Create its directory again",
  EISDIR: "Move away the directory that has its name",
};

/** Delivers one handler's texts: a queue, and the file that receives them. */
export class FileDelivery {
  #settings: FileDeliverySettings;
  readonly #queue: TextQueue = new TextQueue();
  readonly #file: RollingFile;
  readonly #ending: ProcessEnding = processEnding();
  #isTicking = false;
  /** Whether a write has failed since the tick began. */
  #hasFailed = false;
  #trouble: "none" | "write" | "roll" = "none";
  /** Number of events lost since writing began to fail. */
  #lostInTrouble = 0;
  #isClosed = false;
  #whenOver: (() => void) | undefined;
  #delivered = 0;
  #retries = 0;
  readonly #lost: Record<string, number> = {};
  #lastError: string | undefined;

  constructor(settings: FileDeliverySettings) {
    this.#settings = settings;
    this.#file = new RollingFile(settings);
  }

  /** Continues under new settings of the same file; the queue and the open file stay. */
  reconfigure(settings: FileDeliverySettings): void {
    this.#settings = settings;
    this.#file.settings = settings;
  }

  get stats(): HandlerStats {
    return {
      state: this.#isClosed ? "closed" : this.#trouble === "none" ? "ok" : "retrying",
      queued: this.#queue.count,
      queuedBytes: this.#queue.size,
      delivered: this.#delivered,
      retries: this.#retries,
      lost: { ...this.#lost },
      lastError: this.#lastError,
    };
  }

  /** Queues a text, which is written with all other texts of the tick. */
  push(text: string): void {
    if (this.#isClosed) return this.#reportClosed();
    if (!this.#isTicking) this.#beginTick();
    this.#queue.push(text);
    this.#ending.writers.add(this);
    if (this.#ending.isNow || (this.#queue.size > maxQueueBytes && !this.#hasFailed)) this.#write();
    if (this.#queue.size > maxQueueBytes) this.#dropOldest();
  }

  #beginTick(): void {
    this.#hasFailed = false;
    runMicrotask(() => {
      this.#isTicking = false;
      this.#write();
    });
    this.#isTicking = true; // set last, so that the next text retries if the stack overflows above
  }

  /** Writes the queue until it is empty or a write fails. */
  #write(): void {
    const isIdle = this.#queue.count === 0;
    let failure: unknown;
    try {
      if (!isIdle) failure = this.#writeAll();
    } catch (error) {
      this.#hasFailed = true;
      this.#file.close(); // the next attempt reopens the path, where another file may be writable
      return this.#fail("write", error);
    }
    this.#ending.writers.delete(this);
    if (failure !== undefined) this.#fail("roll", failure);
    else if (!isIdle) this.#recover();
    if (this.#isClosed) this.#finish();
  }

  /** Writes the queue or throws. Returns the error that prevented rolling, if any. */
  #writeAll(): unknown {
    let failure: unknown;
    if (this.#file.prepare()) this.#queue.rewind();
    while (this.#queue.count > 0) {
      const { nextSize } = this.#queue;
      if (nextSize !== undefined && this.#file.isFullFor(nextSize)) failure ??= this.#file.roll();
      this.#delivered += this.#queue.wrote(this.#file.write(this.#queue.next(this.#file.room)));
    }
    return failure;
  }

  /** Records a failure. It is reported when it begins and when its kind changes. */
  #fail(kind: "write" | "roll", error: unknown): void {
    const { name: handler, path } = this.#settings;
    const reason = reasonOf(error);
    const hint = cureOf(error, "Check the option filename, and that this process may write there", cures);
    this.#lastError = reason;
    this.#retries++;
    if (this.#trouble === kind) return;
    this.#trouble = kind;
    const { count } = this.#queue;
    const message = kind === "roll"
      ? `Cannot roll ${path} (${reason}); it grows beyond maxBytes, and rolling is tried again`
      : `Cannot write to ${path} (${reason}); ${countEvents(count, " is", " are")} kept and written with the next event`;
    report({ code: "file-failed", handler, message, hint });
  }

  #recover(): void {
    if (this.#trouble === "none") return;
    const lost = this.#lostInTrouble;
    this.#trouble = "none";
    this.#lostInTrouble = 0;
    const hint = lost > 0 ? `Events that were lost meanwhile: ${lost}` : "No event was lost";
    report({ code: "recovered", handler: this.#settings.name, message: `${this.#settings.path} is written again`, hint });
  }

  #dropOldest(): void {
    let count = 0;
    while (this.#queue.size > maxQueueBytes && this.#queue.drop()) count++;
    const isFirst = this.#lostInTrouble === 0;
    this.#count(count, "overflow");
    this.#lostInTrouble += count;
    if (count === 0 || !isFirst) return;
    const message = "The queue of the file is full, and the oldest events are dropped; stats() counts them";
    report({ code: "overflow", handler: this.#settings.name, message, count });
  }

  #count(count: number, reason: string): void {
    if (count > 0) this.#lost[reason] = (this.#lost[reason] ?? 0) + count;
  }

  #reportClosed(): void {
    this.#count(1, "closed");
    if (this.#lost["closed"]! > 1) return;
    report({ code: "closed", handler: this.#settings.name, message: "An event was logged to a handler that is closed, and is lost" });
  }

  /** Writes the queue now. */
  flush(): FlushResult {
    const { count } = this.#queue;
    this.#write();
    const pending = this.#queue.count;
    return { delivered: count - pending, pending, lost: 0 };
  }

  /** Writes the queue as the process ends, and gives up the rest if the end is certain. */
  end(isFinal: boolean): void {
    this.#write();
    if (isFinal) this.#abandon("exit");
  }

  /** Stops accepting texts, and writes the queue. Texts that cannot be written wait for a flush or for close. */
  retire(whenOver: () => void): void {
    this.#isClosed = true;
    this.#whenOver = whenOver;
    this.#write();
  }

  /** Writes the queue, gives up what cannot be written, and stops accepting texts. */
  close(): void {
    this.#isClosed = true;
    this.#write();
    this.#abandon("closed");
  }

  #abandon(reason: string): void {
    const count = this.#queue.clear();
    this.#ending.writers.delete(this);
    if (this.#isClosed) this.#finish();
    if (count === 0) return;
    this.#count(count, reason);
    const message = `${countEvents(count, " is", " are")} lost (${reason}), not written to ${this.#settings.path}: ${this.#lastError}`;
    report({ code: "lost", handler: this.#settings.name, message, count });
  }

  /** Closes the file of a closed handler, once the queue is empty. */
  #finish(): void {
    this.#file.close();
    const whenOver = this.#whenOver;
    this.#whenOver = undefined;
    whenOver?.();
  }
}

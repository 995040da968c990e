/** Failures of the disk: when one is reported, and when the disk is tried again. */

import { countEvents, report } from "../diagnostic.ts";
import type { OnLoss } from "../delivery/queue.ts";
import { reasonOf } from "../event/exception.ts";
import { codeOf, cureOf, isNoRoom } from "../runtime/files.ts";

/** How long the disk is left alone after it has failed. */
export const retryMs = 1000;

/** How often in a row a file is tried before it is passed by. */
const maxFailures = 3;

/** Whether a failure says nothing of the one file: the process, or the machine, has too much open. */
function isOfAll(error: unknown): boolean {
  return ["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"].includes(codeOf(error) ?? "");
}

/** Whether the disk of one handler fails. */
export class DiskErrors {
  /** Whether it does; lines stay in memory then. */
  isNow = false;
  /** When a file that could not be read is tried again. */
  retryReadMs: number = -Infinity;
  readonly #handler: string;
  readonly #root: string;
  #triedMs = -Infinity;
  #lacksRoom = false;

  /** @param root The folder that it is about. */
  constructor(handler: string, root: string) {
    this.#handler = handler;
    this.#root = root;
  }

  /** Whether it is full: only what is delivered makes room then, that of the dead, too. */
  get isFull(): boolean {
    return this.isNow && this.#lacksRoom;
  }

  /** Whether the disk may be tried again; the caller does it then. */
  isDue(nowMs: number): boolean {
    return Math.abs(nowMs - this.#triedMs) >= retryMs; // a clock that was set back counts, too
  }

  /** Notes a failure; it is told when it begins. */
  begin(error: unknown, nowMs: number): void {
    this.#triedMs = nowMs;
    this.#lacksRoom = isNoRoom(error);
    if (this.isNow) return;
    this.isNow = true;
    const hint = cureOf(error, "Check the option path of the queue, and that this process may write there");
    const message = `Cannot keep events on disk in ${this.#root} (${
      reasonOf(error)
    }); they are kept in memory, and the disk is tried again`;
    report({ code: "disk-failed", handler: this.#handler, message, hint });
  }

  /**
   * Notes that a file cannot be read; the first failure is reported, and the file is tried again at `retryReadMs`.
   *
   * @returns Whether to give the file up for now: it has failed again and again.
   */
  noteUnreadable(path: string, failures: number, error: unknown, nowMs: number): boolean {
    if (failures >= maxFailures && !isOfAll(error)) return true;
    this.retryReadMs = nowMs + retryMs;
    if (failures > 1) return false;
    const message = `Cannot read events from ${path} (${reasonOf(error)}); they are kept, and it is tried again`;
    report({
      code: "disk-failed",
      handler: this.#handler,
      message,
      hint: cureOf(error, "Check the disk, and that this process may read there"),
    });
    return false;
  }

  /** Whether nothing can be read until `retryReadMs`. */
  isUnreadable(nowMs: number): boolean {
    return nowMs < this.retryReadMs && this.retryReadMs - nowMs <= retryMs; // a clock that was set back counts, too
  }

  /** Notes that the disk works again. */
  end(): void {
    if (!this.isNow) return;
    this.isNow = false;
    report({ code: "disk-recovered", handler: this.#handler, message: `Events are kept on disk in ${this.#root} again` });
  }
}

/** Lines that are not where this process had put them. */
export interface Gone {
  readonly count: number;
  /** The number of the first. */
  readonly first: number;
}

/** Counts lines that are gone, and reports them; those that another process has taken over are no loss. */
export function reportGone({ gone, handler, root, isTaken, onLoss }: {
  readonly gone: readonly Gone[];
  readonly handler: string;
  readonly root: string;
  readonly isTaken: boolean;
  readonly onLoss: OnLoss;
}): void {
  const count = gone.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return;
  for (const one of gone) if (one.count > 0) onLoss({ count: one.count, reason: isTaken ? "kept" : "gone", first: one.first });
  const message = `${countEvents(count, " is", " are")} no longer where this process had put them, below ${root}`;
  const hint = isTaken
    ? "Another process took this one for dead, for it showed no sign of life for claimAfterMs; that one delivers them"
    : "Their files were deleted or changed";
  report({ code: isTaken ? "taken-over" : "gone", handler, message, hint, count });
}

/** Decides when a disk failure is reported, and when the disk is tried again. */

import { countEvents, report } from "../diagnostic.ts";
import type { OnLoss } from "../delivery/queue.ts";
import { reasonOf } from "../event/exception.ts";
import { codeOf, cureOf, isNoRoom } from "../runtime/files.ts";

/** How long to wait after a disk failure. */
export const retryMs = 1000;

/** Failures in a row after which an unreadable file is skipped. */
const maxFailures = 3;

/** Whether the failure concerns the whole process or machine, such as too many open files, and not only this file. */
function isOfAll(error: unknown): boolean {
  return ["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"].includes(codeOf(error) ?? "");
}

/** Tracks the disk failures of one handler. */
export class DiskErrors {
  /** Whether the disk is failing, so that lines stay in memory. */
  isNow = false;
  /** When an unreadable file is tried again. */
  retryReadMs: number = -Infinity;
  readonly #handler: string;
  readonly #root: string;
  #triedMs = -Infinity;
  #lacksRoom = false;

  /** @param root The folder that messages name. */
  constructor(handler: string, root: string) {
    this.#handler = handler;
    this.#root = root;
  }

  /** Whether the disk is full. Then only delivery makes room, also the delivery of dead processes' lines. */
  get isFull(): boolean {
    return this.isNow && this.#lacksRoom;
  }

  /** Whether to try the disk again now. */
  isDue(nowMs: number): boolean {
    return Math.abs(nowMs - this.#triedMs) >= retryMs; // true as well if the clock was set back
  }

  /** Records a failure. Of several failures in a row, only the first is reported. */
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
   * Records that a file cannot be read. The first failure is reported, and the file is tried again at `retryReadMs`.
   *
   * @returns Whether to skip the file for now, because it failed several times in a row.
   */
  noteUnreadable(path: string, failures: number, error: unknown, nowMs: number): boolean {
    if (failures >= maxFailures && !isOfAll(error)) return true;
    this.retryReadMs = nowMs + retryMs;
    if (failures > 1) return false;
    const message = `Cannot read events from ${path} (${reasonOf(error)}); they are kept, and the file is tried again`;
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
    return nowMs < this.retryReadMs && this.retryReadMs - nowMs <= retryMs; // false if the clock was set back
  }

  /** Records that the disk works again. */
  end(): void {
    if (!this.isNow) return;
    this.isNow = false;
    report({ code: "disk-recovered", handler: this.#handler, message: `Events are kept on disk in ${this.#root} again` });
  }
}

/** Lines that have disappeared from this process's files. */
export interface Gone {
  readonly count: number;
  /** Number of the first line. */
  readonly first: number;
}

/** Counts and reports lines that disappeared. Lines that another process has taken over are no loss. */
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
  const message = `${countEvents(count, " is", " are")} gone from the files of this process, below ${root}`;
  const hint = isTaken
    ? "Another process delivers them: this process seemed dead, because its heartbeat stood still for claimAfterMs"
    : "Their files were deleted or changed";
  report({ code: isTaken ? "taken-over" : "gone", handler, message, hint, count });
}

/** Failures of the disk: when one is reported, and when the disk is tried again. */

import { report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import { cureOf, isNoRoom } from "../runtime/files.ts";

/** How long the disk is left alone after it has failed. */
const retryMs = 1000;

/** Whether the disk of one handler fails. */
export class DiskErrors {
  /** Whether it does; lines stay in memory then. */
  isNow = false;
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
      readException(error).message
    }); they are kept in memory, and the disk is tried again`;
    report({ code: "disk-failed", handler: this.#handler, message, hint });
  }

  /** Notes that the disk works again. */
  end(): void {
    if (!this.isNow) return;
    this.isNow = false;
    report({ code: "disk-recovered", handler: this.#handler, message: `Events are kept on disk in ${this.#root} again` });
  }
}

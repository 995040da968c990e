/** How the server is doing, as seen from here: its failures in a row, when to try again, and what is told of every change. */

import { report } from "../diagnostic.ts";
import { type BackoffBounds, backoffMs } from "./request_schedule.ts";
import { adviceOn, type Failed } from "../seq/ingestion.ts";

/** Whom to tell about, and how to wait. */
export interface HealthSettings extends BackoffBounds {
  /** The handler's name. */
  readonly name: string;
  readonly url: string;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** The health of one server; plain data. */
export class Health {
  /** Requests that failed and were tried again. */
  retries = 0;
  #failedMs = -Infinity;
  #retryMs = -Infinity;
  #hasWondered = false;
  lastError: string | undefined;
  #failures = 0;
  #isRefused = false;

  /** `"ok"`, `"retrying"`, or `"refused"` where the key is at fault. */
  get state(): "ok" | "retrying" | "refused" {
    return this.#isRefused ? "refused" : this.#failures > 0 ? "retrying" : "ok";
  }

  /** When the next attempt is due, if the last one failed: at once where the clock was set back meanwhile. */
  retryMs(nowMs: number): number {
    return nowMs < this.#failedMs ? -Infinity : this.#retryMs;
  }

  /** Lets the next attempt be due at once. */
  retryNow(): void {
    this.#retryMs = -Infinity;
  }

  /** Notes that events were accepted. */
  accept(handler: string): void {
    if (this.#failures > 0) {
      report({ code: "recovered", handler, message: "Seq accepts events again", hint: `Requests that had failed: ${this.#failures}` });
    }
    this.#failures = 0;
    this.#isRefused = false;
  }

  /** Notes a reply that none of Seq's is; told once. */
  wonder(handler: string, url: string): void {
    if (this.#hasWondered) return;
    this.#hasWondered = true;
    const message = `Events were accepted at ${originOf(url)}, but the reply is not one of Seq's`;
    report({ code: "odd-reply", handler, message, hint: "Check that serverUrl is the address of Seq, and not of something before it" });
  }

  /** Notes that an event was rejected. */
  reject(reason: string, handler: string): void {
    this.lastError = reason;
    const hint = "The option onRejected, or fallback, gets such events";
    report({ code: "rejected", handler, message: `Seq rejected an event, which is lost: ${reason}`, hint });
  }

  /** Notes a failure: what is queued is tried again after a wait. It is told when it begins, and when its kind changes. */
  fail(outcome: Failed, settings: HealthSettings, nowMs: number, queued: number): void {
    const { reason, refused, retryAfterMs } = outcome;
    const { name: handler, url, random } = settings;
    const kept = `${queued} ${queued === 1 ? "event is" : "events are"} kept and tried again`;
    const hint = adviceOn(outcome, url);
    if (refused && !this.#isRefused) {
      report({ code: "refused", handler, message: `Seq refuses the API key (${reason}); ${kept}`, hint });
    } else if (!refused && (this.#failures === 0 || this.#isRefused)) {
      report({ code: "unreachable", handler, message: `Seq cannot be reached at ${originOf(url)} (${reason}); ${kept}`, hint });
    }
    this.lastError = reason;
    this.#isRefused = refused;
    this.#failures++;
    this.retries++;
    this.#failedMs = nowMs;
    this.#retryMs = nowMs + backoffMs(this.#failures, settings, random(), retryAfterMs);
  }
}

/** The address without what may be secret: credentials and query. */
function originOf(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*/s, "");
}

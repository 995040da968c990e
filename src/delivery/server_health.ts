/** Tracks the server's health: failures in a row, the next attempt, and which failures are reported (one report per change). */

import { countEvents, report } from "../diagnostic.ts";
import type { Failed, Notice } from "./outcome.ts";
import { type BackoffBounds, backoffMs } from "./request_schedule.ts";

/** The names that reports show, and the bounds of waits. */
export interface HealthSettings extends BackoffBounds {
  /** The handler's name. */
  readonly name: string;
  /** Name of the server in messages. */
  readonly serverName: string;
  /** Returns a random number from 0 to 1. */
  readonly random: () => number;
}

/** Most bytes of a retry: a server that is still down would get a large body for nothing, and the program would copy it for nothing. */
const retryBytes = 65_536;

export class ServerHealth {
  /** Number of requests that failed and were repeated. */
  retries = 0;
  /** Message of the last failure. */
  lastError: string | undefined;
  #failedMs = -Infinity;
  #retryMs = -Infinity;
  #failures = 0;
  #isRefused = false;
  /** Codes of the doubtful replies already reported. */
  readonly #doubts = new Set<string>();

  /** `"ok"`, `"retrying"`, or `"refused"` if the server refused the credentials. */
  get state(): "ok" | "retrying" | "refused" {
    return this.#isRefused ? "refused" : this.#failures > 0 ? "retrying" : "ok";
  }

  /** Most bytes that the next body should have. */
  get bodyLimit(): number {
    return this.#failures > 0 ? retryBytes : Infinity;
  }

  /** Returns when the next attempt is due after a failure: immediately if the clock was set back. */
  retryMs(nowMs: number): number {
    return nowMs < this.#failedMs ? -Infinity : this.#retryMs;
  }

  retryNow(): void {
    this.#retryMs = -Infinity;
  }

  /** Records that events were accepted. A doubtful reply is reported once. */
  accept({ name: handler, serverName }: HealthSettings, doubt?: Notice): void {
    if (this.#failures > 0) {
      const hint = `Requests that had failed: ${this.#failures}`;
      report({ code: "recovered", handler, message: `${serverName} accepts events again`, hint });
    }
    this.#failures = 0;
    this.#isRefused = false;
    if (doubt === undefined || this.#doubts.has(doubt.code)) return;
    this.#doubts.add(doubt.code);
    report({ ...doubt, handler });
  }

  /** Records and reports a rejected event. */
  reject(reason: string, { name: handler, serverName }: HealthSettings): void {
    this.lastError = reason;
    const hint = "Set onRejected or fallback to receive such events";
    report({ code: "rejected", handler, message: `${serverName} rejected an event, which is lost: ${reason}`, hint });
  }

  /** Records a failure; queued lines are sent again after a wait. A report is made when failures begin and when their kind changes. */
  fail(
    { reason, isRefused, notice, retryAfterMs }: Failed,
    settings: HealthSettings,
    { nowMs, queued }: { nowMs: number; queued: number },
  ): void {
    const { name: handler, random, minBackoffMs, maxBackoffMs } = settings;
    if (this.#failures === 0 || isRefused !== this.#isRefused) {
      report({ ...notice, handler, message: `${notice.message}; ${countEvents(queued, " is", " are")} kept and tried again` });
    }
    this.lastError = reason;
    this.#isRefused = isRefused;
    this.#failures++;
    this.retries++;
    this.#failedMs = nowMs;
    this.#retryMs = nowMs + backoffMs({ failures: this.#failures, minBackoffMs, maxBackoffMs, random: random(), retryAfterMs });
  }
}

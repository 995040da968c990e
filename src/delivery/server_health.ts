/** How the server is doing: its failures in a row, when to try again, and how often a failure is reported (once per change). */

import { countEvents, report } from "../diagnostic.ts";
import type { Failed, Notice } from "./outcome.ts";
import { type BackoffBounds, backoffMs } from "./request_schedule.ts";

/** Whom reports name, and how to wait. */
export interface HealthSettings extends BackoffBounds {
  /** The handler's name. */
  readonly name: string;
  /** What people call the server. */
  readonly serverName: string;
  /** Chance, from 0 up to 1. */
  readonly random: () => number;
}

/** The health of one server; plain data. */
export class ServerHealth {
  /** Requests that failed and were tried again. */
  retries = 0;
  /** What the last failure said. */
  lastError: string | undefined;
  #failedMs = -Infinity;
  #retryMs = -Infinity;
  #failures = 0;
  #isRefused = false;
  /** The codes of the doubts that were reported. */
  readonly #doubts = new Set<string>();

  /** `"ok"`, `"retrying"`, or `"refused"` where the credentials are at fault. */
  get state(): "ok" | "retrying" | "refused" {
    return this.#isRefused ? "refused" : this.#failures > 0 ? "retrying" : "ok";
  }

  /** When the next attempt is due, if the last one failed: at once where the clock was set back meanwhile. */
  retryMs(nowMs: number): number {
    return nowMs < this.#failedMs ? -Infinity : this.#retryMs;
  }

  /** Makes the next attempt due at once. */
  retryNow(): void {
    this.#retryMs = -Infinity;
  }

  /** Notes that events were accepted; a doubt about the reply is reported once. */
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

  /** Notes that an event was rejected. */
  reject(reason: string, { name: handler, serverName }: HealthSettings): void {
    this.lastError = reason;
    const hint = "The option onRejected, or fallback, gets such events";
    report({ code: "rejected", handler, message: `${serverName} rejected an event, which is lost: ${reason}`, hint });
  }

  /** Notes a failure: what is queued is tried again after a wait. It is reported when it begins, and when its kind changes. */
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

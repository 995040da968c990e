/** Sends the requests of one delivery: limits the size of bodies, records when a request began, and aborts it. */

import { runOwnRequest } from "../runtime/async_context.ts";
import { systemClock } from "../runtime/clock.ts";
import { BodyLimit } from "./body_limit.ts";
import type { DeliverySettings } from "./delivery_contract.ts";
import type { Lease } from "./lease.ts";
import type { Outcome } from "./outcome.ts";
import type { PageSender } from "./send_at_page_hide.ts";

/** How long a delivery pauses after a probe, and after the exit deadline. A process that is ending exits during the pause. */
const probeMs = 100;
const endMs = 5000;

export interface RequestTimes {
  readonly begunMs: number;
  endedMs: number | undefined;
}

/** Sends one request at a time, except on a hidden page, where several may run concurrently. */
export class CurrentRequest {
  readonly limit: BodyLimit = new BodyLimit();
  readonly #page: PageSender;
  /** Times of the last request, by the system clock. `endedMs` is undefined while the request is running. */
  last: RequestTimes | undefined;
  /** No request begins before this time (by the delivery's clock), because the process may be ending. */
  pausedMs: number = -Infinity;
  #abort: AbortController | undefined;
  /** A probe aborts the running request to see whether the process then exits. One probe is allowed until a request succeeds. */
  #probe: "none" | "running" | "done" = "none";

  constructor(page: PageSender) {
    this.#page = page;
  }

  /** Sends the body of a lease. The outcome decides how large the next body may be. */
  async send(settings: DeliverySettings, request: { body: Uint8Array<ArrayBuffer>; lease: Lease; isRetry: boolean }): Promise<Outcome> {
    const { send, clock, isRequestBound, requestTimeoutMs: timeoutMs } = settings;
    if (!isRequestBound) this.#abort ??= new AbortController();
    const begunMs = clock.now();
    const times: RequestTimes = { begunMs: systemClock.now(), endedMs: undefined };
    this.last = times;
    try {
      const outcome = await runOwnRequest(() => this.#page.send(send, { ...request, signal: this.#abort?.signal }));
      const bytes = request.body.length;
      if (outcome.kind === "failed" && outcome.isTimeout) this.limit.noteTimeout(bytes);
      if (outcome.kind !== "accepted") return outcome;
      this.#probe = "none";
      this.limit.noteAccepted({ bytes, elapsedMs: clock.now() - begunMs, timeoutMs });
      return outcome;
    } finally {
      times.endedMs = systemClock.now();
    }
  }

  /** Aborts the running request, which then counts as failed. */
  abort(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  /** Aborts the request to see whether the process then exits. If the process goes on, this is no failure, and the request is repeated. */
  probe(nowMs: number): void {
    if (this.#probe !== "none") return;
    this.#probe = "running";
    this.pausedMs = nowMs + probeMs;
    this.abort();
  }

  /** Aborts the request and starts none for a while, because the exit deadline has passed. */
  pause(nowMs: number): void {
    this.pausedMs = nowMs + endMs;
    this.abort();
  }

  /** Returns whether a probe aborted the request that has just failed, and ends the probe. */
  endProbe(): boolean {
    if (this.#probe !== "running") return false;
    this.#probe = "done";
    return true;
  }
}

/** The requests of one delivery while they are under way: how large a body may be, since when one runs, and how it is aborted. */

import { runOwnRequest } from "../runtime/async_context.ts";
import { systemClock } from "../runtime/clock.ts";
import { BodyLimit } from "./body_limit.ts";
import type { DeliverySettings } from "./delivery_contract.ts";
import type { Lease } from "./lease.ts";
import type { Outcome } from "./outcome.ts";
import type { PageSender } from "./send_at_page_hide.ts";

/** How long a delivery pauses after a probe, and after an end that has reached its deadline: a process that ends does so meanwhile. */
const probeMs = 100;
const endMs = 5000;

/** When a request began and ended. */
export interface RequestTimes {
  readonly begunMs: number;
  endedMs: number | undefined;
}

/** Sends bodies, one request at a time but for those of a page that is hidden. */
export class CurrentRequest {
  readonly limit: BodyLimit = new BodyLimit();
  readonly #page: PageSender;
  /** When the last request began and ended, on the system's clock; it is under way while it has not ended. */
  last: RequestTimes | undefined;
  /** Nothing begins earlier, on the delivery's clock: the process may be ending. */
  pausedMs: number = -Infinity;
  #abort: AbortController | undefined;
  /** A request is aborted once, until one succeeds, to find out whether the process ends but for it. */
  #probe: "none" | "running" | "done" = "none";

  constructor(page: PageSender) {
    this.#page = page;
  }

  /** Sends a body of a lease; notes from the outcome how large the next one may be. */
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

  /** Ends the request that is under way: it has failed. */
  abort(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  /** Aborts the request to find out whether the process ends: that is no failure, and another attempt follows if the process goes on. */
  probe(nowMs: number): void {
    if (this.#probe !== "none") return;
    this.#probe = "running";
    this.pausedMs = nowMs + probeMs;
    this.abort();
  }

  /** Ends the request, and begins none for a while: the end of the process has reached its deadline. */
  pause(nowMs: number): void {
    this.pausedMs = nowMs + endMs;
    this.abort();
  }

  /** Whether the request that has just failed was aborted by a probe. */
  endProbe(): boolean {
    if (this.#probe !== "running") return false;
    this.#probe = "done";
    return true;
  }
}

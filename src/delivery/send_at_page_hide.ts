/** Decides what a page sends when it is hidden. `keepalive` requests continue after the page ends, but browsers limit their bytes. */

import { countEvents, report } from "../diagnostic.ts";
import { systemClock } from "../runtime/clock.ts";
import { shared } from "../runtime/global_state.ts";
import { keepaliveBytes, onPage } from "../runtime/page_events.ts";
import type { Lease } from "./lease.ts";
import type { Outcome, Send } from "./outcome.ts";
import type { BatchLimits, Queue } from "./queue.ts";

/** If fewer bytes are left, bodies are not shrunk to fit, because each line would become a request. */
const smallRoomBytes = 8192;
/** A hidden page may end without another event, so for 1 s after hiding, lines wait at most 100 ms for the next request. */
const urgentMs = 1000;
const urgentPeriodMs = 100;
/** Most concurrent requests for lines logged while the page is hidden, because a program that logs requests would cause endless ones. */
const maxConcurrent = 16;

/** What the page needs from a delivery. */
export interface PageDelivery {
  readonly settings: { readonly name: string };
  /** Starts sending queued lines, up to `maxBytes`. Returns how many events are lost if the page ends now. */
  sendOnHide(maxBytes: number, isLeft: boolean): number;
}

/** The state of the page, and the bytes that its `keepalive` requests may still carry. Programs without a page have no such limit. */
class PageEnd {
  declare readonly isPage: boolean;
  #isHidden = false;
  #isLeft = false;
  #hiddenMs = -Infinity;
  /** Number of concurrent requests still allowed; undefined once all listeners of the page's hiding have run. */
  #concurrent: number | undefined;
  #leftBytes = keepaliveBytes;
  #onHidden: ((isLeft: boolean) => void) | undefined;

  constructor() {
    this.isPage = onPage((state) => {
      this.#isHidden = state !== "shown";
      this.#isLeft = state === "left";
      if (!this.#isHidden) return;
      this.#hiddenMs = performance.now();
      this.#concurrent = maxConcurrent;
      systemClock.setTimeout(() => (this.#concurrent = undefined), 0); // by then every listener has run
      this.#onHidden?.(this.#isLeft);
    });
  }

  get isHidden(): boolean {
    return this.#isHidden;
  }

  /** Most bytes that a body should have now. */
  get bodyLimit(): number {
    return this.#isHidden && this.#leftBytes >= smallRoomBytes ? this.#leftBytes : Infinity;
  }

  /** Returns the longest time between two requests. */
  periodMs(usualMs: number): number {
    const isUrgent = this.#isHidden && performance.now() < this.#hiddenMs + urgentMs;
    return isUrgent ? Math.min(usualMs, urgentPeriodMs) : usualMs;
  }

  /** Reserves room for a body; returns false if too little is left. */
  reserve(bytes: number): boolean {
    if (!this.isPage || bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  free(bytes: number): void {
    this.#leftBytes += bytes;
  }

  /** Makes these deliveries send their lines whenever the page is hidden. */
  serve(pending: ReadonlyMap<PageDelivery, Queue>): void {
    this.#onHidden = (isLeft) => {
      const waiting = [...pending].filter(([, { size }]) => size > 0);
      waiting.sort(([, a], [, b]) => a.bytes - b.bytes); // smallest first: the others share what a small queue leaves
      for (const [i, [delivery]] of waiting.entries()) this.#send(delivery, Math.floor(this.#leftBytes / (waiting.length - i)), isLeft);
    };
  }

  /** Immediately sends lines that a listener of the page's hiding logged. Returns false once `maxConcurrent` requests are under way. */
  sendConcurrently(delivery: PageDelivery, countBehind: () => number): boolean {
    if (this.#concurrent === undefined) return false;
    if (this.#concurrent-- > 0) {
      this.#send(delivery, this.#leftBytes, false);
      return true;
    }
    this.#concurrent = undefined; // cleared before the report, because a diagnostic listener may log again
    if (this.#isLeft) reportLeft(delivery, countBehind());
    return false;
  }

  #send(delivery: PageDelivery, maxBytes: number, isLeft: boolean): void {
    const behind = delivery.sendOnHide(maxBytes, isLeft);
    if (this.#isLeft && behind > 0) reportLeft(delivery, behind);
  }
}

function reportLeft({ settings: { name: handler } }: PageDelivery, count: number): void {
  const message = `${countEvents(count)} may be lost, because the page was left before they could be sent`;
  const hint = `Browsers let a closing page send at most ${keepaliveBytes} bytes: log less, or flush earlier`;
  report({ code: "left", handler, message, hint, count });
}

/** Returns the state of this page, shared by all copies of the module. */
export function pageEnd(): PageEnd {
  return shared("pageEnd", () => new PageEnd());
}

export interface PageRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly lease: Lease;
  readonly signal?: AbortSignal | undefined;
  /** Whether the previous request failed. */
  readonly isRetry: boolean;
}

/** Sends the requests of one delivery. When a page ends, its `keepalive` requests continue, and all others are aborted. */
export class PageSender {
  readonly #page = pageEnd();
  /** Number of lines in each running keepalive request. */
  readonly #keepaliveLines = new Map<Lease, number>();
  /** For each running request without `keepalive`, the function that aborts it. */
  readonly #abortable = new Map<Lease, () => void>();

  periodMs(usualMs: number): number {
    return this.#page.periodMs(usualMs);
  }

  get bodyLimit(): number {
    return this.#page.bodyLimit;
  }

  /** Number of lines in running keepalive requests. */
  get keepaliveLines(): number {
    return [...this.#keepaliveLines.values()].reduce((sum, count) => sum + count, 0);
  }

  sendConcurrently(delivery: PageDelivery, queue: Queue): boolean {
    return this.#page.sendConcurrently(delivery, () => queue.size - this.keepaliveLines);
  }

  /**
   * Sends lines of a lease, with `keepalive` if there is room.
   *
   * Other requests may have used up the bytes of the page, and browsers do not report that. So a request with `keepalive` that gets no reply
   * is sent again without it, and a retry on a visible page goes without it.
   */
  async send(send: Send, { body, lease, signal, isRetry }: PageRequest): Promise<Outcome> {
    if (!this.#page.isPage) return await send(body, { signal });
    const bytes = body.length;
    if (bytes > 0 && (!isRetry || this.#page.isHidden) && this.#page.reserve(bytes)) {
      this.#keepaliveLines.set(lease, body.reduce((count, byte) => count + Number(byte === 10), 1));
      const outcome = await send(body, { signal, keepalive: true });
      this.#page.free(bytes);
      this.#keepaliveLines.delete(lease);
      if (outcome.kind !== "failed" || !outcome.isUnanswered || outcome.isTimeout || signal?.aborted) return outcome;
    }
    const own = new AbortController();
    const end = (): void => own.abort();
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end);
    this.#abortable.set(lease, end);
    const outcome = await send(body, { signal: own.signal });
    signal?.removeEventListener("abort", end);
    if (this.#abortable.get(lease) === end) this.#abortable.delete(lease);
    return outcome;
  }

  /** Leases what is sent when the page is hidden: the oldest lines that fit into keepalive requests. */
  lease(
    queue: Queue,
    limits: BatchLimits,
    { nowMs, maxBytes, isLeft }: { nowMs: number; maxBytes: number; isLeft: boolean },
  ): Lease | undefined {
    queue.endTick();
    if (isLeft) this.#abortRequests();
    const isConcurrent = queue.isLeased(nowMs);
    const maxBatchBytes = isConcurrent || maxBytes > 0 ? Math.min(limits.maxBatchBytes, maxBytes) : limits.maxBatchBytes;
    const lease = queue.lease({ ...limits, maxBatchBytes }, { nowMs, untilMs: Infinity });
    if (lease === undefined || !isConcurrent || lease.bytes <= maxBytes) return lease;
    if (this.#page.bodyLimit < Infinity && lease.body(1).length <= maxBytes) return lease; // the caller splits it
    lease.release(); // even one line is too long
    return undefined;
  }

  /** Aborts requests without `keepalive`, and releases their lines. */
  #abortRequests(): void {
    for (const [lease, abort] of this.#abortable) {
      lease.release();
      abort();
    }
    this.#abortable.clear();
  }
}

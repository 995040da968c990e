/** What a page sends when it is hidden: what waits then goes in requests that outlive the page (`keepalive`), within the bytes a browser allows. */

import { countEvents, report } from "../diagnostic.ts";
import { systemClock } from "../runtime/clock.ts";
import { shared } from "../runtime/global_state.ts";
import { keepaliveBytes, onPage } from "../runtime/page_events.ts";
import type { Lease } from "./lease.ts";
import type { Outcome, Send } from "./outcome.ts";
import type { BatchLimits, Queue } from "./queue.ts";

/** Where less room is left, bodies are not made to fit into it: that would be a request for each line. */
const smallRoomBytes = 8192;
/** For so long after the page was hidden, lines gather no longer than the urgent period between two requests: the page may end without another event. */
const urgentMs = 1000;
const urgentPeriodMs = 100;
/** The most concurrent requests for what others log when the page is hidden; whoever logs requests would otherwise make one for each of ours. */
const maxConcurrent = 16;

/** A delivery, as the page sees it. */
export interface PageDelivery {
  readonly settings: { readonly name: string };
  /** Begins to send what waits, at most so many bytes; returns how many events stay behind if the page ends now. */
  sendOnHide(maxBytes: number, isLeft: boolean): number;
}

/** The page, and what its requests may still carry when it ends; where there is no page, it never ends. */
class PageEnd {
  readonly isPage: boolean;
  #isHidden = false;
  #isLeft = false;
  #hiddenMs = -Infinity;
  /** How many concurrent requests are left; `undefined` once every listener has run. */
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

  /** The most bytes that a body should have now. */
  get bodyLimit(): number {
    return this.#isHidden && this.#leftBytes >= smallRoomBytes ? this.#leftBytes : Infinity;
  }

  /** How long lines may gather between two requests. */
  periodMs(usualMs: number): number {
    const isUrgent = this.#isHidden && performance.now() < this.#hiddenMs + urgentMs;
    return isUrgent ? Math.min(usualMs, urgentPeriodMs) : usualMs;
  }

  /** Reserves room for a body; returns false where there is not enough. */
  reserve(bytes: number): boolean {
    if (!this.isPage || bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  free(bytes: number): void {
    this.#leftBytes += bytes;
  }

  /** Lets these deliveries send what they have whenever the page is hidden. */
  serve(pending: ReadonlyMap<PageDelivery, Queue>): void {
    this.#onHidden = (isLeft) => {
      const waiting = [...pending].filter(([, { size }]) => size > 0);
      waiting.sort(([, a], [, b]) => a.bytes - b.bytes); // whoever needs less than its share leaves more to the others
      for (const [i, [delivery]] of waiting.entries()) this.#send(delivery, Math.floor(this.#leftBytes / (waiting.length - i)), isLeft);
    };
  }

  /** Sends at once, concurrently, what is logged while listeners hear that the page is hidden. Returns false once `maxConcurrent` are under way. */
  sendConcurrently(delivery: PageDelivery, countBehind: () => number): boolean {
    if (this.#concurrent === undefined) return false;
    if (this.#concurrent-- > 0) {
      this.#send(delivery, this.#leftBytes, false);
      return true;
    }
    this.#concurrent = undefined; // reported once: a listener of that may log
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
  const hint = `A browser lets a page that ends send ${keepaliveBytes} bytes: log less, or flush earlier`;
  report({ code: "left", handler, message, hint, count });
}

/** The end of this page, one for all copies of the module. */
export function pageEnd(): PageEnd {
  return shared("pageEnd", () => new PageEnd());
}

/** A request for lines of a lease. */
export interface PageRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly lease: Lease;
  readonly signal?: AbortSignal | undefined;
  /** Whether the last request failed. */
  readonly isRetry: boolean;
}

/** Sends the requests of one delivery: in a page, those that outlive it and those that do not. */
export class PageSender {
  readonly #page = pageEnd();
  /** How many lines each request carries that outlives the page. */
  readonly #keepaliveLines = new Map<Lease, number>();
  /** Ends requests that would not outlive the page. */
  readonly #abortable = new Map<Lease, () => void>();

  periodMs(usualMs: number): number {
    return this.#page.periodMs(usualMs);
  }

  get bodyLimit(): number {
    return this.#page.bodyLimit;
  }

  /** How many lines are under way in requests that outlive the page. */
  get keepaliveLines(): number {
    return [...this.#keepaliveLines.values()].reduce((sum, count) => sum + count, 0);
  }

  sendConcurrently(delivery: PageDelivery, queue: Queue): boolean {
    return this.#page.sendConcurrently(delivery, () => queue.size - this.keepaliveLines);
  }

  /**
   * Sends lines of a lease, so that the request outlives the page wherever there is room for that.
   *
   * A retry goes without, as long as the page is seen: others may have used up the room, and a browser does not say so.
   */
  async send(send: Send, { body, lease, signal, isRetry }: PageRequest): Promise<Outcome> {
    if (!this.#page.isPage) return await send(body, { signal });
    const bytes = body.length;
    if (bytes > 0 && (!isRetry || this.#page.isHidden) && this.#page.reserve(bytes)) {
      this.#keepaliveLines.set(lease, body.reduce((count, byte) => count + Number(byte === 10), 1));
      const outcome = await send(body, { signal, keepalive: true });
      this.#page.free(bytes);
      this.#keepaliveLines.delete(lease);
      return outcome;
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

  /** Leases what goes when the page is hidden: as many of the oldest lines as there is room for in requests that outlive it. */
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
    if (this.#page.bodyLimit < Infinity && lease.body(1).length <= maxBytes) return lease; // released from a larger request: it goes in pieces
    lease.release(); // a single line that is too long
    return undefined;
  }

  /** Ends the requests that would not outlive the page, and frees their lines. */
  #abortRequests(): void {
    for (const [lease, abort] of this.#abortable) {
      lease.release();
      abort();
    }
    this.#abortable.clear();
  }
}

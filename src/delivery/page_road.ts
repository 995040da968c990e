/** The requests of one delivery: in a page those that outlive it, and those that do not. */

import type { DeliverySettings } from "./delivery_settings.ts";
import { type IngestionSettings, type Outcome, post } from "../seq/ingestion.ts";
import type { Lease } from "./lease.ts";
import { type Leaving, pageEnd, urgentPeriodMs } from "./send_at_page_hide.ts";
import type { Queue } from "./queue.ts";

/** Posts for one delivery. */
export class PageRoad {
  readonly #page = pageEnd();
  /** What requests that outlive the page carry, in lines. */
  readonly #carried = new Map<Lease, number>();
  /** Ends requests that would not outlive it. */
  readonly #mortal = new Map<Lease, () => void>();

  /** How long lines may gather between two requests. */
  periodMs(usualMs: number): number {
    return this.#page.isUrgent ? Math.min(usualMs, urgentPeriodMs) : usualMs;
  }

  /** See the page's end. */
  leaveBeside(road: Leaving, queue: Queue): boolean {
    return this.#page.leaveBeside(road, () => queue.size - this.carried);
  }

  get bodyLimit(): number {
    return this.#page.bodyLimit;
  }

  /** How many lines are under way in requests that outlive the page. */
  get carried(): number {
    return [...this.#carried.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * Posts lines of a lease, so that the request outlives the page wherever there is room for that.
   *
   * @param isRetry After a failure it goes without, as long as the page is seen: others may have used up the room, and a browser does not say so.
   */
  async post(
    body: Uint8Array<ArrayBuffer>,
    lease: Lease,
    settings: IngestionSettings,
    isRetry: boolean,
    signal?: AbortSignal,
  ): Promise<Outcome> {
    if (!this.#page.isPage) return await post(body, settings, signal);
    const bytes = body.length;
    if (bytes > 0 && (!isRetry || this.#page.isHidden) && this.#page.take(bytes)) {
      this.#carried.set(lease, body.reduce((count, byte) => count + Number(byte === 10), 1));
      const outcome = await post(body, { ...settings, keepalive: true }, signal);
      this.#page.give(bytes);
      this.#carried.delete(lease);
      return outcome;
    }
    const own = new AbortController();
    const end = (): void => own.abort();
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end);
    this.#mortal.set(lease, end);
    const outcome = await post(body, settings, own.signal);
    signal?.removeEventListener("abort", end);
    if (this.#mortal.get(lease) === end) this.#mortal.delete(lease);
    return outcome;
  }

  /** Lends out the oldest lines that are not, beside those that are: as many as there is room for in requests that outlive the page. */
  lease(queue: Queue, { clock, batchSize, maxBatchBytes }: DeliverySettings, maxBytes: number, isOver: boolean): Lease | undefined {
    const nowMs = clock.now();
    queue.endTick();
    if (isOver) this.#cut(queue);
    const isBeside = queue.isLeased(nowMs);
    const limits = { batchSize, maxBatchBytes: isBeside || maxBytes > 0 ? Math.min(maxBatchBytes, maxBytes) : maxBatchBytes };
    const lease = queue.lease(limits, nowMs, Infinity, true);
    if (lease === undefined || !isBeside || lease.bytes <= maxBytes) return lease;
    if (this.#page.bodyLimit < Infinity && lease.body(1).length <= maxBytes) return lease; // taken back from a larger request: it goes in pieces
    queue.release(lease); // a single line that is too long
    return undefined;
  }

  /** Takes back what is in requests that die with the page. */
  #cut(queue: Queue): void {
    for (const [lease, end] of this.#mortal) {
      queue.release(lease);
      end();
    }
    this.#mortal.clear();
  }
}

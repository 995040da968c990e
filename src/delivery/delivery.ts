/** When lines travel: at the end of a tick, when a batch is full, when the period has passed, on flush, at the end of the process. */

import { hasTimers, type Timer } from "../clock.ts";
import { report } from "../diagnostic.ts";
import { readException } from "../exception.ts";
import type { FlushResult, HandlerStats } from "../handler.ts";
import { drain } from "./drain.ts";
import { unref } from "../runtime.ts";
import { atNaturalEnd, forgetAtEnd } from "./exit.ts";
import { Health, type HealthSettings } from "./health.ts";
import { type IngestionSettings, type Outcome, post } from "./ingestion.ts";
import type { Lease } from "./lease.ts";
import { type BatchLimits, MemoryQueue, type Queue, type QueueBounds, type QueueFactory, type TellLoss } from "./queue.ts";

/** How lines travel. */
export interface DeliverySettings extends IngestionSettings, BatchLimits, QueueBounds, HealthSettings {
  readonly periodMs: number;
  readonly exitTimeoutMs: number;
  /** Whether work outlives the call that began it; where not, nothing starts by itself. */
  readonly outlives: boolean;
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** Told of each request that did not succeed. */
  readonly onFailure?: (error: Error) => void;
  /** Makes another queue than the one in memory. */
  readonly queue?: QueueFactory;
}

/** How often a flush looks again at a batch that another holds. */
const watchMs = 20;

/** The road of one handler's lines: a queue and the rules by which it is drained. What lasts is plain data. */
export class Delivery {
  readonly #queue: Queue;
  #settings: DeliverySettings;
  #ticking = false;
  #timer: { readonly id: Timer; readonly dueMs: number } | undefined;
  #begunMs = -Infinity;
  readonly #health = new Health();
  /** Lines with a lower number do not wait for the period. */
  #urgent = 0;
  #closed = false;
  #delivered = 0;
  readonly #lost: Record<string, number> = {};
  readonly #watchers = new Set<() => void>();
  /** The flushes that wait: for the lines before their target. */
  readonly #flushes = new Set<{ readonly target: number; lost: number }>();
  #giveUp: AbortController | undefined;
  #whenOver: (() => void) | undefined;

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
    const tellLoss: TellLoss = (count, reason, first) => this.#countLoss(count, reason, first);
    this.#queue = settings.queue?.(settings, tellLoss, settings.name) ?? new MemoryQueue(settings, tellLoss);
  }

  /** Goes on under other settings; what is queued stays. */
  reconfigure(settings: DeliverySettings): void {
    this.#settings = settings;
    this.#queue.bounds = settings;
    this.#health.retryMs = -Infinity;
    this.#schedule();
  }

  get settings(): DeliverySettings {
    return this.#settings;
  }

  get isEmpty(): boolean {
    return this.#queue.size === 0;
  }

  get stats(): HandlerStats {
    const state = this.#closed ? "closed" : this.#health.state;
    const { size: queued, bytes: queuedBytes } = this.#queue;
    return {
      state,
      queued,
      queuedBytes,
      delivered: this.#delivered,
      retries: this.#health.retries,
      lost: { ...this.#lost },
      lastError: this.#health.lastError,
    };
  }

  /** Takes a line. */
  push(line: string, undated: boolean): void {
    if (this.#closed) return this.#tellClosed();
    this.#queue.push(line, undated);
    if (this.#ticking || (!this.#settings.outlives && this.#settings.waitUntil === undefined)) return;
    this.#ticking = true;
    queueMicrotask(() => {
      this.#ticking = false;
      this.#queue.endTick();
      this.#schedule();
    });
  }

  /** Begins what is due, or sets the timer for it. */
  #schedule(): void {
    const { clock, outlives, waitUntil } = this.#settings;
    const nowMs = clock.now();
    if (this.isEmpty || this.#queue.isLeased(nowMs)) return;
    if (outlives) atNaturalEnd(this);
    const dueMs = this.#dueMs(nowMs);
    if (dueMs <= nowMs) return this.#begin(waitUntil);
    if (!outlives || (this.#timer !== undefined && this.#timer.dueMs <= dueMs)) return;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer.id);
    const id = unref(
      clock.setTimeout(() => {
        this.#timer = undefined;
        this.#schedule();
      }, dueMs - nowMs),
    );
    this.#timer = { id, dueMs };
  }

  /** When the next request may begin. */
  #dueMs(nowMs: number): number {
    const { outlives, batchSize, maxBatchBytes, periodMs } = this.#settings;
    if (this.#health.state !== "ok") return this.#health.retryMs;
    const isFull = this.#queue.size >= batchSize || this.#queue.bytes >= maxBatchBytes;
    if (!outlives || isFull || this.#queue.countBefore(this.#urgent) > 0 || this.#begunMs > nowMs) return nowMs;
    return this.#begunMs + periodMs;
  }

  #begin(waitUntil: DeliverySettings["waitUntil"]): void {
    if (waitUntil === undefined) return void this.#drain();
    let admitted = false;
    const work = Promise.resolve().then(() => (admitted ? this.#drain() : undefined));
    try {
      waitUntil(work);
      admitted = true;
    } catch (error) {
      const { message } = readException(error);
      if (/global scope/i.test(message)) return; // a Worker's module scope: the events go with the first request's
      report({
        code: "wait-until-failed",
        handler: this.#settings.name,
        message: `waitUntil failed: ${message}`,
        hint: "Pass it as (work) => ctx.waitUntil(work)",
      });
      if (this.#settings.outlives) void this.#drain();
    }
  }

  async #drain(): Promise<void> {
    const { clock } = this.#settings;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer.id);
    this.#timer = undefined;
    try {
      await drain({
        queue: this.#queue,
        next: () => this.#next(),
        post: (body) => this.#post(body),
        tell: (outcome, count) => this.#tell(outcome, count),
      });
    } catch (error) {
      this.#tell({ kind: "failed", reason: readException(error).message, refused: false });
    }
    for (const watcher of this.#watchers) watcher();
    if (this.isEmpty) {
      forgetAtEnd(this);
      this.#whenOver?.();
    }
    this.#schedule();
  }

  #next(): Lease | undefined {
    const { clock, outlives, requestTimeoutMs } = this.#settings;
    const nowMs = clock.now();
    if (this.isEmpty || this.#dueMs(nowMs) > nowMs) return undefined;
    const lease = this.#queue.lease(this.#settings, nowMs, outlives ? Infinity : nowMs + requestTimeoutMs);
    if (lease !== undefined) this.#begunMs = nowMs;
    return lease;
  }

  #post(body: Uint8Array<ArrayBuffer>): Promise<Outcome> {
    if (this.#settings.outlives) this.#giveUp ??= new AbortController();
    return post(body, this.#settings, this.#giveUp?.signal);
  }

  #tell(outcome: Outcome, count = 0): void {
    const { name, clock } = this.#settings;
    if (outcome.kind === "accepted") {
      this.#delivered += count;
      this.#health.accept(name);
    } else if (outcome.kind === "rejected") {
      this.#health.reject(outcome.reason, name);
    } else if (!this.isEmpty) { // else all was given up meanwhile, and told so
      this.#health.fail(outcome, this.#settings, clock.now(), this.#queue.size);
    }
    for (const watcher of this.#watchers) watcher();
    if (outcome.kind !== "accepted") this.#tellCaller(outcome.reason);
  }

  #tellCaller(reason: string): void {
    const { name, onFailure } = this.#settings;
    try {
      onFailure?.(new Error(reason));
    } catch (error) {
      report({ code: "callback-failed", handler: name, message: `The option onFailure failed: ${readException(error).text}` });
    }
  }

  /** Counts events that the queue has given up, for the statistics and for those who wait for them. */
  #countLoss(count: number, reason: string, first: number): void {
    const before = this.#lost[reason] ?? 0;
    this.#lost[reason] = before + count;
    for (const waiting of this.#flushes) waiting.lost += Math.min(count, Math.max(0, waiting.target - first));
    if (reason !== "overflow" || before > 0) return;
    const message = "The queue is full, and events are dropped; stats() counts them";
    report({ code: reason, handler: this.#settings.name, message, hint: "Raise queueSize or maxQueueBytes, or log less", count });
  }

  #tellClosed(): void {
    this.#countLoss(1, "closed", Infinity);
    if (this.#lost.closed! > 1) return;
    report({ code: "closed", handler: this.#settings.name, message: "An event was logged to a handler that is closed, and is lost" });
  }

  /** Tries at once to deliver what is queued now; returns when that is done or at the deadline. Never rejects. */
  async flush(timeoutMs: number): Promise<FlushResult> {
    const { clock } = this.#settings;
    const queue = this.#queue;
    queue.endTick();
    const count = queue.size;
    const mine = { target: queue.pushed, lost: 0 };
    const deadlineMs = clock.now() + timeoutMs;
    this.#flushes.add(mine);
    this.#urgent = Math.max(this.#urgent, mine.target);
    if (!queue.isLeased(clock.now())) this.#health.retryMs = -Infinity;
    const isTooEarly = !this.#settings.outlives && !hasTimers(clock); // a Worker's module scope: the events go with a request's
    for (let nowMs = clock.now(); !isTooEarly && queue.countBefore(mine.target) > 0 && nowMs < deadlineMs; nowMs = clock.now()) {
      const isLeased = queue.isLeased(nowMs);
      if (!isLeased && this.#dueMs(nowMs) <= nowMs) await this.#wait(deadlineMs - nowMs, this.#drain());
      else await this.#wait(Math.min(deadlineMs, isLeased ? nowMs + watchMs : this.#health.retryMs) - nowMs);
    }
    this.#flushes.delete(mine);
    const pending = queue.countBefore(mine.target);
    return { delivered: count - pending - mine.lost, pending, lost: mine.lost };
  }

  /** Waits for the time, or less if the work is done or, where that may be heard, a batch is settled. The timer holds the process. */
  async #wait(ms: number, work?: Promise<void>): Promise<void> {
    const { clock, outlives } = this.#settings;
    let wake = (): void => {};
    let timer: Timer | undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
      timer = clock.setTimeout(resolve, Math.max(0, ms));
    });
    if (outlives) this.#watchers.add(wake); // elsewhere no promise may be settled from another request
    try {
      await (work === undefined ? woken : Promise.race([work, woken]));
    } finally {
      this.#watchers.delete(wake);
      clock.clearTimeout(timer!);
    }
  }

  /** Takes no more lines; goes on delivering for the time, then gives up what is left. */
  retire(timeoutMs: number, whenOver: () => void): void {
    const { clock, outlives } = this.#settings;
    this.#closed = true;
    if (this.isEmpty) return whenOver();
    const deadline = outlives ? unref(clock.setTimeout(() => this.abandon("retired"), timeoutMs)) : undefined;
    this.#whenOver = () => {
      if (deadline !== undefined) clock.clearTimeout(deadline);
      this.#whenOver = undefined;
      whenOver();
    };
    this.#schedule();
  }

  /** Ends the road: what is still queued is counted lost with the reason, and a request under way is given up. */
  close(reason = "closed"): void {
    this.#closed = true;
    this.abandon(reason);
  }

  /** Gives up all that is queued. */
  abandon(reason: string): void {
    const count = this.#queue.size;
    this.#queue.clear(reason);
    this.#giveUp?.abort();
    this.#giveUp = undefined;
    if (this.#timer !== undefined) this.#settings.clock.clearTimeout(this.#timer.id);
    this.#timer = undefined;
    this.#whenOver?.();
    if (count > 0) {
      report({
        code: "lost",
        handler: this.#settings.name,
        message: `${count} events could not be delivered and are lost (${reason})${
          this.#health.lastError === undefined ? "" : `: ${this.#health.lastError}`
        }`,
        count,
      });
    }
  }
}

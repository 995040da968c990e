/** When lines travel: at the end of a tick, when a batch is full, when the period has passed, on flush, at the end of the process. */

import { hasTimers, type Timer } from "../clock.ts";
import { report } from "../diagnostic.ts";
import { readException } from "../exception.ts";
import type { FlushResult, HandlerStats } from "../handler.ts";
import { type DeliverySettings, tellFailure } from "./delivery_settings.ts";
import { drain } from "./drain.ts";
import { unref } from "../runtime.ts";
import { begin } from "./begin.ts";
import { processExit } from "./exit.ts";
import { Ledger } from "./ledger.ts";
import { LevelCheck } from "./level_check.ts";
import { Health } from "./health.ts";
import { type Outcome, post } from "./ingestion.ts";
import type { Lease } from "./lease.ts";
import { Watchers } from "./watchers.ts";
import { MemoryQueue } from "./memory_queue.ts";
import type { Queue, TellLoss } from "./queue.ts";

/** How often a flush looks again at a batch that another holds, and who waits for room at the queue. */
const watchMs = 20;
const readyMs = 1000;

/** The road of one handler's lines: a queue and the rules by which it is drained. What lasts is plain data. */
export class Delivery {
  readonly #queue: Queue;
  #settings: DeliverySettings;
  readonly #exit = processExit();
  #ticking = false;
  #timer: { readonly id: Timer; readonly dueMs: number } | undefined;
  #begunMs = -Infinity;
  readonly #health = new Health();
  /** Lines with a lower number do not wait for the period. */
  #urgent = 0;
  #closed = false;
  #delivered = 0;
  readonly #ledger = new Ledger();
  readonly #levelCheck = new LevelCheck();
  /** What the server takes at the most in one body, once it has refused a larger one. */
  #bodyLimit = Infinity;
  readonly #watchers = new Watchers();
  #giveUp: AbortController | undefined;
  #whenOver: (() => void) | undefined;

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
    const tellLoss: TellLoss = (...loss) => this.#countLoss(...loss);
    const wake = (): void => queueMicrotask(() => this.#schedule());
    this.#queue = settings.queue?.(settings, tellLoss, settings.name, wake) ?? new MemoryQueue(settings, tellLoss);
    if (this.isDurable) wake(); // it may have found what another process has left
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

  get isDurable(): boolean {
    return this.#queue.isDurable === true;
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
      lost: { ...this.#ledger.lost },
      lastError: this.#health.lastError,
    };
  }

  /** Takes a line. */
  push(line: string, undated: boolean): void {
    if (this.#closed) return this.#countLoss(1, "closed", Infinity, () => new TextEncoder().encode(line));
    this.#queue.push(line, undated);
    if ((this.#ticking && !this.#exit.isNow) || (!this.#settings.outlives && this.#settings.waitUntil === undefined)) return;
    this.#ticking = true;
    if (this.#settings.outlives) this.#exit.add(this, this.#queue);
    queueMicrotask(() => {
      this.#ticking = false;
      this.#queue.endTick();
      this.#schedule();
    });
  }

  /** Begins what is due, or sets the timer for it. */
  #schedule(): void {
    const { clock, outlives } = this.#settings;
    const nowMs = clock.now();
    if (this.isEmpty || this.#queue.isLeased(nowMs)) return;
    if (outlives) this.#exit.add(this, this.#queue);
    const dueMs = this.#dueMs(nowMs);
    if (dueMs <= nowMs) return begin(() => this.#drain(), this.#settings);
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
        bodyLimit: () => this.#bodyLimit,
        tooLarge: (bytes) => (this.#bodyLimit = Math.floor(bytes / 2)),
      });
    } catch (error) {
      this.#tell({ kind: "failed", reason: readException(error).message, refused: false });
    }
    this.#wake();
    if (this.isEmpty) {
      this.#exit.forget(this);
      this.#whenOver?.();
    }
    this.#schedule();
  }

  #next(): Lease | undefined {
    const { clock, outlives, requestTimeoutMs, batchSize, maxBatchBytes } = this.#settings;
    const nowMs = clock.now();
    if (this.isEmpty || this.#dueMs(nowMs) > nowMs) return undefined;
    const lease = this.#queue.lease({ batchSize, maxBatchBytes }, nowMs, outlives ? Infinity : nowMs + requestTimeoutMs);
    if (lease !== undefined) this.#begunMs = nowMs;
    return lease;
  }

  #post(body: Uint8Array<ArrayBuffer>): Promise<Outcome> {
    if (this.#settings.outlives) this.#giveUp ??= new AbortController();
    this.#levelCheck.sent(this.#settings.clock.now());
    return post(body, this.#settings, this.#giveUp?.signal);
  }

  /** Asks the server for its level, with an empty body; a failure says nothing. It is asked again whenever nothing is sent for a while. */
  async checkLevel(): Promise<void> {
    if (this.#closed) return;
    this.#levelCheck.sent(this.#settings.clock.now());
    this.#armLevelCheck();
    const outcome = await post(new Uint8Array(0), this.#settings);
    if (outcome.kind === "accepted") this.#settings.onLevel?.(outcome.minimumLevel);
  }

  #armLevelCheck(): void {
    const { clock, outlives, asksLevel } = this.#settings;
    if (outlives && asksLevel?.()) this.#levelCheck.arm(clock, () => void this.checkLevel());
  }

  #tell(outcome: Outcome, count = 0): void {
    const { name, clock, url, onLevel } = this.#settings;
    if (outcome.kind === "accepted") {
      this.#delivered += count;
      this.#health.accept(name);
      if (outcome.isOdd) this.#health.wonder(name, url);
      onLevel?.(outcome.minimumLevel);
      this.#armLevelCheck();
      this.#tellDropped();
    } else if (outcome.kind === "rejected") {
      this.#health.reject(outcome.reason, name);
    } else if (!this.isEmpty) { // else all was given up meanwhile, and told so
      this.#health.fail(outcome, this.#settings, clock.now(), this.#queue.size);
    }
    this.#wake();
    if (outcome.kind === "failed") this.#ledger.failed(outcome.reason);
    if (outcome.kind !== "accepted") tellFailure(outcome.reason, this.#settings);
  }

  /** Lets those look who wait for something. */
  #wake(): void {
    this.#watchers.wake();
    this.#ledger.settled((number) => this.#queue.countBefore(number + 1) > this.#queue.countBefore(number));
  }

  /** Once there is room again, what was dropped is told to the server, too. */
  #tellDropped(): void {
    const { onDropped } = this.#settings;
    if (onDropped === undefined || !this.hasRoom) return;
    const dropped = this.#ledger.takeDropped();
    if (dropped !== undefined) onDropped(dropped);
  }

  /** Whether the queue is less than half full. */
  get hasRoom(): boolean {
    const { queueSize, maxQueueBytes } = this.#settings;
    return this.#queue.size * 2 < queueSize && this.#queue.bytes * 2 < maxQueueBytes;
  }

  /** Counts events that the queue has given up, for the statistics and for those who wait for them. */
  #countLoss(count: number, reason: string, first: number, lines?: () => Uint8Array<ArrayBuffer>): void {
    const { name, clock, onLost } = this.#settings;
    const said = reason === "rejected" ? this.#health.lastError : undefined;
    this.#ledger.lose(count, reason, first, clock.now(), name, said);
    if (lines !== undefined) onLost?.(lines, reason, said);
  }

  /** Tries at once to deliver what is queued now; returns when that is done or at the deadline. Never rejects. */
  async flush(timeoutMs: number): Promise<FlushResult> {
    const { clock, outlives, asksLevel } = this.#settings;
    const queue = this.#queue;
    queue.endTick();
    const count = queue.size;
    const mine = { target: queue.pushed, lost: 0 };
    const deadlineMs = clock.now() + timeoutMs;
    this.#ledger.flushes.add(mine);
    this.#urgent = Math.max(this.#urgent, mine.target);
    if (!queue.isLeased(clock.now())) this.#health.retryMs = -Infinity;
    const isTooEarly = !outlives && !hasTimers(clock); // a Worker's module scope: the events go with a request's
    for (let nowMs = clock.now(); !isTooEarly && queue.countBefore(mine.target) > 0 && nowMs < deadlineMs; nowMs = clock.now()) {
      const isLeased = queue.isLeased(nowMs);
      if (!isLeased && this.#dueMs(nowMs) <= nowMs) await this.#wait(deadlineMs - nowMs, this.#drain());
      else await this.#wait(Math.min(deadlineMs, isLeased ? nowMs + watchMs : this.#health.retryMs) - nowMs);
    }
    this.#ledger.flushes.delete(mine);
    if (!outlives && !isTooEarly && asksLevel?.() && this.#levelCheck.isDue(clock.now())) await this.checkLevel(); // no timer does
    const pending = queue.countBefore(mine.target);
    return { delivered: count - pending - mine.lost, pending, lost: mine.lost };
  }

  /** Waits until the line that was pushed last is acknowledged, which is tried at once. Rejects with the reason. */
  acknowledge(): Promise<void> {
    const queue = this.#queue;
    if (this.#closed) return Promise.reject(new Error("The handler is closed"));
    queue.endTick();
    const acknowledged = this.#ledger.acknowledge(queue.pushed - 1);
    this.#urgent = queue.pushed;
    if (this.#settings.outlives || this.#settings.waitUntil !== undefined) this.#schedule();
    else void this.#drain(); // the caller awaits it within its request
    return acknowledged;
  }

  /** See `ready` of the handler. */
  async ready(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#settings;
    const deadlineMs = clock.now() + timeoutMs;
    for (let nowMs = clock.now(); !this.hasRoom && !this.#closed && nowMs < deadlineMs; nowMs = clock.now()) {
      if (!this.#queue.isLeased(nowMs) && this.#dueMs(nowMs) <= nowMs) void this.#drain();
      await this.#wait(Math.min(deadlineMs - nowMs, readyMs));
    }
    return this.hasRoom;
  }

  /** Waits for the time, or less if the work is done or a batch is settled. */
  #wait(ms: number, work?: Promise<void>): Promise<void> {
    const { clock, outlives } = this.#settings;
    return this.#watchers.wait(ms, clock, outlives, work);
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
    this.#levelCheck.stop(this.#settings.clock);
    this.abandon(reason);
  }

  /** Gives up all that is queued. */
  abandon(reason: string): void {
    const count = this.#queue.size;
    this.#queue.clear(reason);
    this.#exit.forget(this);
    this.#giveUp?.abort();
    if (this.#timer !== undefined) this.#settings.clock.clearTimeout(this.#timer.id);
    this.#giveUp = this.#timer = undefined;
    this.#whenOver?.();
    if (count === 0 || this.isDurable) return; // what is on disk is the next process's
    const why = this.#health.lastError === undefined ? "" : `: ${this.#health.lastError}`;
    const message = `${count} events could not be delivered and are lost (${reason})${why}`;
    report({ code: "lost", handler: this.#settings.name, message, count });
  }
}

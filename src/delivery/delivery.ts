/** When lines travel: at the end of a tick, when a batch is full, when the period has passed, on flush, at the end of the process. */

import { hasTimers, type Timer, unref } from "../runtime/clock.ts";
import { readException } from "../event/exception.ts";
import type { FlushResult, HandlerStats } from "../handler_stats.ts";
import { type DeliverySettings, tellFailure } from "./delivery_settings.ts";
import { drain } from "./drain.ts";
import { endsUnheard } from "../runtime/process_events.ts";
import { begin } from "../runtime/wait_until.ts";
import { processExit } from "./send_at_process_exit.ts";
import { Ledger } from "./losses.ts";
import { LevelCheck } from "../seq/level_check.ts";
import { Health } from "./server_health.ts";
import type { Outcome } from "../seq/ingestion.ts";
import type { Lease } from "./lease.ts";
import { Watchers } from "./pending_flushes.ts";
import { MemoryQueue } from "./memory_queue.ts";
import { PageRoad } from "./page_road.ts";
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
  readonly #levelCheck = new LevelCheck(() => this.#settings);
  /** What the server takes at the most in one body, once it has refused a larger one. */
  #bodyLimit = Infinity;
  readonly #watchers = new Watchers();
  readonly #page = new PageRoad();
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
    this.#queue.endTick(); // by the bounds under which its lines were taken
    this.#queue.bounds = settings;
    this.#health.retryNow();
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
    const { size: queued, bytes: queuedBytes } = this.#queue;
    const { state, retries, lastError } = this.#health;
    const lost = { ...this.#ledger.lost };
    return { state: this.#closed ? "closed" : state, queued, queuedBytes, delivered: this.#delivered, retries, lost, lastError };
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
    const dueMs = this.#dueMs(nowMs);
    if (this.isEmpty || (this.#queue.pushed > this.#urgent && this.#page.leaveBeside(this, this.#queue))) return;
    if (this.#queue.isLeased(nowMs)) return;
    if (outlives) this.#exit.add(this, this.#queue);
    if (dueMs <= nowMs) return begin(() => this.#drain(), this.#settings);
    if (!outlives || (this.#timer !== undefined && this.#timer.dueMs <= dueMs)) return;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer.id);
    const id = clock.setTimeout(() => {
      this.#timer = undefined;
      this.#schedule();
    }, dueMs - nowMs);
    if (!endsUnheard() || this.#health.state !== "ok") unref(id); // else it holds the thread, for a period at most
    this.#timer = { id, dueMs };
  }

  /** When the next request may begin. */
  #dueMs(nowMs: number): number {
    const { outlives, batchSize, maxBatchBytes, periodMs } = this.#settings;
    if (this.#health.state !== "ok") return this.#health.retryMs(nowMs);
    const isFull = this.#queue.size >= batchSize || this.#queue.bytes >= maxBatchBytes;
    if (!outlives || isFull || this.#queue.countBefore(this.#urgent) > 0 || this.#begunMs > nowMs) return nowMs;
    return this.#begunMs + this.#page.periodMs(periodMs);
  }

  async #drain(first?: Lease): Promise<void> {
    if (this.#timer !== undefined) this.#settings.clock.clearTimeout(this.#timer.id);
    this.#timer = undefined;
    try {
      await drain({
        queue: this.#queue,
        next: () => this.#next(),
        post: (body, lease) => this.#post(body, lease),
        tell: (outcome, count) => this.#tell(outcome, count),
        bodyLimit: () => Math.min(this.#bodyLimit, this.#page.bodyLimit),
        tooLarge: (bytes) => (this.#bodyLimit = Math.floor(bytes / 2)),
      }, first);
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

  #post(body: Uint8Array<ArrayBuffer>, lease: Lease): Promise<Outcome> {
    if (this.#settings.outlives) this.#giveUp ??= new AbortController();
    this.#levelCheck.sent(this.#settings.clock.now());
    return this.#page.post(body, lease, this.#settings, this.#health.state !== "ok", this.#giveUp?.signal);
  }

  /** The page is hidden, or over: begins at once to send what waits, at most so many bytes, and answers how many events stay behind. */
  leave(maxBytes: number, isOver: boolean): number {
    const lease = this.#page.lease(this.#queue, this.#settings, maxBytes, isOver);
    this.#urgent = this.#queue.pushed;
    if (lease !== undefined) this.#begunMs = this.#settings.clock.now();
    if (lease !== undefined) void this.#drain(lease);
    return this.#queue.size - this.#page.carried;
  }

  /** Asks the server for its level. */
  checkLevel(): Promise<void> {
    return this.#levelCheck.ask();
  }

  #tell(outcome: Outcome, count = 0): void {
    const { name, clock, url, onLevel } = this.#settings;
    if (outcome.kind === "accepted") {
      this.#delivered += count;
      this.#health.accept(name);
      if (outcome.isOdd) this.#health.wonder(name, url);
      onLevel?.(outcome.minimumLevel);
      this.#levelCheck.arm();
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
    this.#ledger.settled((number) => this.#has(number));
  }

  /** Whether the line of that number is still queued. */
  #has(number: number): boolean {
    return this.#queue.countBefore(number + 1) > this.#queue.countBefore(number);
  }

  /** Once there is room again, what was dropped is told to the server, too. */
  #tellDropped(): void {
    const dropped = this.#settings.onDropped && this.hasRoom ? this.#ledger.takeDropped() : undefined;
    if (dropped !== undefined) this.#settings.onDropped?.(dropped);
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
    if (this.#ledger.flushes.size > 0) this.#watchers.wake(); // one that waits for these is over
    if (lines !== undefined) onLost?.(lines, reason, said);
  }

  /** Tries at once to deliver what is queued now; returns when that is done or at the deadline. Never rejects. */
  async flush(timeoutMs: number, givesUp = false): Promise<FlushResult> {
    const { clock, outlives } = this.#settings;
    const queue = this.#queue;
    const count = queue.size;
    const mine = { target: queue.pushed, lost: 0 };
    this.#ledger.flushes.add(mine);
    queue.endTick(); // which may find no room for some
    mine.target = Math.min(mine.target, queue.pushed);
    this.#urgent = Math.max(this.#urgent, mine.target);
    if (!queue.isLeased(clock.now())) this.#health.retryNow();
    const isTooEarly = !outlives && !hasTimers(clock); // a Worker's module scope: the events go with a request's
    const isOver = (): boolean => isTooEarly || queue.countBefore(mine.target) === 0;
    await this.#watchers.until(isOver, timeoutMs, this.#settings, (nowMs) => {
      const isLeased = queue.isLeased(nowMs);
      if (!isLeased && this.#dueMs(nowMs) <= nowMs) return this.#drain();
      return isLeased ? watchMs : this.#health.retryMs(nowMs) - nowMs;
    });
    this.#ledger.flushes.delete(mine);
    if (givesUp && !isOver()) this.#stopRequest(); // its deadline may be long after the next call's
    if (!outlives && !isTooEarly) await this.#levelCheck.askIfDue(); // no timer does
    const pending = queue.countBefore(mine.target);
    return { delivered: count - pending - mine.lost, pending, lost: mine.lost };
  }

  /** The number that the next line gets, if it is taken. */
  get next(): number {
    return this.#queue.pushed;
  }

  /** Waits until the line of that number is acknowledged, which is tried at once. Rejects with the reason. */
  acknowledge(number: number): Promise<void> {
    const queue = this.#queue;
    if (this.#closed) return Promise.reject(new Error("The handler is closed"));
    queue.endTick();
    if (!this.#has(number)) return Promise.reject(new Error("The event is lost: overflow"));
    const acknowledged = this.#ledger.acknowledge(number);
    this.#urgent = queue.pushed;
    if (this.#settings.outlives || this.#settings.waitUntil !== undefined) this.#schedule();
    else void this.#drain(); // the caller awaits it within its request
    return acknowledged;
  }

  /** See `ready` of the handler. */
  async ready(timeoutMs: number): Promise<boolean> {
    await this.#watchers.until(() => this.hasRoom || this.#closed, timeoutMs, this.#settings, (nowMs) => {
      if (!this.#queue.isLeased(nowMs) && this.#dueMs(nowMs) <= nowMs) void this.#drain();
      return readyMs;
    });
    return this.hasRoom;
  }

  /** Takes no more lines; goes on delivering for the time, then gives up what is left. */
  retire(timeoutMs: number, whenOver: () => void): void {
    const { clock, outlives } = this.#settings;
    this.#closed = true;
    this.#levelCheck.stop();
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
    this.#levelCheck.stop();
    this.abandon(reason);
  }

  /** Ends the request that is under way: it has failed. */
  #stopRequest(): void {
    this.#giveUp?.abort();
    this.#giveUp = undefined;
  }

  /** Gives up all that is queued. */
  abandon(reason: string): void {
    const count = this.#queue.size;
    this.#queue.clear(reason);
    this.#exit.forget(this);
    this.#stopRequest();
    if (this.#timer !== undefined) this.#settings.clock.clearTimeout(this.#timer.id);
    this.#timer = undefined;
    this.#whenOver?.();
    if (count === 0 || this.isDurable) return; // what is on disk is the next process's
    this.#ledger.tellGivenUp(count, reason, this.#settings.name, this.#health.lastError);
  }
}

/** Decides when lines are sent: after a tick, when a batch is full, when the period has passed, on flush, or as the process exits. */

import { reasonOf } from "../event/exception.ts";
import type { FlushResult, HandlerStats } from "../handler_stats.ts";
import { isInOwnRequest, runOutside } from "../runtime/async_context.ts";
import { runMicrotask, unref } from "../runtime/clock.ts";
import { endsUnheard } from "../runtime/process_events.ts";
import { beginWork, WorkTimer } from "./begin_work.ts";
import { callOnFailure, type DeliverySettings } from "./delivery_contract.ts";
import { drain, type DrainSteps } from "./drain.ts";
import type { Lease } from "./lease.ts";
import { keptReason, Losses, reportGivenUp } from "./losses.ts";
import { MemoryQueue } from "./memory_queue.ts";
import type { Outcome } from "./outcome.ts";
import { type Flushable, PendingFlushes } from "./pending_flushes.ts";
import { type Loss, lossOfLine, type Queue } from "./queue.ts";
import { nextRequestMs } from "./request_schedule.ts";
import { CurrentRequest, type RequestTimes } from "./current_request.ts";
import { PageSender } from "./send_at_page_hide.ts";
import { processExit } from "./send_at_process_exit.ts";
import { ServerHealth } from "./server_health.ts";

/** Delivers one handler's lines: a queue, and the rules for draining it. Between two drains it keeps only plain data. */
export class Delivery {
  readonly #queue: Queue;
  readonly out: Queue["out"]; // where the next line is written before it is pushed
  #settings: DeliverySettings;
  readonly #exit = processExit();
  readonly #page = new PageSender();
  readonly #requests = new CurrentRequest(this.#page);
  readonly #health = new ServerHealth();
  readonly #losses = new Losses();
  readonly #flushes = new PendingFlushes();
  readonly #steps: DrainSteps;
  readonly #flushable: Flushable;
  readonly #timer = new WorkTimer();
  #isTicking = false;
  /** Whether the program itself logged the first line of this tick. Then all lines of the tick count as such, which saves lookups. */
  #isWanted = false;
  #begunMs = -Infinity;
  /** Lines with a lower number are sent without waiting for the period. */
  #urgent = 0;
  #isClosed = false;
  #delivered = 0;
  /** Lines from this number on were caused by the library's own requests. They start no request and do not delay the exit. */
  #wanted = 0;
  #whenEmpty: (() => void) | undefined;
  readonly #endTick = (): void => {
    this.#isTicking = this.#isWanted = false;
    this.#queue.endTick();
    this.#schedule();
  };

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
    const { name, queue, lineTime, destination } = settings;
    const onLoss = (loss: Loss): void => this.#lose(loss);
    const wake = (): void =>
      runMicrotask(() => {
        this.#wanted = this.#queue.pushed;
        if (this.#queue.isSearching) this.#exit.add(this, this.#queue);
        this.#schedule();
      });
    this.#queue = queue?.({ bounds: settings, name, destination, onLoss, wake }) ?? new MemoryQueue(settings, onLoss, lineTime);
    this.out = this.#queue.out;
    this.#steps = {
      next: () => this.#next(),
      send: (body, lease) => this.#requests.send(this.#settings, { body, lease, isRetry: this.#health.state !== "ok" }),
      note: (outcome, count) => this.#note(outcome, count),
      bodyLimit: () => Math.min(this.#requests.limit.bytes, this.#page.bodyLimit, this.#health.bodyLimit),
      limit: this.#requests.limit,
    };
    this.#flushable = {
      queue: this.#queue,
      settings: () => this.#settings,
      dueMs: (nowMs) => this.#dueMs(nowMs),
      drain: () => this.#drain(),
    };
    if (this.isDurable) wake(); // the queue may have found, or may still look for, lines that another process left
  }

  /** Continues under new settings; queued lines stay. */
  reconfigure(settings: DeliverySettings): void {
    this.#settings = settings;
    this.#queue.endTick(); // the lines of this tick are still checked against the old bounds
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
  /** Whether lines are queued that the program itself logged. */
  get hasWork(): boolean {
    return this.#queue.countBefore(this.#wanted) > 0;
  }
  /** Times of the last request; undefined while a flush or an acknowledgement waits for it. */
  get lastRequest(): RequestTimes | undefined {
    return this.#flushes.isEmpty ? this.#requests.last : undefined;
  }
  get stats(): HandlerStats {
    const { size: queued, bytes: queuedBytes, waiting } = this.#queue;
    const { state, retries, lastError } = this.#health;
    const counts = { queued, queuedBytes, delivered: this.#delivered, retries, lost: { ...this.#losses.counts } };
    return { state: this.#isClosed ? "closed" : state, ...counts, lastError, ...(waiting && { waiting }) };
  }

  /** Queues the line in {@linkcode out} and schedules its delivery. */
  push(undated: boolean): void {
    if (this.#isClosed) return this.#lose(lossOfLine(this.out, "closed", Infinity));
    this.#queue.push(undated);
    if (this.#isWanted || !isInOwnRequest()) this.#wanted = this.#queue.pushed;
    if ((this.#isTicking && !this.#exit.isNow) || !this.#mayBegin) return;
    this.#isWanted = this.#wanted === this.#queue.pushed;
    if (!this.#settings.isRequestBound) this.#exit.add(this, this.#queue);
    if (this.hasWork) this.#exit.noteLogged();
    runMicrotask(this.#endTick);
    this.#isTicking = true; // set last, so that the next call retries if the stack overflows above
  }

  /** Whether work may start without a caller that awaits it. */
  get #mayBegin(): boolean {
    return !this.#settings.isRequestBound || this.#settings.waitUntil?.() !== undefined;
  }

  /** Starts work that is due, or sets the timer for it. The work runs outside the context of any log call. */
  #schedule(): void {
    const { clock, isRequestBound } = this.#settings;
    if (!this.hasWork || (this.#queue.pushed > this.#urgent && this.#page.sendConcurrently(this, this.#queue))) return;
    const nowMs = clock.now();
    if (this.#queue.isLeased(nowMs)) return;
    const dueMs = this.#dueMs(nowMs);
    if (!isRequestBound) this.#exit.add(this, this.#queue);
    if (dueMs <= nowMs) return beginWork(() => this.#drain(), this.#settings);
    if (isRequestBound || this.#timer.dueMs <= dueMs) return;
    const holds = endsUnheard() && this.#health.state === "ok"; // this thread gets no event before it ends: the timer keeps it alive
    this.#timer.set(dueMs, () => this.#schedule(), { clock, holds });
  }

  /** Returns when the next request may begin. */
  #dueMs(nowMs: number): number {
    const { isRequestBound, batchSize, maxBatchBytes, periodMs } = this.#settings;
    const isFull = this.#queue.size >= batchSize || this.#queue.bytes >= maxBatchBytes;
    const dueMs = nextRequestMs({
      nowMs,
      begunMs: this.#begunMs,
      periodMs: this.#page.periodMs(periodMs),
      retryMs: this.#health.state === "ok" ? undefined : this.#health.retryMs(nowMs),
      isUrgent: isRequestBound || isFull || this.#queue.countBefore(this.#urgent) > 0,
    });
    return Math.max(dueMs, this.#requests.pausedMs);
  }

  #drain(first?: Lease): Promise<void> {
    return this.#settings.isRequestBound ? this.#drainNow(first) : runOutside(() => this.#drainNow(first));
  }

  async #drainNow(first?: Lease): Promise<void> {
    this.#timer.clear();
    try {
      await drain(this.#steps, first);
    } catch (error) {
      const reason = reasonOf(error);
      const notice = { code: "queue-failed", message: `The queue cannot be read (${reason})` };
      this.#note({ kind: "failed", reason, isRefused: false, notice });
    }
    this.#flushes.wake(this.#queue);
    if (!this.hasWork) {
      this.#exit.forget(this);
      this.#whenEmpty?.();
    }
    this.#schedule();
  }

  #next(): Lease | undefined {
    const { clock, isRequestBound, requestTimeoutMs, batchSize, maxBatchBytes } = this.#settings;
    const nowMs = clock.now();
    if (!this.hasWork || this.#queue.isLeased(nowMs) || this.#dueMs(nowMs) > nowMs) return undefined;
    const untilMs = isRequestBound ? nowMs + requestTimeoutMs : Infinity;
    const limits = { batchSize, maxBatchBytes: Math.min(maxBatchBytes, this.#health.bodyLimit) };
    const lease = this.#queue.lease(limits, { nowMs, untilMs });
    if (lease !== undefined) this.#begunMs = nowMs;
    return lease;
  }

  /** Sends immediately what the hidden or closing page may still send, up to `maxBytes`. Returns how many events remain. */
  sendOnHide(maxBytes: number, isLeft: boolean): number {
    const nowMs = this.#settings.clock.now();
    const lease = this.#page.lease(this.#queue, this.#settings, { nowMs, maxBytes, isLeft });
    this.#urgent = this.#queue.pushed;
    if (lease !== undefined) {
      this.#begunMs = nowMs;
      void this.#drain(lease);
    }
    return this.#queue.size - this.#page.keepaliveLines;
  }

  /** Records the outcome of a request that carried events. */
  #note(outcome: Outcome, count = 0): void {
    const settings = this.#settings;
    if (outcome.kind === "accepted") {
      this.#delivered += count;
      this.#health.accept(settings, outcome.notice);
      this.#reportDropped();
    } else if (outcome.kind === "rejected") {
      this.#health.reject(outcome.reason, settings);
    } else if (this.#requests.endProbe()) {
      return;
    } else if (this.#queue.size > 0) { // an empty queue means that all events were given up meanwhile, which was reported then
      this.#health.fail(outcome, settings, { nowMs: settings.clock.now(), queued: this.#queue.size });
    }
    this.#flushes.wake(this.#queue);
    if (outcome.kind === "failed") this.#flushes.fail(outcome.reason);
    if (outcome.kind !== "accepted") callOnFailure(outcome.reason, settings);
  }

  /** Reports to the handler how many events were dropped, once the queue has room for an event about that. */
  #reportDropped(): void {
    const dropped = this.#settings.onDropped && this.hasRoom() ? this.#losses.takeDropped() : undefined;
    if (dropped !== undefined) this.#settings.onDropped?.(dropped);
  }

  /** Whether the queue would stay less than half full with `events` and `bytes` more. */
  hasRoom(events = 0, bytes = 0): boolean {
    const { queueSize, maxQueueBytes } = this.#settings;
    return (this.#queue.size + events) * 2 < queueSize && (this.#queue.bytes + bytes) * 2 < maxQueueBytes;
  }

  /** Counts events that the queue gave up, and notifies their flushes and acknowledgements. */
  #lose(loss: Loss): void {
    const { name, clock, onLost } = this.#settings;
    const said = loss.reason === "rejected" ? this.#health.lastError : undefined;
    this.#losses.add(loss, clock.now(), name);
    this.#flushes.lose(loss, said);
    if (loss.lines !== undefined && loss.reason !== keptReason) onLost?.(loss, said);
  }

  /** Delivers everything queued now, without waiting for the period. Returns when done or at the deadline. Never rejects. */
  async flush(timeoutMs: number, givesUp = false): Promise<FlushResult> {
    this.#wanted = this.#queue.pushed;
    this.#urgent = Math.max(this.#urgent, this.#wanted);
    if (!this.#queue.isLeased(this.#settings.clock.now())) this.#health.retryNow();
    const result = await this.#flushes.flush(this.#flushable, timeoutMs);
    if (givesUp && result.pending > 0) this.#requests.abort(); // the caller's deadline has passed; the request's deadline may be much later
    return result;
  }

  /** The number that the next line would get. */
  get next(): number {
    return this.#queue.pushed;
  }

  /** Sends the line with this number and waits until the server accepts it. Rejects with the reason if that fails. */
  acknowledge(number: number): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error("The handler is closed"));
    this.#queue.endTick();
    const acknowledged = this.#flushes.acknowledge(number, this.#queue);
    this.#urgent = this.#queue.pushed;
    if (this.#mayBegin) this.#schedule();
    else void this.#drain(); // here no work starts by itself: the caller awaits the promise within its request
    return acknowledged;
  }

  /** Waits until the queue has room, at most for the given time. Returns whether the queue has room. */
  async ready(timeoutMs: number): Promise<boolean> {
    await this.#flushes.waitForRoom(this.#flushable, timeoutMs, () => this.hasRoom() || this.#isClosed);
    return this.hasRoom();
  }

  /** Accepts no further lines, delivers for the given time, then gives up the rest. */
  retire(timeoutMs: number, whenEmpty: () => void): void {
    this.#isClosed = true;
    this.#queue.retire?.();
    const { clock, isRequestBound } = this.#settings;
    const deadline = isRequestBound ? undefined : unref(clock.setTimeout(() => this.abandon("retired"), timeoutMs));
    this.#whenEmpty = () => {
      if (deadline !== undefined) clock.clearTimeout(deadline);
      this.#whenEmpty = undefined;
      this.#queue.clear(keptReason); // releases what the queue holds besides lines, such as its folder
      whenEmpty();
    };
    if (this.hasWork) this.#schedule();
    else this.#whenEmpty();
  }

  /** Closes the delivery: aborts the running request and counts all queued lines as lost, with the reason. */
  close(reason = "closed"): void {
    this.#isClosed = true;
    this.abandon(reason);
  }

  /** Aborts the running request, which counts as failed, and starts no request for a while. */
  pauseRequests(): void {
    this.#requests.pause(this.#settings.clock.now());
  }

  /** Aborts the running request to see whether the process then exits. If it does not, the request is repeated. */
  probeRequest(): void {
    this.#requests.probe(this.#settings.clock.now());
  }

  /** Gives up all queued lines. */
  abandon(reason: string): void {
    const count = this.hasWork ? this.#queue.size : 0;
    this.#queue.clear(count > 0 ? reason : keptReason); // lines caused by the library's own requests do not count as lost
    this.#exit.forget(this);
    this.#requests.abort();
    this.#timer.clear();
    this.#whenEmpty?.();
    if (count === 0 || this.isDurable) return; // the next process delivers what is on disk
    reportGivenUp({ count, reason, handler: this.#settings.name, lastError: this.#health.lastError });
  }
}

/** Keeps the callers that wait for queued lines: flushes, acknowledgements, and callers that wait for room. */

import type { FlushResult } from "../handler_stats.ts";
import { type Clock, hasTimers, maxTimerMs, type Timer, unref } from "../runtime/clock.ts";
import { keptReason } from "./losses.ts";
import type { Loss, Queue } from "./queue.ts";

/** A flush, which waits for all lines before its target. */
interface FlushEntry {
  target: number;
  lost: number;
}

/** A caller that waits until one line is acknowledged. */
interface Acknowledgement {
  readonly number: number;
  readonly settle: (reason?: string) => void;
}

/** How a caller waits. */
export interface WaitSettings {
  readonly clock: Clock;
  /** Whether one request must not settle the promises of another. If so, callers poll, because nothing can wake them. */
  readonly isRequestBound: boolean;
}

/** What a waiting caller needs from a delivery. */
export interface Flushable {
  readonly queue: Queue;
  settings(): WaitSettings;
  /** Returns when the next request may begin. */
  dueMs(nowMs: number): number;
  /** Sends what is queued. */
  drain(): Promise<void>;
}

/** How often a flush polls while another drain holds a batch, and how often a caller that waits for room polls the queue. */
const watchMs = 20;
const roomMs = 1000;

interface Wait extends WaitSettings {
  readonly timeoutMs: number;
  /** Returns whether the wait is over. Called repeatedly. */
  readonly isOver: () => boolean;
  /** Returns how many milliseconds to wait before the next check, or work to await instead. */
  readonly next: (nowMs: number) => number | Promise<void>;
}

/** Keeps the waiting callers, and wakes them. */
export class PendingFlushes {
  readonly #flushes = new Set<FlushEntry>();
  readonly #acknowledgements = new Set<Acknowledgement>();
  readonly #wakes = new Set<() => void>();
  #drain: Promise<void> | undefined;

  /** Whether nobody waits for a delivery. */
  get isEmpty(): boolean {
    return this.#flushes.size + this.#acknowledgements.size === 0;
  }

  /** Delivers what is queued now and waits until it has left the queue. Returns at the deadline at the latest. */
  async flush({ queue, settings, dueMs, drain }: Flushable, timeoutMs: number): Promise<FlushResult> {
    const { clock, isRequestBound } = settings();
    const mine = { target: queue.pushed, lost: 0 };
    const before = queue.size - (queue.found ?? 0);
    const begunMs = clock.now();
    this.#flushes.add(mine);
    queue.endTick(); // this may drop lines for which the queue has no room
    mine.target = Math.min(mine.target, queue.pushed);
    const isOver = (): boolean => queue.countBefore(mine.target) === 0;
    const next = (nowMs: number): number | Promise<void> => {
      if (queue.isLeased(nowMs)) return Math.max(watchMs, this.#flushes.size); // each of many flushes polls less often
      const waitMs = dueMs(nowMs) - nowMs;
      return waitMs > 0 ? waitMs : isRequestBound ? drain() : this.#share(drain);
    };
    const isTooEarly = isRequestBound && !hasTimers(clock); // a Worker's module scope cannot send: a request does it later
    if (queue.isSearching) {
      await this.#until({
        timeoutMs,
        isOver: () => queue.isSearching !== true,
        next: () => watchMs,
        clock,
        isRequestBound,
      });
    }
    const count = before + (queue.found ?? 0); // some lines may have been delivered during the search
    const leftMs = timeoutMs - Math.max(0, clock.now() - begunMs);
    if (!isTooEarly) await this.#until({ timeoutMs: leftMs, isOver, next, clock, isRequestBound });
    this.#flushes.delete(mine);
    const pending = queue.countBefore(mine.target);
    return { delivered: count - pending - mine.lost, pending, lost: mine.lost };
  }

  /** Starts one drain for all flushes that ask while it runs. Its end wakes all of them. */
  #share(drain: () => Promise<void>): Promise<void> {
    return (this.#drain ??= drain().finally(() => this.#drain = undefined));
  }

  /** Waits until `hasRoom` returns true, and meanwhile sends what is due. */
  async waitForRoom({ queue, settings, dueMs, drain }: Flushable, timeoutMs: number, hasRoom: () => boolean): Promise<void> {
    const next = (nowMs: number): number => {
      if (!queue.isLeased(nowMs) && dueMs(nowMs) <= nowMs) void drain();
      return roomMs;
    };
    const { clock, isRequestBound } = settings();
    await this.#until({ timeoutMs, isOver: hasRoom, next, clock, isRequestBound });
  }

  /** Waits until the line with this number is settled. Rejects if it is lost or its delivery fails. */
  acknowledge(number: number, queue: Queue): Promise<void> {
    if (!isQueued(queue, number)) return Promise.reject(new Error("The event is lost: overflow"));
    return new Promise((resolve, reject) => {
      this.#acknowledgements.add({ number, settle: (reason) => (reason === undefined ? resolve() : reject(new Error(reason))) });
    });
  }

  /** Wakes everyone, and settles each acknowledgement whose line has left the queue. */
  wake(queue: Queue): void {
    for (const wake of this.#wakes) wake();
    for (const one of this.#acknowledgements) if (!isQueued(queue, one.number)) this.#settle(one);
  }

  /** Records lost lines: flushes count theirs, and their acknowledgements reject. */
  lose({ count, reason, first }: Loss, said: string = reason): void {
    const isKept = reason === keptReason;
    for (const flush of this.#flushes) if (!isKept) flush.lost += Math.min(count, Math.max(0, flush.target - first));
    for (const one of this.#acknowledgements) {
      if (one.number >= first && one.number < first + count) this.#settle(one, `The event is lost: ${said}`);
    }
    if (this.#flushes.size > 0) { for (const wake of this.#wakes) wake(); }
  }

  /** Rejects all acknowledgements after a failed request. Its events stay queued and are sent again. */
  fail(reason: string): void {
    for (const one of this.#acknowledgements) this.#settle(one, `The event is not acknowledged yet, and is tried again: ${reason}`);
  }

  #settle(one: Acknowledgement, reason?: string): void {
    this.#acknowledgements.delete(one);
    one.settle(reason);
  }

  /** Waits until `isOver` returns true, at most for `timeoutMs`, even if the clock is changed meanwhile. */
  async #until({ timeoutMs, isOver, next, ...settings }: Wait): Promise<void> {
    if (timeoutMs <= 0 || isOver()) return;
    const { clock } = settings;
    const endMs = clock.now() + timeoutMs;
    let isLate = false;
    let endWait = (): void => {};
    const end = (): void => {
      isLate = true;
      endWait();
    };
    const timer = timeoutMs > maxTimerMs ? undefined : unref(clock.setTimeout(end, timeoutMs));
    for (let nowMs = clock.now(); !isLate && nowMs < endMs && !isOver(); nowMs = clock.now()) {
      const leftMs = Math.min(timeoutMs, endMs - nowMs); // a clock that was set back must not extend the wait
      const given = next(nowMs);
      const waiting = new Promise<void>((resolve) => endWait = resolve);
      if (typeof given === "number") await this.#wait(Math.min(leftMs, given), settings, waiting);
      else await this.#wait(leftMs, settings, Promise.race([given, waiting]));
    }
    if (timer !== undefined) clock.clearTimeout(timer);
  }

  /** Waits until `ms` have passed, the work is done, or a wake-up arrives. The timer keeps the process alive. */
  async #wait(ms: number, { clock, isRequestBound }: WaitSettings, work?: Promise<void>): Promise<void> {
    let wake = (): void => {};
    let timer: Timer | undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
      timer = clock.setTimeout(resolve, Math.min(maxTimerMs, Math.max(0, ms)));
    });
    if (!isRequestBound) this.#wakes.add(wake);
    try {
      await (work === undefined ? woken : Promise.race([work, woken]));
    } finally {
      this.#wakes.delete(wake);
      clock.clearTimeout(timer!);
    }
  }
}

function isQueued(queue: Queue, number: number): boolean {
  return queue.countBefore(number + 1) > queue.countBefore(number);
}

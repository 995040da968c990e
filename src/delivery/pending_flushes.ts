/** Whoever waits for lines of a queue: flushes, acknowledgements, and callers that wait for room. */

import type { FlushResult } from "../handler_stats.ts";
import { type Clock, hasTimers, type Timer, unref } from "../runtime/clock.ts";
import { keptReason } from "./losses.ts";
import type { Loss, Queue } from "./queue.ts";

/** The longest time that timers take; beyond it they fire at once. A longer wait is as long as it takes. */
const maxTimerMs = 2 ** 31 - 1;

/** A flush: it waits for the lines before its target. */
interface FlushEntry {
  target: number;
  lost: number;
}

/** A caller that waits for one line. */
interface Acknowledgement {
  readonly number: number;
  readonly settle: (reason?: string) => void;
}

/** By what a caller waits. */
export interface WaitSettings {
  readonly clock: Clock;
  /** Whether no promise may be settled from another request: there a wake does not reach the caller. */
  readonly isRequestBound: boolean;
}

/** A delivery, as those who wait for it see it. */
export interface Flushable {
  readonly queue: Queue;
  settings(): WaitSettings;
  /** When the next request may begin. */
  dueMs(nowMs: number): number;
  /** Sends what is queued. */
  drain(): Promise<void>;
}

/** How often a flush looks again at a batch that another drain holds, and a caller that waits for room at the queue. */
const watchMs = 20;
const roomMs = 1000;

/** What a caller waits for. */
interface Wait extends WaitSettings {
  readonly timeoutMs: number;
  /** Whether the wait is over; asked again and again. */
  readonly isOver: () => boolean;
  /** Returns what to wait for until that is asked again: milliseconds, or some work. */
  readonly next: (nowMs: number) => number | Promise<void>;
}

/** Keeps those who wait, and wakes them. */
export class PendingFlushes {
  /** The flushes that wait. */
  readonly #flushes = new Set<FlushEntry>();
  readonly #acknowledgements = new Set<Acknowledgement>();
  readonly #wakes = new Set<() => void>();

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.#flushes.size + this.#acknowledgements.size === 0;
  }

  /** Waits until what is queued now has left the queue, which is tried at once; returns at the deadline at the latest. */
  async flush({ queue, settings, dueMs, drain }: Flushable, timeoutMs: number): Promise<FlushResult> {
    const { clock, isRequestBound } = settings();
    const mine = { target: queue.pushed, lost: 0 };
    const before = queue.size - (queue.found ?? 0);
    const begunMs = clock.now();
    this.#flushes.add(mine);
    queue.endTick(); // which may find no room for some
    mine.target = Math.min(mine.target, queue.pushed);
    const isOver = (): boolean => queue.countBefore(mine.target) === 0;
    const next = (nowMs: number): number | Promise<void> => {
      if (queue.isLeased(nowMs)) return watchMs;
      const waitMs = dueMs(nowMs) - nowMs;
      return waitMs <= 0 ? drain() : waitMs;
    };
    const isTooEarly = isRequestBound && !hasTimers(clock); // a Worker's module scope: the events go with a request's
    if (queue.isSearching) {
      await this.#until({
        timeoutMs,
        isOver: () => queue.isSearching !== true,
        next: () => watchMs,
        clock,
        isRequestBound,
      });
    }
    const count = before + (queue.found ?? 0); // some may have been delivered while the queue was searching
    const leftMs = timeoutMs - Math.max(0, clock.now() - begunMs);
    if (!isTooEarly) await this.#until({ timeoutMs: leftMs, isOver, next, clock, isRequestBound });
    this.#flushes.delete(mine);
    const pending = queue.countBefore(mine.target);
    return { delivered: count - pending - mine.lost, pending, lost: mine.lost };
  }

  /** Waits until `hasRoom` holds; what is due is sent meanwhile. */
  async waitForRoom({ queue, settings, dueMs, drain }: Flushable, timeoutMs: number, hasRoom: () => boolean): Promise<void> {
    const next = (nowMs: number): number => {
      if (!queue.isLeased(nowMs) && dueMs(nowMs) <= nowMs) void drain();
      return roomMs;
    };
    const { clock, isRequestBound } = settings();
    await this.#until({ timeoutMs, isOver: hasRoom, next, clock, isRequestBound });
  }

  /** Waits until the line of that number is settled. Rejects if it is lost, or a delivery of it fails. */
  acknowledge(number: number, queue: Queue): Promise<void> {
    if (!isQueued(queue, number)) return Promise.reject(new Error("The event is lost: overflow"));
    return new Promise((resolve, reject) => {
      this.#acknowledgements.add({ number, settle: (reason) => (reason === undefined ? resolve() : reject(new Error(reason))) });
    });
  }

  /** Lets all look again; an acknowledgement is settled whose line has left the queue. */
  wake(queue: Queue): void {
    for (const wake of this.#wakes) wake();
    for (const one of this.#acknowledgements) if (!isQueued(queue, one.number)) this.#settle(one);
  }

  /** Notes lost lines: flushes count theirs, and acknowledgements of them reject. */
  lose({ count, reason, first }: Loss, said: string = reason): void {
    const isKept = reason === keptReason;
    for (const flush of this.#flushes) if (!isKept) flush.lost += Math.min(count, Math.max(0, flush.target - first));
    for (const one of this.#acknowledgements) {
      if (one.number >= first && one.number < first + count) this.#settle(one, `The event is lost: ${said}`);
    }
    if (this.#flushes.size > 0) { for (const wake of this.#wakes) wake(); }
  }

  /** Notes that a request failed; its events are kept and tried again. */
  fail(reason: string): void {
    for (const one of this.#acknowledgements) this.#settle(one, `The event is not acknowledged yet, and is tried again: ${reason}`);
  }

  #settle(one: Acknowledgement, reason?: string): void {
    this.#acknowledgements.delete(one);
    one.settle(reason);
  }

  /** Waits until something is over, at most for the time, whatever the clock is set to meanwhile. */
  async #until({ timeoutMs, isOver, next, ...settings }: Wait): Promise<void> {
    if (timeoutMs <= 0 || isOver()) return;
    const { clock } = settings;
    const endMs = clock.now() + timeoutMs;
    let isLate = false;
    const end = (): void => {
      isLate = true;
      for (const wake of this.#wakes) wake();
    };
    const timer = timeoutMs > maxTimerMs ? undefined : unref(clock.setTimeout(end, timeoutMs));
    for (let nowMs = clock.now(); !isLate && nowMs < endMs && !isOver(); nowMs = clock.now()) {
      const leftMs = Math.min(timeoutMs, endMs - nowMs); // a clock that is set back makes no time longer
      const given = next(nowMs);
      if (typeof given === "number") await this.#wait(Math.min(leftMs, given), settings);
      else await this.#wait(leftMs, settings, given);
    }
    if (timer !== undefined) clock.clearTimeout(timer);
  }

  /** Waits for the time, or less if the work is done or a wake reaches the caller. The timer holds the process. */
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

/** Whoever waits for lines of a queue: flushes, acknowledgements, and callers that wait for room. */

import { type Clock, type Timer, unref } from "../runtime/clock.ts";
import { keptReason } from "./losses.ts";
import type { Loss } from "./queue.ts";

/** A flush: it waits for the lines before its target. */
export interface FlushEntry {
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

/** What a caller waits for. */
export interface Wait extends WaitSettings {
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

  /** Adds a flush that waits for the lines before `target`. */
  add(target: number): FlushEntry {
    const flush = { target, lost: 0 };
    this.#flushes.add(flush);
    return flush;
  }

  delete(flush: FlushEntry): void {
    this.#flushes.delete(flush);
  }

  /** Waits until the line of that number is settled. Rejects if it is lost, or a delivery of it fails. */
  acknowledge(number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#acknowledgements.add({ number, settle: (reason) => (reason === undefined ? resolve() : reject(new Error(reason))) });
    });
  }

  /** Lets all look again; an acknowledgement is settled whose line has left the queue. */
  wake(isQueued: (number: number) => boolean): void {
    for (const wake of this.#wakes) wake();
    for (const one of this.#acknowledgements) if (!isQueued(one.number)) this.#settle(one);
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
  async until({ timeoutMs, isOver, next, ...settings }: Wait): Promise<void> {
    if (timeoutMs <= 0 || isOver()) return;
    const { clock } = settings;
    const endMs = clock.now() + timeoutMs;
    let isLate = false;
    const timer = unref(clock.setTimeout(() => {
      isLate = true;
      for (const wake of this.#wakes) wake();
    }, timeoutMs));
    for (let nowMs = clock.now(); !isLate && nowMs < endMs && !isOver(); nowMs = clock.now()) {
      const leftMs = Math.min(timeoutMs, endMs - nowMs); // a clock that is set back makes no time longer
      const given = next(nowMs);
      if (typeof given === "number") await this.#wait(Math.min(leftMs, given), settings);
      else await this.#wait(leftMs, settings, given);
    }
    clock.clearTimeout(timer);
  }

  /** Waits for the time, or less if the work is done or a wake reaches the caller. The timer holds the process. */
  async #wait(ms: number, { clock, isRequestBound }: WaitSettings, work?: Promise<void>): Promise<void> {
    let wake = (): void => {};
    let timer: Timer | undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
      timer = clock.setTimeout(resolve, Math.max(0, ms));
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

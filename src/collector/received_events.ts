/** Decides how many received events and requests are kept, and when a waiting caller has enough of them. */

import { maxTimerMs } from "../runtime/clock.ts";

/** The options of a wait. */
export interface UntilOptions {
  /** How many items must match a predicate. Default 1. */
  readonly count?: number | undefined;
  /** The time-out in milliseconds; `Infinity` means none. Default 5000. */
  readonly timeoutMs?: number | undefined;
}

/** The limits of a journal: the number of items, and the bytes in which they arrived. */
export interface JournalLimits {
  readonly items: number;
  readonly bytes: number;
}

/** A bounded list of received items. It drops the oldest items, and notifies waiting callers of new items. */
export class Journal<T> {
  /** The items kept, oldest first; always the same array. */
  readonly items: T[] = [];
  /** How many items arrived since the start or the last `clear`, including dropped ones. */
  total = 0;
  /** How often `clear` was called. */
  clears = 0;
  readonly #noun: string;
  readonly #limits: JournalLimits;
  /** The bytes of each item, and of all items. */
  readonly #sizes: number[] = [];
  #bytes = 0;
  readonly #watchers = new Set<(batch: readonly T[]) => void>();

  constructor(noun: string, limits: JournalLimits) {
    this.#noun = noun;
    this.#limits = limits;
  }

  /** Adds items that arrived in the given number of bytes. */
  add(batch: readonly T[], bytes: number): void {
    for (const item of batch) { // spreading a large batch would overflow the stack
      this.items.push(item);
      this.#sizes.push(bytes / batch.length);
    }
    this.#bytes += batch.length > 0 ? bytes : 0;
    this.total += batch.length;
    let gone = 0;
    for (; this.items.length - gone > this.#limits.items || (this.#bytes > this.#limits.bytes && gone < this.items.length); gone++) {
      this.#bytes -= this.#sizes[gone]!;
    }
    this.items.splice(0, gone);
    this.#sizes.splice(0, gone);
    this.#notify(batch);
  }

  clear(): void {
    this.items.length = this.#sizes.length = this.#bytes = 0;
    this.total = 0;
    this.clears++;
    this.#notify([]);
  }

  /** Resolves when an item is added, on `clear`, after the time-out or when the signal is aborted; at once if it is aborted already. */
  change(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#watchers.delete(settle);
        signal.removeEventListener("abort", settle);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(settle, timeoutMs);
      this.#watchers.add(settle);
      signal.addEventListener("abort", settle);
      if (signal.aborted) settle();
    });
  }

  #notify(batch: readonly T[]): void {
    for (const watch of [...this.#watchers]) watch(batch);
  }

  /**
   * Resolves with all items kept once enough items have arrived, or with the matching items. Rejects at the time-out with a description of
   * the state.
   */
  until(wanted: number | ((item: T) => boolean), options: UntilOptions, describe: () => string): Promise<T[]> {
    const { count = 1, timeoutMs = 5000 } = options;
    const goal = `${typeof wanted === "number" ? wanted : `${count} matching`} ${this.#noun} within ${timeoutMs} ms`;
    const matches: T[] = [];
    return new Promise<T[]>((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#watchers.delete(watch);
        clearTimeout(timer);
        act();
      };
      const watch = (batch: readonly T[]) => {
        try {
          if (typeof wanted === "number") {
            if (this.total >= wanted) settle(() => resolve(this.items.slice()));
            return;
          }
          for (const item of batch) if (wanted(item)) matches.push(item);
          if (matches.length >= count) settle(() => resolve(matches));
        } catch (error) {
          settle(() => reject(error)); // the predicate's error must not fail the request that brought the event
        }
      };
      const giveUp = (): void => settle(() => reject(new Error(`Cannot collect ${goal}: ${describe()}`)));
      const timer = setTimeout(giveUp, Math.min(timeoutMs, maxTimerMs));
      this.#watchers.add(watch);
      watch(this.items);
    });
  }
}

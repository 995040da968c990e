/** What has come so far, bounded, and those who wait for more of it. */

/** How long to wait, and for how much. */
export interface UntilOptions {
  /** How many must match before the wait is over; only with a predicate. Default 1. */
  readonly count?: number | undefined;
  /** When to give up, in milliseconds. Default 5000. */
  readonly timeoutMs?: number | undefined;
}

/** How much a journal keeps: of items, and of bytes that they came in. */
export interface JournalLimits {
  readonly items: number;
  readonly bytes: number;
}

/** A list of what has come, that forgets the oldest beyond its limits and tells waiters of the new. */
export class Journal<T> {
  /** What is kept, oldest first; the same array for ever. */
  readonly items: T[] = [];
  /** How many have come since the start or the last `clear`, forgotten ones included. */
  total = 0;
  /** How often all was forgotten by `clear`. */
  clears = 0;
  readonly #noun: string;
  readonly #limits: JournalLimits;
  /** How many bytes each of the items counts, and all of them. */
  readonly #sizes: number[] = [];
  #bytes = 0;
  readonly #watchers = new Set<(batch: readonly T[]) => void>();

  constructor(noun: string, limits: JournalLimits) {
    this.#noun = noun;
    this.#limits = limits;
  }

  /** Adds what has come in so many bytes. */
  add(batch: readonly T[], bytes: number): void {
    for (const item of batch) { // not spread: a large batch would overflow the stack
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

  /** Resolves when something is added, all is forgotten, the time is over or the signal is aborted; at once if it is already. */
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

  /** Resolves when so many have come (with all that is kept), or when enough match (with those); at the time-out rejects and says how things stand. */
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
          settle(() => reject(error)); // the predicate's, which must not fail the request that brought the event
        }
      };
      const timer = setTimeout(() => settle(() => reject(new Error(`Cannot collect ${goal}: ${describe()}`))), timeoutMs);
      this.#watchers.add(watch);
      watch(this.items);
    });
  }
}

/** Declares what a handler reports: its counts, and the results of a flush and of a check. */

/** What happened to the events that were queued when flush was called. */
export interface FlushResult {
  /** Events that Seq has acknowledged. */
  readonly delivered: number;
  /** Events that are still queued. */
  readonly pending: number;
  /** Events that were given up. */
  readonly lost: number;
}

/** How long a flush may take. */
export interface FlushOptions {
  /** Time-out in milliseconds, after which the flush returns its counts so far; `Infinity` means none. Default: 10 000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether a request still running at the deadline is aborted, because the process is about to be frozen. Its events stay queued.
   * Default: false.
   */
  readonly givesUp?: boolean | undefined;
}

/** State and counts of a handler. */
export interface HandlerStats {
  /** `"ok"`; `"retrying"` while Seq cannot be reached; `"refused"` while it refuses the API key; `"closed"`. */
  readonly state: "ok" | "retrying" | "refused" | "closed";
  /** Events in the queue. */
  readonly queued: number;
  /** Bytes in the queue. */
  readonly queuedBytes: number;
  /** Events that Seq has acknowledged. */
  readonly delivered: number;
  /** Number of requests that failed and were repeated. */
  readonly retries: number;
  /** Events that were given up, by reason, such as `overflow`, `rejected` or `exit`. */
  readonly lost: Readonly<Record<string, number>>;
  /** Message of the last failure. */
  readonly lastError?: string | undefined;
  /** Queue folders of other processes that this process has not taken over, because their owners may be alive. */
  readonly waiting?: { readonly folders: number; readonly bytes: number };
}

/** Result of checking a handler. */
export interface CheckResult {
  /** Whether events can be delivered. */
  readonly ok: boolean;
  /** The result as a sentence for people. */
  readonly message: string;
  /** The server's version, if it is known. */
  readonly version?: string;
}

/** Returns the sum of several flush results, ignoring missing ones. */
export function sumOfFlushes(results: Iterable<FlushResult | undefined>): FlushResult {
  const total = { delivered: 0, pending: 0, lost: 0 };
  for (const result of results) {
    for (const name of ["delivered", "pending", "lost"] as const) total[name] += result?.[name] ?? 0;
  }
  return total;
}

/** What a handler says of itself: its numbers, the result of a flush, and of a check. */

/** What became of the events that were queued when flush was called. */
export interface FlushResult {
  /** Events that Seq has acknowledged. */
  readonly delivered: number;
  /** Events that are still queued. */
  readonly pending: number;
  /** Events that were given up, and counted. */
  readonly lost: number;
}

/** How long a flush may take. */
export interface FlushOptions {
  /** Milliseconds; at their end the flush returns what it has. Default: 10 000. */
  readonly timeoutMs?: number | undefined;
  /** Whether a request that is still under way at the deadline is given up, its events kept: for a process that is frozen then. Default: false. */
  readonly givesUp?: boolean | undefined;
}

/** How a handler is doing. */
export interface HandlerStats {
  /** `"ok"`; `"retrying"` while Seq cannot be reached; `"refused"` while it refuses the key; `"closed"`. */
  readonly state: "ok" | "retrying" | "refused" | "closed";
  /** Events in the queue. */
  readonly queued: number;
  /** Bytes in the queue. */
  readonly queuedBytes: number;
  /** Events that Seq has acknowledged. */
  readonly delivered: number;
  /** Requests that failed and are tried again. */
  readonly retries: number;
  /** Events that were given up, by reason: `overflow`, `rejected`, `closed`, `exit`. */
  readonly lost: Readonly<Record<string, number>>;
  /** What the last failure said. */
  readonly lastError?: string | undefined;
  /** What other processes have left on disk, and is not taken over yet, for they may live. */
  readonly waiting?: { readonly folders: number; readonly bytes: number };
}

/** What a check of a handler found. */
export interface CheckResult {
  /** Whether events can be delivered. */
  readonly ok: boolean;
  /** What was found, for people. */
  readonly message: string;
  /** The version of the server, where it tells it. */
  readonly version?: string;
}

/** Returns the sum of the results of several flushes; a handler without a result adds nothing. */
export function sumOfFlushes(results: Iterable<FlushResult | undefined>): FlushResult {
  const total = { delivered: 0, pending: 0, lost: 0 };
  for (const result of results) {
    for (const name of ["delivered", "pending", "lost"] as const) total[name] += result?.[name] ?? 0;
  }
  return total;
}

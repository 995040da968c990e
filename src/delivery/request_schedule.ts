/** Decides when the next request may begin, with pure functions. */

/** Shortest and longest wait between failed attempts, in milliseconds. */
export interface BackoffBounds {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

export interface Schedule {
  readonly nowMs: number;
  /** When the last request began; -Infinity before the first. */
  readonly begunMs: number;
  /** Shortest time between two requests, unless a batch is full. */
  readonly periodMs: number;
  /** When a failed request may be repeated; absent while requests succeed. */
  readonly retryMs?: number | undefined;
  /** Whether lines must not wait for the period: a full batch, a flush, or a runtime where work is bound to a request. */
  readonly isUrgent: boolean;
}

/** Returns when the next request may begin, in milliseconds since 1970: now or later. */
export function nextRequestMs({ nowMs, begunMs, periodMs, retryMs, isUrgent }: Schedule): number {
  if (retryMs !== undefined) return retryMs;
  if (isUrgent || begunMs > nowMs) return nowMs; // no request waits because the clock was set back
  return begunMs + periodMs;
}

export interface Backoff extends BackoffBounds {
  /** Number of failed requests in a row, at least 1. */
  readonly failures: number;
  /** Random number from 0 to 1. */
  readonly random: number;
  /** Wait that the server asked for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Longest wait that a server may impose, unless `maxBackoffMs` is longer. */
const maxRetryAfterMs = 600_000;

/**
 * Returns how long to wait before the next attempt, in milliseconds: exponential, with full jitter, so that many processes do not retry at
 * the same moment. The jitter is added to Retry-After, because the server may have sent the same value to many clients.
 */
export function backoffMs({ failures, minBackoffMs, maxBackoffMs, random, retryAfterMs = 0 }: Backoff): number {
  const leastMs = Math.max(minBackoffMs, Math.min(retryAfterMs, Math.max(maxBackoffMs, maxRetryAfterMs)));
  const ceilingMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(failures, 30));
  return leastMs + random * Math.max(0, ceilingMs - minBackoffMs);
}

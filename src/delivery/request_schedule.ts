/** When the next request may begin: decided purely, from numbers that are handed in. */

/** The bounds of a wait between failures, in milliseconds. */
export interface BackoffBounds {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** What decides when the next request may begin. */
export interface Schedule {
  readonly nowMs: number;
  /** When the last request began; -Infinity before the first. */
  readonly begunMs: number;
  /** The least time between two requests that are not full. */
  readonly periodMs: number;
  /** When a failure may be tried again; absent while requests succeed. */
  readonly retryMs?: number | undefined;
  /** Whether lines wait that must not wait for the period: a full batch, a flush, or a runtime that binds work to its request. */
  readonly isUrgent: boolean;
}

/** Returns when the next request may begin, in milliseconds since 1970; it is due where that is not later than `nowMs`. */
export function nextRequestMs({ nowMs, begunMs, periodMs, retryMs, isUrgent }: Schedule): number {
  if (retryMs !== undefined) return retryMs;
  if (isUrgent || begunMs > nowMs) return nowMs; // a clock that was set back makes nothing wait
  return begunMs + periodMs;
}

/** What decides about a wait after failures. */
export interface Backoff extends BackoffBounds {
  /** Requests that have failed in a row, 1 or more. */
  readonly failures: number;
  /** Chance, from 0 up to 1. */
  readonly random: number;
  /** What the server asked for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** The longest wait that a server may ask for, where the caller's own longest wait is not longer. */
const maxRetryAfterMs = 600_000;

/**
 * Returns how long to wait before the next attempt, in milliseconds: exponential with full jitter between the bounds, so that many processes do not come
 * back at once. The jitter comes on top of what the server asked for, because the server has asked many for the same moment.
 */
export function backoffMs({ failures, minBackoffMs, maxBackoffMs, random, retryAfterMs = 0 }: Backoff): number {
  const leastMs = Math.max(minBackoffMs, Math.min(retryAfterMs, Math.max(maxBackoffMs, maxRetryAfterMs)));
  const ceilingMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(failures, 30));
  return leastMs + random * Math.max(0, ceilingMs - minBackoffMs);
}

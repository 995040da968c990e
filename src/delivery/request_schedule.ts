/** How long to wait after failures: decided purely, from numbers that are handed in. */

/** The bounds of a wait. */
export interface BackoffBounds {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

/**
 * How long to wait before the next attempt: exponential with full jitter between the bounds, so that many processes do not come back at once.
 *
 * @param failures Attempts that have failed in a row, 1 or more.
 * @param bounds The least and the longest wait, in milliseconds.
 * @param random A number from 0 up to 1.
 * @param retryAfterMs What the server asked for, up to the longest wait or 10 minutes, whichever is more: the jitter comes on top of it, for the server has
 * asked many for the same moment.
 */
export function backoffMs(
  failures: number,
  { minBackoffMs, maxBackoffMs }: BackoffBounds,
  random: number,
  retryAfterMs: number = 0,
): number {
  const leastMs = Math.max(minBackoffMs, Math.min(retryAfterMs, Math.max(maxBackoffMs, 600_000)));
  const ceilingMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(failures, 30));
  return leastMs + random * Math.max(0, ceilingMs - minBackoffMs);
}

/** Reads a Retry-After header (RFC 9110 §10.2.3), seconds or a date, as milliseconds from now; `undefined` where it is neither. */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = /[a-z]{3}/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

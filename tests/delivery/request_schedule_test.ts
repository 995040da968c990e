import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { rounds } from "../support/effort.ts";
import { type Backoff, backoffMs, nextRequestMs } from "../../src/delivery/request_schedule.ts";

const bounds = { minBackoffMs: 500, maxBackoffMs: 60_000 };
const backoff = (failures: number, random: number, more: Partial<Backoff> = {}): number =>
  backoffMs({ ...bounds, failures, random, ...more });
const almostOne = 1 - Number.EPSILON;

test("backoffMs() never waits less than the least wait, however the dice fall", () => {
  for (const failures of [1, 2, 5, 10, 100, 1e9]) assert.equal(backoff(failures, 0), 500);
});

test("backoffMs() doubles its longest wait with each failure, up to the bound", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 50, 5000].map((failures) => Math.round(backoff(failures, almostOne)));
  assert.deepEqual(longest, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

test("backoffMs() spreads evenly between the bounds", () => {
  assert.deepEqual([0, 0.25, 0.5, 0.75].map((random) => backoff(1, random)), [500, 625, 750, 875]);
});

test("backoffMs() waits at least as long as Retry-After says, and spreads behind it as without it", () => {
  assert.deepEqual([0, 0.25, 0.5, 0.75].map((random) => backoff(1, random, { retryAfterMs: 7000 })), [7000, 7125, 7250, 7375]);
  assert.equal(backoff(9, 0, { retryAfterMs: 1000 }), 1000);
  assert.equal(Math.round(backoff(9, almostOne, { retryAfterMs: 1000 })), 60_500);
});

test("backoffMs() keeps a Retry-After between the least wait and ten minutes, or the longest wait where that is more", () => {
  assert.equal(backoff(1, 0, { retryAfterMs: 0 }), 500);
  assert.equal(backoff(1, 0, { retryAfterMs: 86_400_000 }), 600_000);
  assert.equal(backoff(1, 0, { retryAfterMs: Infinity }), 600_000);
  assert.equal(backoff(1, 0, { minBackoffMs: 500, maxBackoffMs: 3_600_000, retryAfterMs: 86_400_000 }), 3_600_000);
});

test("backoffMs() with bounds that are equal, or the wrong way round, waits the least", () => {
  assert.equal(backoff(5, 0.9, { minBackoffMs: 1000, maxBackoffMs: 1000 }), 1000);
  assert.equal(backoff(5, 0.9, { minBackoffMs: 1000, maxBackoffMs: 10 }), 1000);
});

test("backoffMs() gives a finite wait within its bounds for any numbers", () => {
  const positive = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(positive, positive, positive, fc.double({ min: 0, max: almostOne, noNaN: true }), (failures, a, b, random) => {
      const [minBackoffMs, maxBackoffMs] = [Math.min(a, b), Math.max(a, b)];
      const ms = backoff(failures, random, { minBackoffMs, maxBackoffMs });
      assert.ok(ms >= minBackoffMs && ms <= maxBackoffMs, `${ms}`);
    }),
    { numRuns: rounds(2000, 20) },
  );
});

test("nextRequestMs() lets a request begin a period after the last one, at once where it is urgent, and after a failure when that is due", () => {
  const base = { nowMs: 10_000, begunMs: 9000, periodMs: 2000, isUrgent: false };
  assert.equal(nextRequestMs(base), 11_000);
  assert.equal(nextRequestMs({ ...base, begunMs: -Infinity }), -Infinity, "the first is due");
  assert.equal(nextRequestMs({ ...base, isUrgent: true }), 10_000);
  assert.equal(nextRequestMs({ ...base, retryMs: 12_345 }), 12_345);
  assert.equal(
    nextRequestMs({ ...base, isUrgent: true, retryMs: 12_345 }),
    12_345,
    "a full batch does not cut short the wait after a failure",
  );
  assert.equal(nextRequestMs({ ...base, begunMs: 99_000 }), 10_000, "a clock that was set back");
});

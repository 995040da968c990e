import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, readRetryAfter } from "../../src/delivery/request_schedule.ts";

const bounds = { minBackoffMs: 500, maxBackoffMs: 60_000 };
const almostOne = 1 - Number.EPSILON;

test("backoffMs() never waits less than the least wait, however the dice fall", () => {
  for (const failures of [1, 2, 5, 10, 100, 1e9]) assert.equal(backoffMs(failures, bounds, 0), 500);
});

test("backoffMs() doubles its longest wait with each failure, up to the bound", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 50, 5000].map((failures) => Math.round(backoffMs(failures, bounds, almostOne)));
  assert.deepEqual(longest, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

test("backoffMs() spreads evenly between the bounds", () => {
  assert.deepEqual([0, 0.25, 0.5, 0.75].map((random) => backoffMs(1, bounds, random)), [500, 625, 750, 875]);
});

test("backoffMs() waits at least as long as Retry-After says, and spreads behind it as without it", () => {
  assert.deepEqual([0, 0.25, 0.5, 0.75].map((random) => backoffMs(1, bounds, random, 7000)), [7000, 7125, 7250, 7375]);
  assert.equal(backoffMs(9, bounds, 0, 1000), 1000);
  assert.equal(Math.round(backoffMs(9, bounds, almostOne, 1000)), 60_500);
});

test("backoffMs() keeps a Retry-After between the least wait and ten minutes, or the longest wait where that is more", () => {
  assert.equal(backoffMs(1, bounds, 0, 0), 500);
  assert.equal(backoffMs(1, bounds, 0, 86_400_000), 600_000);
  assert.equal(backoffMs(1, bounds, 0, Infinity), 600_000);
  assert.equal(backoffMs(1, { minBackoffMs: 500, maxBackoffMs: 3_600_000 }, 0, 86_400_000), 3_600_000);
});

test("backoffMs() with bounds that are equal, or the wrong way round, waits the least", () => {
  assert.equal(backoffMs(5, { minBackoffMs: 1000, maxBackoffMs: 1000 }, 0.9), 1000);
  assert.equal(backoffMs(5, { minBackoffMs: 1000, maxBackoffMs: 10 }, 0.9), 1000);
});

test("backoffMs() gives a finite wait within its bounds for any numbers", () => {
  const positive = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(positive, positive, positive, fc.double({ min: 0, max: almostOne, noNaN: true }), (failures, a, b, random) => {
      const [minBackoffMs, maxBackoffMs] = [Math.min(a, b), Math.max(a, b)];
      const ms = backoffMs(failures, { minBackoffMs, maxBackoffMs }, random);
      assert.ok(ms >= minBackoffMs && ms <= maxBackoffMs, `${ms}`);
    }),
    { numRuns: 2000 },
  );
});

test("readRetryAfter() reads seconds, a date, and neither", () => {
  const now = Date.UTC(2026, 2, 1, 12);
  const cases: [header: string | null, ms: number | undefined][] = [
    [null, undefined],
    ["0", 0],
    ["7", 7000],
    [" 120 ", 120_000],
    ["Sun, 01 Mar 2026 12:00:30 GMT", 30_000],
    ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["+5", undefined],
    ["0x10", undefined],
    ["1e3", undefined],
    ["12, 13", undefined],
    ["12s", undefined],
    ["Sun, 99 Foo 2026 12:00:30 GMT", undefined],
    ["9".repeat(400), Infinity],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", Date.UTC(9999, 11, 31, 23, 59, 59) - now],
  ];
  for (const [header, ms] of cases) assert.equal(readRetryAfter(header, now), ms, JSON.stringify(header));
});

/** The order of events, and the durations of spans. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventClock, type EventTime, SpanClock, tick } from "../../src/event/event_clock.ts";

const unitsOf = ({ timestampMs, ticks }: EventTime, fromMs: number): number => (timestampMs - fromMs) * 10_000 + ticks;

test("tick() never gives a time twice, and follows a clock that is set back by more than a second", (t) => {
  let now = Date.now() + 10_000;
  t.mock.method(Date, "now", () => now);
  const seen: string[] = [];
  for (let i = 0; i < 20_001; i++) {
    tick();
    seen.push(`${eventClock.timestampMs}.${String(eventClock.ticks).padStart(4, "0")}`);
  }
  assert.equal(new Set(seen).size, seen.length);
  assert.deepEqual(seen.toSorted(), seen);
  now -= 5000;
  tick();
  assert.deepEqual({ ...eventClock }, { timestampMs: now, ticks: 0 });
});

test("SpanClock gives times in the order of the events around them", () => {
  const fromMs = Date.now() - 1000;
  const clock = new SpanClock();
  const times: number[] = [];
  for (let i = 0; i < 1000; i++) {
    times.push(unitsOf(clock.timeOf(clock.now()), fromMs));
    tick();
    times.push(unitsOf({ ...eventClock }, fromMs));
  }
  assert.deepEqual(times.toSorted((a, b) => a - b), times);
  assert.equal(new Set(times).size, times.length);
});

test("SpanClock measures by the monotonic clock, whatever becomes of the time of day", (t) => {
  let [now, monotonic] = [Date.now(), 5000];
  t.mock.method(Date, "now", () => now);
  const clock = new SpanClock(() => monotonic);
  const start = clock.now();
  now -= 3_600_000;
  monotonic += 250.1234;
  tick(); // an event follows the clock
  const middle = clock.now();
  now += 7_200_000;
  monotonic += 1;
  const end = clock.now();
  const offBy = [middle - start - 2_501_234, end - start - 2_511_234].map(Math.abs);
  assert.ok(Math.max(...offBy) <= 1, `off by ${offBy} units, which are whole`);
  monotonic -= 10; // no clock does so; times stand still then
  assert.ok(clock.now() >= end);
});

test("SpanClock reads and writes times beyond its anchor", () => {
  const clock = new SpanClock();
  const before = clock.timeOf(0).timestampMs - 1500;
  assert.deepEqual(clock.timeOf(clock.unitsOf(before + 0.25)), { timestampMs: before, ticks: 2500 });
});

/** The order of events, and the durations of spans. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { currentSpanClock, eventClock, type EventTime, type SpanClock, tick, ticksOf } from "../../src/event/event_clock.ts";

/** The clock that spans begun now have; its times, and what it says they are. */
const begin = (): SpanClock => currentSpanClock(performance.now());
const read = (clock: SpanClock): number => clock.inOrder(clock.unitsAt(performance.now()));
const timeOf = (clock: SpanClock, units: number): EventTime => ({ timestampMs: clock.msOf(units), ticks: ticksOf(units) });
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
  assert.deepEqual([eventClock.timestampMs, eventClock.ticks], [now, 0]);
});

test("SpanClock gives times in the order of the events around them", () => {
  const fromMs = Date.now() - 1000;
  const clock = begin();
  const times: number[] = [];
  for (let i = 0; i < 1000; i++) {
    times.push(unitsOf(timeOf(clock, read(clock)), fromMs));
    tick();
    times.push(unitsOf({ ...eventClock }, fromMs));
  }
  assert.deepEqual(times.toSorted((a, b) => a - b), times);
  assert.equal(new Set(times).size, times.length);
});

test("SpanClock measures by the monotonic clock, whatever becomes of the time of day", (t) => {
  let [now, monotonic] = [Date.now() + 30_000, 5000]; // after all events, whose order would move the start
  t.mock.method(Date, "now", () => now);
  t.mock.method(performance, "now", () => monotonic);
  const clock = begin();
  const start = read(clock);
  now -= 3_600_000;
  monotonic += 250.1234;
  tick(); // an event follows the clock
  const middle = read(clock);
  now += 7_200_000;
  monotonic += 1;
  const end = read(clock);
  const offBy = [middle - start - 2_501_234, end - start - 2_511_234].map(Math.abs);
  assert.ok(Math.max(...offBy) <= 1, `off by ${offBy} units, which are whole`);
  monotonic -= 10; // no clock does so; times stand still then
  assert.ok(read(clock) >= end);
});

test("SpanClock returns the time of day, also after the clock was set", (t) => {
  let [now, monotonic] = [Date.now(), performance.now()];
  t.mock.method(Date, "now", () => now);
  t.mock.method(performance, "now", () => monotonic);
  for (const stepMs of [0, 7_200_000, -10_800_000, 3_600_000, 1.4, 1.4, 1.4]) {
    now += Math.floor(stepMs);
    monotonic += 1.4;
    tick();
    const clock = begin();
    const { timestampMs } = timeOf(clock, read(clock));
    assert.ok(Math.abs(timestampMs - now) <= 1, `${timestampMs} in place of ${now}, by ${stepMs}`);
  }
});

test("a span that began before the time of day was set keeps its times to itself, and events keep their order", (t) => {
  let [now, monotonic] = [Date.now() + 60_000, 5000];
  t.mock.method(Date, "now", () => now);
  t.mock.method(performance, "now", () => monotonic);
  const times: number[] = [];
  for (const stepMs of [-3_600_000, 7_200_000]) {
    tick();
    const clock = begin();
    read(clock);
    now += stepMs;
    const [fromMs, from] = [now - 1000, times.length];
    for (let i = 0; i < 10; i++) {
      monotonic += 0.01;
      tick();
      times.push(unitsOf(eventClock, fromMs));
      read(clock);
    }
    const seen = times.slice(from);
    assert.deepEqual([seen.toSorted((a, b) => a - b), new Set(seen).size], [seen, seen.length]);
  }
});

test("SpanClock returns times before its anchor", () => {
  const clock = begin();
  assert.deepEqual(timeOf(clock, -12_500), { timestampMs: clock.msOf(0) - 2, ticks: 7500 });
});

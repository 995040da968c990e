/** FakeClock: the clock that users hand in. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../src/testing/testing.ts";

test("FakeClock fires timers at their time, in order, those too that a timer sets", async () => {
  const clock = new FakeClock(1000);
  const fired: [string, number][] = [];
  const set = (name: string, ms: number, then?: () => void) => clock.setTimeout(() => (fired.push([name, clock.now()]), then?.()), ms);
  set("late", 30);
  set("early", 10, () => set("next", 5));
  clock.clearTimeout(set("never", 10));
  await clock.advance(9);
  assert.deepEqual([fired, clock.timers, clock.now()], [[], 2, 1009]);
  await clock.advance(100);
  assert.deepEqual([fired, clock.timers, clock.now()], [[["early", 1010], ["next", 1015], ["late", 1030]], 0, 1109]);
});

test("FakeClock.jump() sets another time, by which no timer fires", async () => {
  const clock = new FakeClock(1000);
  let fired = 0;
  clock.setTimeout(() => fired++, 10);
  clock.jump(3600_000);
  assert.deepEqual([fired, clock.now()], [0, 3601_000]);
  await clock.advance(0);
  assert.equal(fired, 1);
});

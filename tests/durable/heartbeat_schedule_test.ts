/** HeartbeatSchedule: when a queue shows that its process lives, and how a look is parted into turns. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HeartbeatSchedule } from "../../src/durable/heartbeat_schedule.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A schedule whose looks take so many turns, and what it has called. */
function scheduleOf(turnsOfLooks: number[]): { readonly clock: FakeClock; readonly calls: string[]; readonly looks: HeartbeatSchedule } {
  const clock = new FakeClock(1_000_000);
  const calls: string[] = [];
  let left = 0;
  const looks = new HeartbeatSchedule({
    clock,
    beatMs: 1000,
    turnMs: 10,
    isLooking: () => left > 0,
    beat: () => calls.push("beat"),
    look: () => {
      calls.push("look");
      left = left > 0 ? left - 1 : (turnsOfLooks.shift() ?? 1) - 1;
      return left > 0 ? 0 : 0;
    },
    wake: () => calls.push("wake"),
  });
  return { clock, calls, looks };
}

test("HeartbeatSchedule writes the heartbeat and searches at once, and then in each period", async () => {
  const { clock, calls, looks } = scheduleOf([]);
  looks.start();
  assert.deepEqual(calls, ["beat", "look"]);
  assert.equal(looks.isSearching, false);
  await clock.advance(2000);
  assert.deepEqual(calls, ["beat", "look", "beat", "look", "beat", "look"]);
  looks.stop();
  await clock.advance(5000);
  assert.equal(calls.length, 6, "no timer is left");
});

test("HeartbeatSchedule continues the first search at once, wakes its caller after it, and pauses between the turns of later searches", async () => {
  const { clock, calls, looks } = scheduleOf([3, 3]);
  looks.start();
  assert.equal(looks.isSearching, true);
  assert.deepEqual(calls, ["beat", "look"], "one turn within the call");
  await clock.advance(0);
  assert.deepEqual(calls, ["beat", "look", "look", "look", "wake"]);
  assert.equal(looks.isSearching, false);
  calls.length = 0;
  await clock.advance(1000);
  assert.deepEqual(calls, ["beat", "look"]);
  assert.equal(looks.isSearching, false, "only the first is waited for");
  await clock.advance(39);
  assert.equal(calls.length, 2);
  await clock.advance(41);
  assert.deepEqual(calls, ["beat", "look", "look", "look"], "nothing was found: nobody is woken");
  looks.stop();
});

test("HeartbeatSchedule that is retired still writes heartbeats, and does not search", async () => {
  const { clock, calls, looks } = scheduleOf([]);
  looks.start();
  looks.retire();
  await clock.advance(3000);
  assert.deepEqual(calls, ["beat", "look", "beat", "beat", "beat"]);
  looks.stop();
});

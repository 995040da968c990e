/** How work keeps the request alive that it belongs to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { beginWithin, isWaitUntilSought, platformWaitUntil, seekWaitUntil, waitUntilOf } from "../../src/runtime/wait_until.ts";
import { turn } from "../support/fake_clock.ts";

test("beginWithin() begins work only once its promise is accepted", async () => {
  const events: string[] = [];
  const work = (): Promise<void> => Promise.resolve(void events.push("work"));
  assert.equal(beginWithin(() => void events.push("accepted"), work, () => {}), true);
  await turn();
  assert.deepEqual(events, ["accepted", "work"]);
});

test("beginWithin() does not begin work that is refused, and passes on what was thrown, or rejected later", async () => {
  const errors: unknown[] = [];
  let begun = 0;
  const work = (): Promise<void> => Promise.resolve(void begun++);
  const refuses = (): never => {
    throw new Error("no request");
  };
  assert.equal(beginWithin(refuses, work, (error) => errors.push(error)), false);
  const rejects = (() => Promise.reject(new Error("later"))) as unknown as (work: Promise<unknown>) => void;
  assert.equal(beginWithin(rejects, work, (error) => errors.push(error)), true);
  await turn();
  assert.deepEqual([begun, errors.map((error) => (error as Error).message)], [1, ["no request", "later"]]);
});

test("seekWaitUntil() searches once, and finds nothing where there is no workerd", async () => {
  await seekWaitUntil();
  assert.deepEqual([isWaitUntilSought(), platformWaitUntil()], [true, undefined]);
});

test("waitUntilOf() finds waitUntil wherever the platform puts it", () => {
  const kept: unknown[] = [];
  const work = Promise.resolve();
  waitUntilOf([undefined, { waitUntil: (one: unknown) => kept.push(one) }])!(work);
  assert.deepEqual(kept, [work]);
  assert.equal(waitUntilOf([{}, 1, null]), undefined);
});

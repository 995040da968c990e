/** Which factories make the same queue. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { makesSameQueue, type QueueFactory } from "../../src/delivery/queue.ts";

test("makesSameQueue() goes by identity, and else by the factory itself; none is the queue in memory", () => {
  const factory = (identity?: string): QueueFactory =>
    Object.assign(() => {
      throw new Error("not called");
    }, identity === undefined ? {} : { identity });
  const one = factory();
  assert.equal(makesSameQueue(undefined, undefined), true);
  assert.equal(makesSameQueue(one, one), true);
  assert.equal(makesSameQueue(factory("a"), factory("a")), true);
  for (const [a, b] of [[one, undefined], [undefined, one], [one, factory()], [factory("a"), factory("b")], [factory("a"), one]] as const) {
    assert.equal(makesSameQueue(a, b), false);
  }
});

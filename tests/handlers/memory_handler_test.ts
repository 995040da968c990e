/** MemoryHandler: keeps events for users' tests. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, MemoryHandler } from "../../mod.ts";

test("MemoryHandler keeps the newest events up to its capacity, and forgets them on clear()", () => {
  const memory = new MemoryHandler({ capacity: 2 });
  using _ = getLogger("memory.test").addHandler(memory);
  for (const n of [1, 2, 3]) getLogger("memory.test").warn("Event {N}", { N: n });
  assert.deepEqual(memory.events.map(({ message }) => message), ["Event 2", "Event 3"]);
  memory.clear();
  assert.deepEqual(memory.events, []);
});

/** What all copies of the module share. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "../../src/runtime/global_state.ts";

test("shared() makes a thing once, and lists it nowhere", () => {
  const first = shared("test thing", () => ({ n: 1 }));
  assert.equal(shared("test thing", () => ({ n: 2 })), first);
  assert.ok(!Object.keys(globalThis).some((name) => name.includes("seqlog")));
});

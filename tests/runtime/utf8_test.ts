/** Text as bytes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/runtime/utf8.ts";

test("utf8() is one encoder", () => {
  assert.deepEqual([...utf8().encode("a€")], [97, 226, 130, 172]);
  assert.equal(utf8(), utf8());
});

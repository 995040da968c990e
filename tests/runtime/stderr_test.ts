/** Standard error, written to at once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { writeStderr } from "../../src/runtime/stderr.ts";

test("writeStderr() writes nothing of nothing, and never throws", () => {
  assert.equal(writeStderr(new Uint8Array(0)), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlainAscii, latePattern } from "../src/late_pattern.ts";

test("latePattern() makes one regular expression, when it is asked for", () => {
  const late = latePattern("(", "u");
  assert.throws(late, SyntaxError);
  const letters = latePattern("^\\p{L}+$", "u");
  assert.equal(letters(), letters());
  assert.deepEqual(["é", "1"].map((text) => letters().test(text)), [true, false]);
});

test("isPlainAscii() is true of what prints as it is", () => {
  assert.deepEqual(["", "a ~", "é", "a\n", "\x7f"].map(isPlainAscii), [true, true, false, false, false]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlainAscii, lazyPattern } from "../src/lazy_pattern.ts";

test("lazyPattern() makes one regular expression, when it is first used", () => {
  const late = lazyPattern("(", "u");
  assert.throws(late, SyntaxError);
  const letters = lazyPattern("^\\p{L}+$", "u");
  assert.equal(letters(), letters());
  assert.deepEqual(["é", "1"].map((text) => letters().test(text)), [true, false]);
});

test("isPlainAscii() is true of what prints as it is", () => {
  assert.deepEqual(["", "a ~", "é", "a\n", "\x7f"].map(isPlainAscii), [true, true, false, false, false]);
});

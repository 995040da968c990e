/** JSON as Seq can read it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonOf, quoteJson, wellFormed } from "../../src/event/json_text.ts";

test("JSON never has the escape of a lone surrogate", () => {
  assert.deepEqual([quoteJson("a\ud800b"), quoteJson("😀"), quoteJson("\\ud800")], ['"a\ufffdb"', '"😀"', '"\\\\ud800"']);
  assert.equal(wellFormed('"\\udfff\\\\udfff"'), '"\ufffd\\\\udfff"');
  assert.deepEqual([NaN, 1e30, 5n, "a"].map(jsonOf), ['"NaN"', '"1e+30"', '"5"', '"a"']);
});

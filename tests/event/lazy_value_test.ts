/** Captured values that are parsed on first access. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { lazyValue } from "../../src/event/lazy_value.ts";
import { LineWriter } from "../../src/event/line_writer.ts";
import { PlainDataWriter } from "../../src/event/plain_data.ts";

test("a lazy value is parsed once, or is the value given with its JSON, and its JSON stays whatever becomes of the value", () => {
  const list = lazyValue(new PlainDataWriter().write([1, "two"]));
  assert.deepEqual(list(), [1, "two"]);
  assert.equal(list(), list());
  assert.equal(list("json"), '[1,"two"]');
  const date = new Date(5);
  const dated = lazyValue(new PlainDataWriter().write(date), date);
  assert.equal(dated(), date);
  date.setTime(7);
  assert.equal(dated("json"), '"1970-01-01T00:00:00.005Z"');
  const out = new LineWriter();
  for (const value of [list, dated]) value(out);
  assert.equal(new TextDecoder().decode(out.line), '[1,"two"]"1970-01-01T00:00:00.005Z"');
});

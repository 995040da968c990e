/** What a compiled format is made of: parts, widths within bounds, and mistakes that are reported when an event is shown. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { addPart, checkWidths, Misfit, type Part, readWidth, refuse } from "../../src/python/placeholder.ts";

test("addPart() joins texts that follow one another, and leaves empty ones out", () => {
  const parts: Part[] = [];
  const placeholder = { raw: "%(a)s", field: "a", show: () => "" };
  for (const part of ["", "a", "b", placeholder, "", placeholder, "c"]) addPart(parts, part);
  assert.deepEqual(parts, ["ab", placeholder, placeholder, "c"]);
});

test("readWidth() and checkWidths(): absent is -1, and a width or a precision from data is bounded", () => {
  assert.deepEqual([undefined, "", "0", "12"].map(readWidth), [-1, -1, 0, 12]);
  assert.deepEqual([checkWidths(10_000, -1), checkWidths(-1, 10_000)], [undefined, undefined]);
  for (const [width, precision] of [[10_001, 0], [0, 10_001]] as const) assert.match(checkWidths(width, precision) ?? "", /above 10000/);
});

test("refuse() throws its reason as a Misfit only when it is called", () => {
  const refusing = refuse("no such field");
  assert.throws(refusing, (error) => error instanceof Misfit && error.name === "Misfit" && error.message === "no such field");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { FilterSyntaxError, readTokens } from "../../src/collector/filter_tokens.ts";

const short = (filter: string): unknown[] => readTokens(filter).map(({ kind, value, position }) => [kind, value, position]);

test("readTokens() splits a filter, with the place of each token", () => {
  assert.deepEqual(short(" Größe>=1.5 "), [["name", "Größe", 1], ["sign", ">=", 6], ["number", 1.5, 8], ["end", "", 12]]);
  assert.deepEqual(short("'it''s' \"a b\""), [["text", "it's", 0], ["search", "a b", 8], ["end", "", 13]]);
  assert.deepEqual(short("@p.x"), [["name", "@p", 0], ["sign", ".", 2], ["name", "x", 3], ["end", "", 4]]);
});

test("readTokens() reads durations as milliseconds, and keeps the digits of long numbers", () => {
  const numbers = readTokens("500ms 1.5s 2m 1h 1d 250us 9007199254740993 7").slice(0, -1).map(({ value }) => value);
  assert.deepEqual(numbers, [500, 1500, 120_000, 3_600_000, 86_400_000, 0.25, 9007199254740993n, 7]);
});

test("FilterSyntaxError has the filter and the position", () => {
  assert.throws(
    () => readTokens("a ! b"),
    (error) => error instanceof FilterSyntaxError && error.position === 2 && error.filter === "a ! b",
  );
});

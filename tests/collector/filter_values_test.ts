import assert from "node:assert/strict";
import { test } from "node:test";
import { toCollectedEvent } from "../../src/collector/collected_event.ts";
import { areEqual, compare, elapsedMs, fold, levelName, likeMatcher, readPath, searchFor } from "../../src/collector/filter_values.ts";
import { assertLinear } from "../support/growth.ts";

test("likeMatcher() matches % and _, each for itself where it is doubled", () => {
  const matches = (pattern: string, text: string, ci = false): boolean => likeMatcher(pattern, ci)(text);
  for (
    const [pattern, text] of [
      ["", ""],
      ["%", ""],
      ["a%", "abc"],
      ["%c", "abc"],
      ["%b%", "abc"],
      ["a_c", "abc"],
      ["%_c", "abc"],
      ["a%b%c", "a1b2c"],
      ["%ab", "aab"],
      ["100%%", "100%"],
      ["a__b", "a_b"],
      ["%.%_", "a.b"],
      ["%a_a%", "xaya"],
    ] as const
  ) assert.equal(matches(pattern, text), true, `${pattern} ${text}`);
  for (
    const [pattern, text] of [
      ["", "a"],
      ["a", "ab"],
      ["a%a", "a"],
      ["a_c", "ac"],
      ["%b", "abc"],
      ["A%", "abc"],
      ["100%%", "1000"],
      ["%a_a%b", "xaya"],
    ] as const
  ) assert.equal(matches(pattern, text), false, `${pattern} ${text}`);
  assert.equal(matches("A%C", "abc", true), true);
});

test("likeMatcher() tries nothing twice: its work grows with the text", () => {
  assertLinear("likeMatcher()", (size) => "a".repeat(size), likeMatcher("%a%a%a%a%a%a%a%a%_a_%b", false), { from: 16_000 });
});

test("readPath() reads own members only, and names with dots as they are", () => {
  const event = toCollectedEvent({ "@t": "2026-03-01T10:15:00Z", a: { b: [1, { c: 2 }] }, "d.e": 3 }, 1);
  const read = (...steps: (string | number)[]): unknown => readPath(({ properties }) => properties, steps)(event, 0);
  assert.deepEqual([
    read("a", "b", 1, "c"),
    read("a", "b", -1, "c"),
    read("d", "e"),
    read("a", "toString"),
    read("a", "b", "length"),
    read("x", "y"),
  ], [
    2,
    2,
    3,
    undefined,
    undefined,
    undefined,
  ]);
});

test("areEqual() and compare() put numbers of any kind in order, and nothing of different types", () => {
  assert.deepEqual([areEqual(1n, 1), areEqual("a", "A"), areEqual("a", "A", true), areEqual([1, "a"], [1n, "a"]), areEqual(null, 0)], [
    true,
    false,
    true,
    true,
    false,
  ]);
  assert.deepEqual([compare(1, 2n), compare("b", "a"), compare(1, 1), compare("A", "a", true), compare(1, "2"), compare(undefined, 1)], [
    -1,
    1,
    0,
    0,
    undefined,
    undefined,
  ]);
});

test("levelName(), elapsedMs(), fold() and searchFor() read what an event says", () => {
  assert.deepEqual(["wrn", "CRITICAL", "audit"].map(levelName), ["Warning", "Fatal", "audit"]);
  const span = toCollectedEvent({ "@t": "2026-03-01T10:15:01Z", "@st": "2026-03-01T10:15:00.5Z", "@m": "Paid", "@x": "Boom" }, 1);
  assert.equal(elapsedMs(span), 500);
  assert.equal(elapsedMs(toCollectedEvent({ "@t": "2026-03-01T10:15:01Z" }, 1)), undefined);
  assert.deepEqual([fold("AbC"), fold(1)], ["abc", 1]);
  assert.deepEqual(["paid", "BOOM", "x"].map((text) => searchFor(text)(span, 0)), [true, true, false]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { toCollectedEvent } from "../../src/collector/collected_event.ts";
import { findFunction, functionNames } from "../../src/collector/filter_functions.ts";

const event = toCollectedEvent({ "@t": "2026-03-01T10:15:00Z" }, 1);
const call = (name: string, given: readonly unknown[], ci = false): unknown =>
  findFunction(name)?.make(given.map((value) => () => value), ci)(event, 1000);

test("findFunction() finds every function that messages name, in any case", () => {
  for (const name of functionNames.split(/, | and /)) assert.ok(findFunction(name.toUpperCase()), name);
  assert.deepEqual([findFunction("sqrt"), findFunction("constructor")], [undefined, undefined]);
});

test("the functions compute, and have no result for what they do not understand", () => {
  assert.deepEqual([call("Has", [null]), call("Has", [undefined])], [true, false]);
  assert.deepEqual([call("Contains", ["abc", "B"]), call("Contains", ["abc", "B"], true), call("Contains", [1, "B"])], [
    false,
    true,
    undefined,
  ]);
  assert.deepEqual([call("StartsWith", ["abc", "a"]), call("EndsWith", ["abc", "c"]), call("IndexOf", ["abc", "c"])], [true, true, 2]);
  assert.deepEqual([call("Length", ["abc"]), call("Length", [[1, 2]]), call("Length", [{}])], [3, 2, undefined]);
  assert.deepEqual([call("ToLower", ["Ab"]), call("ToUpper", ["Ab"]), call("ToUpper", [1])], ["ab", "AB", undefined]);
  assert.deepEqual([call("Coalesce", [undefined, null, 0, 1]), call("Coalesce", [null])], [0, undefined]);
  assert.deepEqual([call("Now", []), call("DateTime", ["1970-01-01T00:00:01Z"]), call("DateTime", ["noon"])], [1000, 1000, undefined]);
});

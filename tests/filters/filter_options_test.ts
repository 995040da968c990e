/** What the options of filters have in common. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { least, most, needing, pattern } from "../../src/filters/filter_options.ts";
import { type Issue, options, type Reader, text } from "../../src/option_schema.ts";

function read<T>(reader: Reader<T>, given: unknown): [T | undefined, string[]] {
  const issues: Issue[] = [];
  return [reader(given, "", issues), issues.map(({ path }) => path)];
}

test("needing() wants one of some options, and not an empty one", () => {
  const reader = needing(options<{ a?: string; b?: string }>({ a: text, b: text }), "a text", "a", "b");
  assert.deepEqual(read(reader, { b: "x" }), [{ b: "x" }, []]);
  assert.deepEqual(read(reader, {})[1], ["a"]);
  assert.deepEqual(read(reader, { a: "" })[1], ["a"]);
});

test("pattern reads a regular expression or its source, and shares no state", () => {
  const given = /a/g;
  const [made] = read(pattern, given);
  assert.notEqual(made, given);
  assert.equal(`${made}`, "/a/g");
  assert.equal(`${read(pattern, "a+")[0]}`, "/a+/");
  assert.deepEqual(read(pattern, "("), [undefined, [""]]);
});

test("least and most round a number of Python's to the level that it includes", () => {
  assert.deepEqual([15, 20, "warning"].map((given) => read(least, given)[0]), ["info", "info", "warn"]);
  assert.deepEqual([15, 20, "warning"].map((given) => read(most, given)[0]), ["debug", "info", "warn"]);
  assert.equal(read(least, "loud")[0], undefined);
});

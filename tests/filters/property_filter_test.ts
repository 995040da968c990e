/** propertyFilter(): by the value of a property. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, encodeClef, getLogger, withContext } from "../../mod.ts";
import { propertyFilter, type PropertyFilterOptions, readPropertyOptions } from "../../src/filters/property_filter.ts";
import type { Issue } from "../../src/option_schema.ts";
import { remember } from "../support/seq.ts";

const log = getLogger("property_filter");
log.level = "trace";

/** Whether an event with these properties passes. */
function passes(options: PropertyFilterOptions, properties: object): boolean {
  using seen = remember(log);
  using all = remember(log);
  seen.memory.filters = [propertyFilter(options)];
  log.info("x", properties);
  assert.equal(all.events.length, 1);
  if (seen.events.length > 0) {
    assert.equal(seen.event, all.event, "it passes as it is");
  }
  if (options.exclude === undefined) {
    assert.equal(propertyFilter({ ...options, exclude: true })(all.event), seen.events.length === 0, "exclude turns the answer round");
  }
  return seen.events.length === 1;
}

const issuesOf = (given: unknown): Issue[] => {
  const issues: Issue[] = [];
  readPropertyOptions(given, "filters.some", issues);
  return issues;
};

test("propertyFilter() lets an event pass that has the property", () => {
  assert.equal(passes({ name: "A" }, { A: 1 }), true);
  assert.equal(passes({ name: "A" }, { A: null }), true);
  assert.equal(passes({ name: "A" }, { A: undefined }), true, "it is there, as null");
  assert.equal(passes({ name: "A" }, { B: 1 }), false);
  assert.equal(passes({ name: "toString" }, { B: 1 }), false);
  assert.equal(passes({ name: "__proto__" }, { B: 1 }), false);
});

test("propertyFilter() compares text with text and numbers with numbers", () => {
  for (const value of ["x", "", 42, 0, true, false, null]) {
    assert.equal(passes({ name: "A", equals: value }, { A: value }), true);
  }
  assert.equal(passes({ name: "A", equals: "42" }, { A: 42 }), false);
  assert.equal(passes({ name: "A", equals: 42 }, { A: "42" }), false);
  assert.equal(passes({ name: "A", equals: 0 }, { A: false }), false);
  assert.equal(passes({ name: "A", equals: 0 }, { A: -0 }), true);
  assert.equal(passes({ name: "A", equals: null }, { B: 1 }), false);
  assert.equal(passes({ name: "A", equals: "x" }, { A: ["x"] }), false);
  assert.equal(passes({ name: "A", equals: "x" }, { A: { x: "x" } }), false);
});

test("propertyFilter() compares dates and bigints as the text that they are in Seq", () => {
  const properties = {
    At: new Date(0),
    Big: 42n,
    In: { At: new Date(0), Big: 42n },
  };
  for (const name of ["At", "In.At"]) {
    assert.equal(passes({ name, equals: "1970-01-01T00:00:00.000Z" }, properties), true);
  }
  for (const name of ["Big", "In.Big"]) {
    assert.equal(passes({ name, equals: "42" }, properties), true);
  }
});

test("propertyFilter() accepts one of several values", () => {
  const options = { name: "A", oneOf: ["x", 1, null] };
  assert.deepEqual(["x", 1, null, "1", 2, "y"].map((A) => passes(options, { A })), [true, true, true, false, false, false]);
  assert.equal(passes({ name: "A", oneOf: [] }, { A: 1 }), false);
});

test("propertyFilter() matches the value as text", () => {
  assert.equal(passes({ name: "A", matches: /^4\d$/ }, { A: 42 }), true);
  assert.equal(passes({ name: "A", matches: "^4\\d$" }, { A: "42" }), true);
  assert.equal(passes({ name: "A", matches: /^GET$/ }, { A: "get" }), false);
  assert.equal(passes({ name: "A", matches: /^GET$/i }, { A: "get" }), true);
  assert.equal(passes({ name: "A", matches: /"tea":2/ }, { A: { tea: 2 } }), true);
  assert.equal(passes({ name: "A", matches: /^1970-/ }, { A: new Date(0) }), true);
  assert.equal(passes({ name: "A", matches: /null/ }, { A: null }), true);
  assert.equal(passes({ name: "A", matches: /undefined/ }, { B: 1 }), false);
});

test("propertyFilter() does not share the state of a regular expression", () => {
  for (const matches of [/x/g, /x/y, /x/gy]) {
    matches.lastIndex = 1;
    const filter = propertyFilter({ name: "A", matches });
    for (let i = 0; i < 3; i++) {
      assert.equal(filter({ ...remembered({ A: "x" }) }), true);
    }
    assert.equal(matches.lastIndex, 1);
  }
});

function remembered(properties: object): ReturnType<typeof remember>["event"] {
  using seen = remember(log);
  log.info("x", properties);
  return seen.event;
}

test("propertyFilter() wants all that is given to hold", () => {
  const options = { name: "A", oneOf: ["xa", "xb"], matches: /b/ };
  assert.deepEqual(["xa", "xb", "b"].map((A) => passes(options, { A })), [
    false,
    true,
    false,
  ]);
  assert.equal(passes({ ...options, equals: "xa" }, { A: "xb" }), false);
});

test("propertyFilter() follows a dotted path; a property of that very name wins", () => {
  assert.equal(passes({ name: "user.id", equals: 1 }, { user: { id: 1 } }), true);
  assert.equal(passes({ name: "user.id", equals: 1 }, { "user.id": 1 }), true);
  assert.equal(passes({ name: "user.id", equals: 1 }, { "user.id": 2, user: { id: 1 } }), false);
  assert.equal(passes({ name: "a.b.c" }, { a: { b: { c: null } } }), true);
  for (const a of [null, "text", 1, [], {}, { b: null }, { b: "length" }]) {
    assert.equal(passes({ name: "a.b.c" }, { a }), false);
  }
  assert.equal(passes({ name: "a.length" }, { a: "text" }), false);
});

test("propertyFilter() sees the properties of the logger and the context", () => {
  using seen = remember(log);
  seen.memory.filters = [propertyFilter({ name: "A", equals: 1 })];
  log.with({ A: 1 }).info("bound");
  withContext({ A: 1 }, () => log.info("context"));
  withContext({ A: 1 }, () => log.info("hidden", { A: 2 }));
  assert.deepEqual(seen.messages, ["bound", "context"]);
  assert.equal(JSON.parse(encodeClef(seen.events[0]!)).A, 1);
});

test("propertyFilter() inverts its result with exclude", () => {
  const options = { name: "Path", matches: "^/health", exclude: true };
  assert.deepEqual(["/health/ready", "/orders"].map((Path) => passes(options, { Path })), [false, true]);
  assert.equal(passes(options, {}), true);
});

test("propertyFilter() reports every mistake with its path", () => {
  assert.deepEqual(
    issuesOf({
      equals: {},
      oneOf: [1, [2]],
      matches: "(",
      exclude: 2,
      nam: "A",
    }).map(({ path }) => path),
    [
      "filters.some.equals",
      "filters.some.oneOf.1",
      "filters.some.matches",
      "filters.some.exclude",
      "filters.some.nam",
      "filters.some.name",
    ],
  );
  assert.match(issuesOf({ nam: "A" })[0]!.message, /did you mean name\?/);
  assert.deepEqual(issuesOf({ name: 1 }).map(({ message }) => message), [
    "Cannot use this as text: current value is 1",
  ]);
  assert.deepEqual(issuesOf({ name: "" }).map(({ path }) => path), [
    "filters.some.name",
  ]);
  assert.deepEqual(issuesOf({ name: "A", one_of: [1] }), []);
  for (const equals of [undefined, 1n, () => 1, Symbol("x")]) {
    assert.equal(issuesOf({ name: "A", equals }).length, Number(equals !== undefined));
  }
  assert.throws(() => propertyFilter({} as PropertyFilterOptions), ConfigError);
  assert.throws(() => propertyFilter({ name: "A", matches: "[" }), /matches: Cannot use this as a regular expression/);
});

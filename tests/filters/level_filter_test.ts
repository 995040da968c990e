/** levelFilter(): from one level to another, by any of their names. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, getLogger, type Level } from "../../mod.ts";
import { levelFilter, type LevelFilterOptions, readLevelOptions } from "../../src/filters/level_filter.ts";
import type { Issue } from "../../src/option_schema.ts";
import { remember } from "../support/seq.ts";

const log = getLogger("level_filter");
log.level = "trace";
const levels: readonly Level[] = [
  "trace",
  "debug",
  "info",
  "warn",
  "error",
  "fatal",
];

/** The levels that pass, by logging events. */
function passing(options?: LevelFilterOptions): Level[] {
  using seen = remember(log);
  seen.memory.filters = [levelFilter(options)];
  for (const level of levels) log.log(level, "x");
  return seen.events.map(({ level }) => level);
}

const issuesOf = (given: unknown): Issue[] => {
  const issues: Issue[] = [];
  readLevelOptions(given, "filters.some", issues);
  return issues;
};

test("levelFilter() lets events pass from min to max, both included", () => {
  assert.deepEqual(passing({ min: "debug", max: "warn" }), [
    "debug",
    "info",
    "warn",
  ]);
  assert.deepEqual(passing({ min: "warn", max: "warn" }), ["warn"]);
  assert.deepEqual(passing({ min: "error" }), ["error", "fatal"]);
  assert.deepEqual(passing({ max: "debug" }), ["trace", "debug"]);
  assert.deepEqual(passing({}), levels);
  assert.deepEqual(passing(), levels);
});

test("levelFilter() accepts any alias of a level", () => {
  assert.deepEqual(passing({ min: "INFORMATION", max: "Warning" }), [
    "info",
    "warn",
  ]);
  assert.deepEqual(passing({ min: "verbose", max: "dbg" }), ["trace", "debug"]);
  assert.deepEqual(passing({ min: "crit", max: "panic" }), ["fatal"]);
});

test("levelFilter() reads Python's numbers: from the least that is not below min, to the most that is not above max", () => {
  assert.deepEqual(passing({ min: 20, max: 30 }), ["info", "warn"]);
  assert.deepEqual(passing({ min: "20", max: "30" }), ["info", "warn"]);
  assert.deepEqual(passing({ min: 21, max: 49 }), ["warn", "error"]);
  assert.deepEqual(passing({ max: 25 }), ["trace", "debug", "info"]);
  assert.deepEqual(passing({ max: 9 }), ["trace"]);
  assert.deepEqual(passing({ min: 0, max: 0 }), ["trace"]);
  assert.deepEqual(passing({ min: 50, max: 50 }), ["fatal"]);
});

test("levelFilter() accepts a number and the name of its level for the same", () => {
  fc.assert(fc.property(fc.nat(5), fc.nat(5), (a, b) => {
    const [min, max] = [Math.min(a, b), Math.max(a, b)];
    const wanted = levels.slice(min, max + 1);
    assert.deepEqual(passing({ min: levels[min]!, max: levels[max]! }), wanted);
    assert.deepEqual(passing({ min: min * 10, max: max * 10 }), wanted);
  }));
});

test("levelFilter().decides() says the same of a level without an event", () => {
  const { decides } = levelFilter({ min: "debug", max: "warn" });
  assert.deepEqual(levels.filter((level) => decides!("any", level)), [
    "debug",
    "info",
    "warn",
  ]);
});

test("levelFilter() reports every mistake with its path", () => {
  assert.deepEqual(issuesOf({ min: "wran", max: -1, mx: 1 }).map(({ path }) => path), [
    "filters.some.min",
    "filters.some.max",
    "filters.some.mx",
  ]);
  assert.match(issuesOf({ min: "wran" })[0]!.message, /did you mean warn\?/);
  for (const level of ["off", "none", false, NaN, {}]) {
    assert.deepEqual(issuesOf({ min: level }).map(({ path }) => path), [
      "filters.some.min",
    ]);
    assert.deepEqual(issuesOf({ max: level }).map(({ path }) => path), [
      "filters.some.max",
    ]);
  }
  assert.deepEqual(issuesOf({ min: "error", max: "info" }), [
    {
      path: "filters.some.max",
      message: 'Cannot use this as a level not below error: current value is "info"',
    },
  ]);
  assert.equal(issuesOf("warn").length, 1);
  assert.throws(() => levelFilter({ min: "wran" }), ConfigError);
  assert.throws(() => levelFilter({ min: 30, max: 20 }), ConfigError);
});

test("levelFilter() accepts its own reading as options", () => {
  const read = readLevelOptions({ min: 15, max: "35" }, "", []);
  assert.deepEqual(read, { min: "info", max: "warn" });
  assert.deepEqual(passing(read), ["info", "warn"]);
});

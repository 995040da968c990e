/** The grammar of dictConfig as readers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isLongName, readLogger, readLong } from "../../src/config/grammar.ts";
import type { Issue } from "../../src/option_schema.ts";

function read(given: unknown, reader = readLogger as (given: unknown, path: string, issues: Issue[]) => unknown): [unknown, string[]] {
  const issues: Issue[] = [];
  return [reader(given, "", issues), issues.map(({ path }) => path)];
}

test("readLogger() reads settings, or just a level; one from an empty variable is none", () => {
  assert.deepEqual(read("WARNING"), [{ level: "warn" }, []]);
  assert.deepEqual(read(false), [{ level: "off" }, []]);
  assert.deepEqual(read(60), [{ level: "off" }, []]);
  assert.deepEqual(read(-5), [{ level: "trace" }, []]);
  assert.deepEqual(read("NOTSET"), [{ level: "notset" }, []]);
  assert.deepEqual(read(""), [{}, []]);
  assert.deepEqual(read({}), [{}, []]);
  assert.deepEqual(read({ level: null, propagate: "no" }), [{ filters: undefined, propagate: false }, []]);
  assert.deepEqual(read("loud")[1], [""]);
  assert.deepEqual(read({ levle: "info", handlers: "a" })[1], ["levle", "handlers"]);
});

test("readLong() reads null at the top as absent, and refuses what it does not know", () => {
  assert.deepEqual(read({ version: null, root: null, handlers: null, incremental: null, properties: null }, readLong as never), [{}, []]);
  assert.deepEqual(read({ version: 2, rooot: {} }, readLong as never)[1], ["version", "rooot"]);
  assert.deepEqual(["root", "serverUrl"].map(isLongName), [true, false]);
});

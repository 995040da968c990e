/** All that a configuration file knows by name. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonClasses } from "../../src/python/register_python.ts";
import { pythonParts } from "../../src/yaml/register_yaml_classes.ts";

test("pythonParts are Python's classes, and what only files know: file, filters, the queue and references", () => {
  const own = (kind: "handlers" | "filters" | "formatters"): string[] =>
    Object.keys(pythonParts[kind]!).filter((name) => !Object.hasOwn(pythonClasses[kind]!, name));
  assert.deepEqual([own("handlers"), own("filters"), own("formatters")], [["file"], ["sample", "rateLimit", "redact"], []]);
  assert.equal(typeof pythonParts.queue, "function");
  assert.deepEqual(pythonParts.prepare!({ "x-a": 1, b: "cfg://x-a" }, []), { b: 1 });
  for (const makers of [pythonParts.handlers!, pythonParts.filters!, pythonParts.formatters!]) {
    for (const [name, { about }] of Object.entries(makers)) assert.ok(about?.options, `${name} describes its options`);
  }
});

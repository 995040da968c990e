/** templateFilter(): by the message template. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, getLogger } from "../../mod.ts";
import { readTemplateOptions, templateFilter, type TemplateFilterOptions } from "../../src/filters/template_filter.ts";
import type { Issue } from "../../src/option_schema.ts";
import { remember } from "../support/seq.ts";

const log = getLogger("template_filter");
log.level = "trace";

const templates = ["Tick {Count}", "Tick {Count} again", "tock", ""];

/** The templates that pass. */
function passing(options: TemplateFilterOptions): string[] {
  using seen = remember(log);
  seen.memory.filters = [templateFilter(options)];
  for (const template of templates) log.info(template, { Count: 1 });
  return seen.events.map(({ messageTemplate }) => messageTemplate);
}

const issuesOf = (given: unknown): Issue[] => {
  const issues: Issue[] = [];
  readTemplateOptions(given, "filters.some", issues);
  return issues;
};

test("templateFilter() lets events pass whose template is one of some", () => {
  assert.deepEqual(passing({ templates: ["Tick {Count}", "tock"] }), [
    "Tick {Count}",
    "tock",
  ]);
  assert.deepEqual(passing({ templates: ["Tick 1", "Tick"] }), [], "the template counts, and not the message");
});

test("templateFilter() lets events pass whose template matches", () => {
  assert.deepEqual(passing({ matches: /^Tick/ }), [
    "Tick {Count}",
    "Tick {Count} again",
  ]);
  assert.deepEqual(passing({ matches: "\\{Count\\}$" }), ["Tick {Count}"]);
  assert.deepEqual(passing({ matches: /T/gy }), [
    "Tick {Count}",
    "Tick {Count} again",
  ], "no state is kept from event to event");
});

test("templateFilter() accepts either where both are given", () => {
  assert.deepEqual(passing({ templates: [""], matches: /again/ }), [
    "Tick {Count} again",
    "",
  ]);
});

test("templateFilter() inverts its result with exclude", () => {
  assert.deepEqual(passing({ templates: ["tock"], exclude: true }), [
    "Tick {Count}",
    "Tick {Count} again",
    "",
  ]);
  assert.deepEqual(passing({ matches: "tick", templates: ["tock"], exclude: true }), ["Tick {Count}", "Tick {Count} again", ""]);
});

test("templateFilter() reports every mistake with its path", () => {
  assert.deepEqual(issuesOf({}), [{
    path: "filters.some.templates",
    message: "Missing: a list of templates (or give matches)",
  }]);
  assert.deepEqual(issuesOf({ templates: [] }).map(({ path }) => path), [
    "filters.some.templates",
  ]);
  assert.deepEqual(issuesOf({ exclude: true }).map(({ path }) => path), [
    "filters.some.templates",
  ]);
  assert.deepEqual(issuesOf({ templates: "x", matches: "(", exclud: true }).map(({ path }) => path), [
    "filters.some.templates",
    "filters.some.matches",
    "filters.some.exclud",
  ]);
  assert.deepEqual(issuesOf({ templates: [1] }).map(({ path }) => path), [
    "filters.some.templates.0",
  ]);
  assert.throws(() => templateFilter({}), ConfigError);
});

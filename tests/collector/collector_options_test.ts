import assert from "node:assert/strict";
import { test } from "node:test";
import { type CollectorOptions, readCollectorOptions } from "../../src/collector/collector_options.ts";
import type { Issue } from "../../src/option_schema.ts";

function read(given: unknown): readonly [CollectorOptions | undefined, string[]] {
  const issues: Issue[] = [];
  return [readCollectorOptions(given, "", issues), issues.map(({ path }) => path)];
}

test("readCollectorOptions() reads every option, and null for the level", () => {
  const given = {
    ...{ apiKeys: ["a"], minimumLevelAccepted: null, maxEventBytes: 5, maxPayloadBytes: 6, blankLines: "skip", corsOnIngest: false },
    ...{ basePath: "/seq", pageHosts: ["seq"], keepEvents: 7, keepBytes: Infinity, onEvent: () => {}, onRequest: () => {} },
  };
  assert.deepEqual(read(given), [given, []]);
});

test("readCollectorOptions() finds each mistake", () => {
  const given = { apiKeys: "a", maxEventBytes: -1, blankLines: "keep", onEvent: 5, apikey: "a" };
  assert.deepEqual(read(given)[1], ["apiKeys", "maxEventBytes", "blankLines", "onEvent", "apikey"]);
});

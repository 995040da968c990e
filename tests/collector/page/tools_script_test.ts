import assert from "node:assert/strict";
import { test } from "node:test";
import { toCollectedEvent } from "../../../src/collector/collected_event.ts";
import { parseFilter } from "../../../src/collector/filter.ts";
import { toolsScript } from "../../../src/collector/page/tools_script.ts";
import { runScript } from "../../support/page_script.ts";

interface Tools {
  pathOf(names: readonly (string | number)[]): string;
  termOf(path: string, value: unknown, isWanted: boolean): string;
  conjunction(filter: string, term: string): string;
  repaired(filter: string): string;
  durationText(ms: number): string;
  countText(count: number, noun: string): string;
  parseClef(line: string): Record<string, unknown>;
}
const tools = runScript<Tools>([toolsScript], "{ pathOf, termOf, conjunction, repaired, durationText, countText, parseClef }");

test("a value that is chosen becomes a filter that the value passes, whatever its name", () => {
  const event = toCollectedEvent({
    "@t": "2026-03-01T10:15:00Z",
    City: "it's",
    and: 1,
    "x-id": [{ "a.b": true }, null],
    Größe: -1.5e-7,
    Ids: [12n],
  }, 1);
  for (
    const [names, value] of [
      [["City"], "it's"],
      [["and"], 1],
      [["x-id", 0, "a.b"], true],
      [["x-id", 1], null],
      [["Größe"], -1.5e-7],
      [["Ids", 0], 12n],
    ] as const
  ) {
    const path = tools.pathOf(names);
    assert.equal(parseFilter(tools.termOf(path, value, true))(event), true, path);
    assert.equal(parseFilter(tools.termOf(path, value, false))(event), false, path);
  }
});

test("a filter and a term make a filter that means both", () => {
  assert.deepEqual(
    [["", "A = 1"], ["A = 1", "A = 1"], ["A = 1 or B = 2", "C = 3"], ["A = 1 and B = 2", "A = 1"], ["word", "A = 1"], ["true", "A = 1"]]
      .map((
        [filter, term],
      ) => tools.conjunction(filter!, term!)),
    [
      "A = 1",
      "A = 1",
      "(A = 1 or B = 2) and C = 3",
      "A = 1 and B = 2",
      '"word" and A = 1',
      "true and A = 1",
    ],
  );
});

test("durations and counts are written for people", () => {
  assert.deepEqual([0.123, 3.14159, 42.4, 1500, 90_000].map(tools.durationText), ["0.12 ms", "3.14 ms", "42 ms", "1.50 s", "1.5 min"]);
  assert.deepEqual([tools.countText(1, "event"), tools.countText(12_345, "event")], ["1 event", "12,345 events"]);
  assert.deepEqual(tools.parseClef('{"@t":"x","N":1.50}'), { "@t": "x", N: 1.5 });
});

test("a filter in the signs of another language is repaired, texts left alone", () => {
  const meant = [
    [`City == "Oslo" && A != 1 || B === "it's"`, "City = 'Oslo' and A <> 1 or B = 'it''s'"],
    [`A = '== "x" && ''' and B <= 1`, `A = '== "x" && ''' and B <= 1`],
    ["A >= 1", "A >= 1"],
  ];
  assert.deepEqual(meant.map(([filter]) => tools.repaired(filter!)), meant.map(([, one]) => one));
});

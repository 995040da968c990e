import assert from "node:assert/strict";
import { test } from "node:test";
import { panelsScript } from "../../../src/collector/page/panels_script.ts";
import { toolsScript } from "../../../src/collector/page/tools_script.ts";
import { runScript } from "../../support/page_script.ts";

interface Row {
  readonly number: number;
  readonly t: number;
  readonly took: number | null;
  readonly line: string;
}
interface Panels {
  treeOf(events: readonly Row[]): readonly { readonly event: Row; readonly depth: number; readonly start: number }[];
  longest(): readonly Row[];
  readonly state: { rows: Row[] };
}
const { treeOf, longest, state } = runScript<Panels>([toolsScript, panelsScript], "{ treeOf, longest, state }");
const startMs = Date.parse("2026-03-01T10:15:00Z");
const at = (ms: number): string => new Date(startMs + ms).toISOString();
const row = (number: number, endMs: number, clef: object): Row => ({ number, t: startMs + endMs, took: null, line: JSON.stringify(clef) });

test("treeOf() puts spans below their parents by their start, and events below their spans", () => {
  const tree = treeOf([
    row(0, 30, { "@sp": "c", "@ps": "b", "@st": at(10) }),
    row(1, 25, { "@sp": "b" }),
    row(2, 60, { "@sp": "b", "@ps": "a", "@st": at(5) }),
    row(3, 4, { "@sp": "d", "@ps": "a", "@st": at(1) }),
    row(4, 90, { "@sp": "a", "@st": at(0) }),
    row(5, 95, {}),
  ]);
  assert.deepEqual(tree.map(({ event, depth, start }) => [event.number, depth, start - startMs]), [
    [4, 0, 0],
    [3, 1, 1],
    [2, 1, 5],
    [0, 2, 10],
    [1, 2, 25],
    [5, 0, 95],
  ]);
});

test("treeOf() shows every span, also where parents are missing or go round in a circle", () => {
  const tree = treeOf([
    row(0, 1, { "@sp": "a", "@ps": "b", "@st": at(0) }),
    row(1, 1, { "@sp": "b", "@ps": "a", "@st": at(0) }),
    row(2, 1, { "@sp": "c", "@ps": "c", "@st": at(0) }),
    row(3, 1, { "@sp": "d", "@ps": "gone", "@st": at(0) }),
  ]);
  assert.deepEqual(tree.map(({ event }) => event.number).sort(), [0, 1, 2, 3]);
});

test("longest() finds the hundred that took longest, in order", () => {
  state.rows = Array.from({ length: 1000 }, (_, i) => ({ ...row(i, 0, {}), took: i % 3 === 0 ? null : (i * 7919) % 1000 }));
  const took = longest().map((one) => one.took!);
  const expected = state.rows.flatMap((one) => one.took ?? []).sort((a, b) => b - a).slice(0, 100);
  assert.deepEqual(took, expected);
});

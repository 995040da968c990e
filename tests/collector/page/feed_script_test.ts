import assert from "node:assert/strict";
import { test } from "node:test";
import { feedScript } from "../../../src/collector/page/feed_script.ts";
import { toolsScript } from "../../../src/collector/page/tools_script.ts";
import { runScript } from "../../support/page_script.ts";

interface Row {
  readonly number: number;
  readonly t: number;
}
interface Feed {
  toRow(given: readonly unknown[]): Readonly<Record<string, unknown>>;
  addNew(events: readonly Row[]): void;
  readonly state: { rows: Row[]; held: Row[]; isPaused: boolean; floor: number; sinceMs: number };
}
const moved: number[] = [];
const makeFeed = (): Feed =>
  runScript([toolsScript, feedScript], "{ toRow, addNew, state }", { changed: () => {}, keepPlace: (count: number) => moved.push(count) });
const rows = (from: number, count: number): Row[] => Array.from({ length: count }, (_, i) => ({ number: from + i, t: 0 }));

test("toRow() names what the collector passes on, in its order", () => {
  const row = makeFeed().toRow([7, 1, 4, "Error", "Hi you", "Hi {Name}", "shop", 1.5, true, "abc", "{}"]);
  assert.deepEqual(row, {
    number: 7,
    t: 1,
    rank: 4,
    level: "Error",
    message: "Hi you",
    template: "Hi {Name}",
    logger: "shop",
    took: 1.5,
    isThrown: true,
    traceId: "abc",
    line: "{}",
  });
});

test("addNew() adds to what is shown, or to what is held back, and gives up the oldest beyond 100 000", () => {
  const { addNew, state } = makeFeed();
  addNew(rows(0, 99_999));
  addNew(rows(99_999, 3));
  assert.deepEqual([state.rows.length, state.rows[0]?.number, moved], [100_000, 2, [-2]]);
  state.isPaused = true;
  addNew(rows(100_002, 1));
  assert.deepEqual([state.rows.length, state.held.length], [100_000, 1]);
  state.floor = 200_000;
  addNew(rows(100_003, 1));
  assert.equal(state.held.length, 1);
});

test("addNew() gives up what is older than the time that is chosen", () => {
  const { addNew, state } = makeFeed();
  state.sinceMs = 60_000;
  addNew([{ number: 0, t: Date.now() - 61_000 }, { number: 1, t: Date.now() }]);
  assert.deepEqual(state.rows.map(({ number }) => number), [1]);
});

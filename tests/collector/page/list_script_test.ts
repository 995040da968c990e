import assert from "node:assert/strict";
import { test } from "node:test";
import { listScript } from "../../../src/collector/page/list_script.ts";
import { toolsScript } from "../../../src/collector/page/tools_script.ts";
import { anyElement, runScript } from "../../support/page_script.ts";

test("indexOf() finds an event by its number", () => {
  const { indexOf, state } = runScript<{ indexOf(event: object | null): number; state: { rows: object[] } }>(
    [toolsScript, listScript],
    "{ indexOf, state }",
    { document: { getElementById: anyElement }, ResizeObserver: anyElement() },
  );
  assert.equal(indexOf({ number: 1 }), -1);
  state.rows = [3, 4, 7, 9].map((number) => ({ number }));
  assert.deepEqual([3, 4, 7, 9, 1, 5, 10].map((number) => indexOf({ number })), [0, 1, 2, 3, -1, -1, -1]);
  assert.equal(indexOf(null), -1);
});

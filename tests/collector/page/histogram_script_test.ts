import assert from "node:assert/strict";
import { test } from "node:test";
import { histogramScript } from "../../../src/collector/page/histogram_script.ts";
import { toolsScript } from "../../../src/collector/page/tools_script.ts";
import { anyElement, runScript } from "../../support/page_script.ts";

interface Histogram {
  readonly steps: readonly number[];
  extentOf(rows: readonly { t: number }[]): [number, number];
  readonly state: { range: { start: number; end: number } | null; sinceMs: number };
}
const make = (): Histogram =>
  runScript([toolsScript, histogramScript], "{ steps, extentOf, state }", {
    document: { createElement: anyElement, getElementById: anyElement },
  });

test("the steps of the bars grow, each at most fivefold", () => {
  const { steps } = make();
  steps.slice(1).forEach((step, i) => assert.ok(step > steps[i]! && step <= steps[i]! * 5));
});

test("extentOf() spans the events, at least ten seconds, or the time that is chosen", () => {
  const { extentOf, state } = make();
  assert.deepEqual(extentOf([{ t: 50_000 }, { t: 1000 }, { t: 20_000 }]), [1000, 50_000]);
  assert.deepEqual(extentOf([{ t: 1000 }]), [1000, 11_000]);
  state.sinceMs = 60_000;
  const [start, end] = extentOf([{ t: 0 }]);
  assert.equal(end - start, 60_000);
  state.range = { start: 5, end: 6 };
  assert.deepEqual(extentOf([{ t: 0 }]), [5, 6]);
});

/** Counts and reports of lost events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { keptReason, Losses, reportGivenUp } from "../../src/delivery/losses.ts";
import { hearDiagnostics } from "../support/seq.ts";

test("Losses counts by reason; what is kept on disk is no loss", () => {
  const losses = new Losses();
  losses.add({ count: 2, reason: "rejected", first: 0 }, 1, "seq");
  losses.add({ count: 3, reason: "rejected", first: 5 }, 2, "seq");
  losses.add({ count: 9, reason: keptReason, first: 9 }, 3, "seq");
  assert.deepEqual(losses.counts, { rejected: 5 });
});

test("Losses reports an overflow when it begins, and gives what was dropped once", () => {
  using diagnostics = hearDiagnostics();
  const losses = new Losses();
  losses.add({ count: 2, reason: "overflow", first: 0 }, 100, "seq");
  losses.add({ count: 3, reason: "overflow", first: 2 }, 250, "seq");
  assert.deepEqual(losses.takeDropped(), { count: 5, fromMs: 100, toMs: 250 });
  assert.equal(losses.takeDropped(), undefined);
  losses.add({ count: 1, reason: "overflow", first: 9 }, 400, "seq");
  assert.deepEqual(diagnostics.heard.map(({ code, handler, count }) => [code, handler, count]), [["overflow", "seq", 2], [
    "overflow",
    "seq",
    1,
  ]]);
});

test("Losses reports the first event that is logged to a closed handler", () => {
  using diagnostics = hearDiagnostics();
  const losses = new Losses();
  for (const nowMs of [1, 2, 3]) losses.add({ count: 1, reason: "closed", first: Infinity }, nowMs, "seq");
  assert.deepEqual([losses.counts, diagnostics.heard.map(({ code }) => code)], [{ closed: 3 }, ["closed"]]);
});

test("reportGivenUp() reports how many and why; after a failure, it reports the failure, and advises to remove its cause", () => {
  using diagnostics = hearDiagnostics();
  reportGivenUp({ count: 1, reason: "exit", handler: "seq" });
  reportGivenUp({ count: 2, reason: "retired", handler: "seq", lastError: "HTTP 503" });
  assert.deepEqual(diagnostics.heard.map(({ message, hint }) => [message, hint]), [
    ["1 event could not be delivered and is lost (exit)", "Allow more time for shutdown, or keep events in a queue on disk"],
    ["2 events could not be delivered and are lost (retired): HTTP 503", "Remove the cause, or keep events in a queue on disk"],
  ]);
});

/** How a server is doing, and how often that is reported. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Failed } from "../../src/delivery/outcome.ts";
import { ServerHealth } from "../../src/delivery/server_health.ts";
import { hearDiagnostics } from "../support/seq.ts";

const settings = { name: "seq", serverName: "Seq", minBackoffMs: 100, maxBackoffMs: 1000, random: () => 0 };
const unreachable: Failed = {
  kind: "failed",
  reason: "down",
  isRefused: false,
  notice: { code: "unreachable", message: "It is down", hint: "Wait" },
};
const refused: Failed = { ...unreachable, isRefused: true, notice: { code: "refused", message: "It refuses the key" } };

test("ServerHealth reports a failure when it begins and when its kind changes, and the recovery", () => {
  using diagnostics = hearDiagnostics();
  const health = new ServerHealth();
  for (const outcome of [unreachable, unreachable, refused, refused, unreachable]) health.fail(outcome, settings, { nowMs: 0, queued: 2 });
  assert.deepEqual([health.state, health.retries, health.lastError], ["retrying", 5, "down"]);
  health.accept(settings);
  health.accept(settings);
  assert.equal(health.state, "ok");
  assert.deepEqual(diagnostics.heard.map(({ code, message }) => [code, message]), [
    ["unreachable", "It is down; 2 events are kept and tried again"],
    ["refused", "It refuses the key; 2 events are kept and tried again"],
    ["unreachable", "It is down; 2 events are kept and tried again"],
    ["recovered", "Seq accepts events again"],
  ]);
});

test("ServerHealth reports a doubt about a reply once", () => {
  using diagnostics = hearDiagnostics();
  const health = new ServerHealth();
  for (const _ of [1, 2, 3]) health.accept(settings, { code: "odd-reply", message: "Is it Seq?" });
  assert.deepEqual(diagnostics.heard.map(({ code, handler }) => [code, handler]), [["odd-reply", "seq"]]);
});

test("ServerHealth is due again after the back-off, after Retry-After, at once where the clock was set back or somebody asks", () => {
  using _diagnostics = hearDiagnostics();
  const health = new ServerHealth();
  health.fail(unreachable, settings, { nowMs: 10_000, queued: 1 });
  assert.equal(health.retryMs(10_000), 10_100);
  assert.equal(health.retryMs(9000), -Infinity);
  health.fail({ ...unreachable, retryAfterMs: 5000 }, settings, { nowMs: 20_000, queued: 1 });
  assert.equal(health.retryMs(20_000), 25_000);
  health.retryNow();
  assert.equal(health.retryMs(20_000), -Infinity);
});

/** The level that the server asks for: followed as Serilog's ControlledLevelSwitch does, by one handler or by all loggers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, getLogger } from "../../mod.ts";
import { eventually } from "../support/fake_clock.ts";
import { range, ship } from "../support/shipping.ts";

const timeout = 300_000;
const minutes = 60_000;

/** Logs one event of each level, and flushes. */
async function logAll(name = "level"): Promise<void> {
  const logger = getLogger(name);
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) logger[level]("At {Level}", { Level: level });
  await flush();
}

test("a level of the server filters its own handler, from the next event on, and null lets all pass again", { timeout }, async () => {
  await using seq = await ship({ level: "trace", periodMs: 0 });
  const levels = (): unknown[] => seq.collector.events.map(({ properties }) => properties.Level);
  seq.collector.minimumLevelAccepted = "Error";
  await logAll();
  assert.equal(levels().length, 6, "the reply came after they were logged");
  await logAll();
  assert.deepEqual(levels().slice(6), ["error", "fatal"]);
  assert.equal(getLogger().isEnabled("trace"), true, "other handlers still hear all");
  seq.collector.minimumLevelAccepted = null;
  getLogger("level").error("At {Level}", { Level: "error" });
  await flush();
  await logAll();
  assert.deepEqual(levels().slice(-6), ["trace", "debug", "info", "warn", "error", "fatal"]);
});

test("controlLevel steers the root, up and down, and null brings back the level of the configuration", { timeout }, async () => {
  await using seq = await ship({ level: "warn", controlLevel: true, periodMs: 0 });
  const before = getLogger("level.before");
  await seq.collector.untilRequests(1); // it asks at the start
  seq.collector.minimumLevelAccepted = "Verbose";
  before.warn("At {Level}", { Level: "warn" });
  await flush();
  assert.equal(getLogger().level, "trace");
  assert.equal(before.isEnabled("trace"), true, "loggers that exist follow at once");
  seq.collector.minimumLevelAccepted = "Fatal";
  before.trace("At {Level}", { Level: "trace" });
  await flush();
  assert.equal(getLogger().level, "fatal");
  seq.collector.minimumLevelAccepted = null;
  before.fatal("At {Level}", { Level: "fatal" });
  await flush();
  assert.equal(getLogger().level, "warn");
});

test("a steered level is asked for every two minutes when there is nothing to send", { timeout }, async () => {
  await using seq = await ship({ level: "info", controlLevel: true });
  await seq.collector.untilRequests(1);
  seq.collector.minimumLevelAccepted = "Debug";
  for (const n of range(2, 4)) {
    await seq.clock.advance(2 * minutes);
    await seq.collector.untilRequests(n);
  }
  assert.deepEqual(seq.collector.requests.map(({ bytes }) => bytes), [0, 0, 0, 0]);
  await eventually(() => getLogger().level === "debug", "the last reply is read");
});

test("without controlLevel the level is not requested until the server has named a level; then it is", { timeout }, async () => {
  await using seq = await ship({ level: "info" });
  seq.log(1);
  await flush();
  await seq.clock.advance(10 * minutes);
  assert.equal(seq.collector.requests.length, 1);
  seq.collector.minimumLevelAccepted = "Information";
  seq.log(1);
  await flush();
  await seq.clock.advance(2 * minutes);
  await seq.collector.untilRequests(3);
  assert.deepEqual(seq.collector.requests.map(({ count }) => count), [1, 1, 0]);
});

test("a reply that names no level of Seq's changes nothing, nor does one that fails", { timeout }, async () => {
  await using seq = await ship({ level: "info", controlLevel: true, periodMs: 0, minBackoffMs: 1, maxBackoffMs: 1 });
  await seq.collector.untilRequests(1);
  seq.collector.fail([
    { status: 201, body: '{"MinimumLevelAccepted":"Loud"}' },
    { status: 201, body: '{"MinimumLevelAccepted":17}' },
    { status: 201, body: "{}" },
    { status: 503, body: '{"MinimumLevelAccepted":"Fatal"}' },
  ]);
  for (const _ of range(1, 3)) {
    seq.log(1);
    await flush();
  }
  seq.log(1);
  const flushed = flush();
  await seq.failed(1);
  await seq.clock.advance(10);
  await flushed;
  assert.equal(getLogger().level, "info");
  assert.deepEqual(seq.numbers.at(-1), 4);
});

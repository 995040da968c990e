/** Lost events: counted, passed to a fallback, returned to callers of audit(), and reported to Seq after the outage. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, getLogger, MemoryHandler, ready, shutdown } from "../../mod.ts";
import { turn } from "../support/fake_clock.ts";
import { FakeSeq, hearDiagnostics } from "../support/seq.ts";
import { range, ship } from "../support/shipping.ts";

const timeout = 300_000;

test(
  "what was dropped is reported to Seq by one event when there is room again, with count, time range and reason",
  { timeout },
  async () => {
    await using seq = await ship({ queueSize: 10, minBackoffMs: 1000, maxBackoffMs: 1000 });
    seq.collector.fail({ status: 503, times: Infinity });
    seq.log(1);
    await seq.failed(1);
    const fromMs = seq.clock.now();
    seq.log(20);
    await turn();
    seq.clock.jump(60_000);
    const toMs = seq.clock.now();
    seq.log(5);
    await seq.failed(2); // the clock has jumped beyond the wait
    seq.collector.recover();
    await flush();
    await flush(); // the report for which the first flush made room
    const [told, ...others] = seq.collector.events.filter(({ properties }) => properties.SourceContext === "seqlog");
    assert.deepEqual(others, []);
    const { overflow = 0 } = seq.seq.stats().lost;
    assert.equal(overflow, 16);
    assert.equal(told?.level, "Warning");
    assert.match(told.message, /^16 events were dropped from \S+ to \S+: the queue was full$/);
    assert.deepEqual([told.properties.From, told.properties.To], [new Date(fromMs).toISOString(), new Date(toMs).toISOString()]);
    seq.log(1);
    await flush();
    assert.equal(
      seq.collector.events.filter(({ properties }) => properties.SourceContext === "seqlog").length,
      1,
      "one event reports the loss",
    );
  },
);

test("onRejected gets each rejected event as a line, and what the server said; the rest arrive in order", { timeout }, async () => {
  const rejected: [line: string, reason: string][] = [];
  await using seq = await ship({ onRejected: (line, reason) => rejected.push([line, reason]) }, { maxEventBytes: 20_000 });
  seq.log(3);
  seq.log(1, { Text: "x".repeat(40_000) });
  seq.log(3);
  await flush();
  assert.deepEqual(seq.numbers, [1, 2, 3, 5, 6, 7]);
  assert.equal(rejected.length, 1);
  const [[line, reason]] = rejected as [[string, string]];
  assert.equal(JSON.parse(line).N, 4);
  assert.match(reason, /^HTTP 400: /);
  assert.deepEqual(seq.seq.stats().lost, { rejected: 1 });
});

test("onRejected that throws, or a fallback that does, loses no event", { timeout }, async () => {
  using diagnostics = hearDiagnostics();
  await using seq = await ship({ onRejected: () => assert.fail("no room") }, { maxEventBytes: 20_000 });
  seq.log(1, { Text: "x".repeat(40_000) });
  seq.log(1);
  await flush();
  assert.deepEqual(seq.numbers, [2]);
  assert.ok(diagnostics.heard.some(({ code, message }) => code === "handler-failed" && message.includes("no room")));
});

test("fallback gets what is rejected, dropped, or given up at the end, as events", { timeout }, async () => {
  using _ = hearDiagnostics();
  const fallback = new MemoryHandler();
  const seq = new FakeSeq();
  seq.status = 503;
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch, queueSize: 3, fallback, properties: { MachineName: null } });
  const error = new Error("No paper");
  getLogger("shop").info("Order {OrderId}", { OrderId: 1 });
  for (const n of range(2, 4)) getLogger("shop").warn(error, "Order {OrderId}", { OrderId: n });
  await turn();
  assert.deepEqual(fallback.events.map(({ message, level, loggerName }) => [message, level, loggerName]), [["Order 1", "info", "shop"]]);
  await shutdown({ timeoutMs: 0 });
  assert.deepEqual(fallback.events.map(({ properties }) => properties.OrderId), [1, 2, 3, 4]);
  assert.match(fallback.events[3]?.exception ?? "", /^Error: No paper/);
});

test("fallback gets an event whose logger's name is no text", { timeout }, async () => {
  using hearing = hearDiagnostics();
  const fallback = new MemoryHandler();
  const seq = new FakeSeq();
  seq.status = 503;
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch, fallback });
  for (const SourceContext of [{ toString: null }, [], 7, null, { toJSON: null }]) getLogger().info("Odd", { SourceContext });
  await shutdown({ timeoutMs: 0 });
  assert.deepEqual(fallback.events.map(({ loggerName }) => loggerName), ['{"toString":null}', "[]", "7", "", '{"toJSON":null}']);
  assert.ok(hearing.heard.every(({ code }) => code !== "handler-failed"));
});

test("fallback may be named in the configuration, before or after it is described", { timeout }, async () => {
  using _ = hearDiagnostics();
  const seq = new FakeSeq();
  seq.status = 503;
  const logging = configure({
    root: { level: "info", handlers: ["seq"] },
    handlers: {
      seq: { class: "seq", serverUrl: "http://seq.test", fetch: seq.fetch, fallback: "spare" },
      spare: { class: "memory" },
    },
  });
  getLogger("shop").info("Order {OrderId}", { OrderId: 1 });
  const { spare } = logging.handlers;
  await shutdown({ timeoutMs: 0 });
  assert.deepEqual((spare as MemoryHandler).events.map(({ message }) => message), ["Order 1"]);
  assert.throws(
    () => configure({ handlers: { seq: { class: "seq", serverUrl: "http://seq.test", fallback: "sprae" }, spare: { class: "memory" } } }),
    /handlers\.seq\.fallback: .*"sprae"; did you mean spare\?/,
  );
  assert.throws(
    () => configure({ handlers: { a: { class: "memory", fallback: "b" } as never, b: { class: "memory" } } }),
    /handlers\.a\.fallback/,
  );
});

test("ready() waits while the queue is half full or more, and says whether there is room", { timeout }, async () => {
  await using seq = await ship({ queueSize: 10, minBackoffMs: 1000, maxBackoffMs: 1000 });
  assert.equal(await ready(), true);
  seq.collector.fail({ status: 503, times: 1 });
  seq.log(8);
  await seq.failed(1);
  const patient = ready();
  const impatient = ready({ timeoutMs: 0 });
  assert.equal(await impatient, false);
  await seq.clock.advance(1000);
  await seq.collector.until(8);
  await seq.clock.advance(1000);
  assert.equal(await patient, true);
});

test("a bulk job that awaits ready() loses nothing, however fast it logs", { timeout: 300_000 }, async () => {
  await using seq = await ship({ queueSize: 100, batchSize: 50, periodMs: 0 });
  for (const n of range(1, 2000)) {
    seq.log();
    if (n % 40 === 0) {
      const waiting = ready();
      await seq.clock.advance(10);
      assert.equal(await waiting, true);
    }
  }
  await flush();
  assert.deepEqual(seq.numbers, range(1, 2000));
  assert.deepEqual(seq.seq.stats().lost, {});
});

test("a server that refuses a body for its size gets smaller ones from then on", { timeout }, async () => {
  await using seq = await ship({ maxBatchBytes: 1_000_000 }, { maxPayloadBytes: 100_000 });
  seq.log(200, { Text: "x".repeat(2000) });
  await flush();
  assert.deepEqual(seq.numbers, range(1, 200));
  const refused = (): number => seq.collector.requests.filter(({ status }) => status === 413).length;
  const before = refused();
  assert.ok(before > 0);
  seq.log(200, { Text: "x".repeat(2000) });
  await flush();
  assert.deepEqual(seq.numbers, range(1, 400));
  assert.equal(refused(), before, "no later body was too large");
});

test("audit() resolves when Seq has acknowledged the event, whatever the logger's level", { timeout }, async () => {
  await using seq = await ship({ level: "error" });
  await getLogger("audit").audit("info", "Order {OrderId} approved", { OrderId: 42 });
  assert.deepEqual(seq.collector.events.map(({ message }) => message), ["Order 42 approved"]);
});

test("audit() rejects with the reason: the server is away, refuses the event, or nobody takes it", { timeout }, async () => {
  await using seq = await ship({}, { maxEventBytes: 20_000 });
  await assert.rejects(getLogger("audit").audit("info", "{Text}", { Text: "x".repeat(40_000) }), /lost: HTTP 400/);
  seq.collector.fail({ status: 503 });
  await assert.rejects(getLogger("audit").audit("info", "kept"), /not acknowledged yet, and is tried again: HTTP 503/);
  await flush();
  assert.deepEqual(seq.collector.events.map(({ message }) => message), ["kept"], "it is delivered all the same");
  await shutdown();
  await assert.rejects(getLogger("audit").audit("error", "nobody"), /no Seq handler accepts/);
});

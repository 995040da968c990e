/** Configuring again: nothing that is queued or under way is lost or doubled. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, getLogger, type SeqHandler, SeqHandler as Handler, type SeqOptions, shutdown, stats } from "../../mod.ts";
import { serveCollector } from "../support/collector.ts";
import { eventually, turn } from "../support/fake_clock.ts";
import { range, ship, type Shipping } from "../support/shipping.ts";

const timeout = 300_000;

/** Configures the same server again, with changes. */
function again(seq: Shipping, changes: Partial<SeqOptions> = {}): SeqHandler {
  const { clock, collector, fetch } = seq;
  return configure({ serverUrl: collector.url, clock, fetch, ...changes }).handlers.seq as SeqHandler;
}

test("configure() while a request is under way loses and doubles nothing", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(3);
  await seq.collector.until(3);
  seq.log(2);
  const next = again(seq);
  seq.log(2);
  assert.equal(seq.sent.length, 1);
  seq.release();
  assert.deepEqual(await flush(), { delivered: 7, pending: 0, lost: 0 });
  assert.deepEqual(seq.numbers, range(1, 7));
  assert.equal(next.stats().delivered, 7);
  assert.deepEqual(seq.heard, []);
});

test("configure() again and again, while events are logged, keeps them all in order", { timeout }, async () => {
  await using seq = await ship({ periodMs: 0 });
  for (let round = 0; round < 25; round++) {
    seq.log(3);
    if (round % 2 === 0) await turn();
    again(seq, { batchSize: 1 + round % 4, periodMs: 0 });
    seq.log(2);
  }
  await flush();
  assert.deepEqual(seq.numbers, range(1, 125));
  assert.deepEqual(Object.keys(stats()), ["seq"]);
});

test("configure() moves events that waited for their period to the new handler", { timeout }, async () => {
  await using seq = await ship();
  seq.log();
  await seq.delivered(1);
  seq.log(4);
  await turn();
  const next = again(seq);
  assert.equal(next.stats().queued, 4);
  await seq.clock.advance(2000);
  await eventually(() => next.stats().queued === 0, "the queue is empty");
  assert.deepEqual(seq.numbers, range(1, 5));
});

test("configure() with a new key or new headers uses them from the next request on, and ends the back-off", { timeout }, async () => {
  await using seq = await ship({ apiKey: "wrong", minBackoffMs: 60_000 }, { apiKeys: ["right"] });
  seq.log(2);
  await seq.failed(1);
  again(seq, { apiKey: "right" });
  await seq.collector.until(2);
  assert.equal(seq.collector.requests.at(-1)!.apiKey, "right");
  assert.deepEqual(seq.numbers, [1, 2]);
});

test("configure() with other bounds keeps the events that are within them", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 60_000 });
  seq.collector.fail({ status: 503 });
  seq.log(20);
  await seq.failed(1);
  const next = again(seq, { queueSize: 5, minBackoffMs: 60_000 });
  seq.log(1);
  await flush();
  const { delivered, lost } = next.stats();
  assert.equal(delivered + (lost.overflow ?? 0), 21 + 1, "and one that tells what was dropped");
  assert.equal(seq.numbers.at(-1), 21);
});

test("configure() with another server leaves queued events to the old one, which continues to deliver them", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 1000, maxBackoffMs: 1000 });
  await using other = await serveCollector({ port: 0 });
  seq.collector.fail({ status: 503 });
  seq.log(3);
  await seq.failed(1);
  again(seq, { serverUrl: other.url });
  seq.log(2);
  await other.until(2);
  await seq.clock.advance(1000);
  await seq.collector.until(3);
  assert.deepEqual(seq.numbers, [1, 2, 3]);
  assert.deepEqual(other.events.map(({ properties }) => properties.N), [4, 5]);
});

test("a retired handler counts in flush() and stats(), and is forgotten when it is done", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 60_000 });
  await using other = await serveCollector({ port: 0 });
  seq.collector.fail({ status: 503 });
  seq.log(3);
  await seq.failed(1);
  again(seq, { serverUrl: other.url });
  const retired = Object.entries(stats()).filter(([name]) => name !== "seq");
  assert.deepEqual(retired.map(([name, { queued }]) => [/^seq/.test(name), queued]), [[true, 3]]);
  seq.log(2);
  assert.deepEqual(await flush(), { delivered: 5, pending: 0, lost: 0 });
  await eventually(() => Object.keys(stats()).length === 1, "only the handler in force is told of");
  assert.deepEqual(Object.keys(stats()), ["seq"]);
});

test("a retired handler that is under way finishes its request", { timeout }, async () => {
  await using seq = await ship();
  await using other = await serveCollector({ port: 0 });
  seq.hold();
  seq.log(3);
  await seq.collector.until(3);
  seq.log(2);
  again(seq, { serverUrl: other.url });
  seq.release();
  await flush();
  assert.deepEqual(seq.numbers, range(1, 5));
  assert.deepEqual(seq.heard, []);
});

test("retireTimeoutMs is how long a retired handler tries; what is left is counted as lost and reported", { timeout }, async () => {
  await using seq = await ship({ retireTimeoutMs: 5000, minBackoffMs: 1000, maxBackoffMs: 1000 });
  await using other = await serveCollector({ port: 0 });
  seq.collector.fail({ status: 503, times: Infinity });
  seq.log(3);
  await seq.failed(1);
  again(seq, { serverUrl: other.url });
  await seq.clock.advance(4999);
  assert.equal(seq.seq.stats().queued, 3);
  await seq.clock.advance(1);
  const { state, queued, lost } = seq.seq.stats();
  assert.deepEqual({ state, queued, lost }, { state: "closed", queued: 0, lost: { retired: 3 } });
  assert.deepEqual(seq.heard.filter(({ code }) => code === "lost").map(({ count }) => count), [3]);
  assert.deepEqual(Object.keys(stats()), ["seq"]);
  const { length } = seq.sent;
  await seq.clock.advance(600_000);
  assert.equal(seq.sent.length, length);
});

test("a retired handler accepts no new event", { timeout }, async () => {
  await using seq = await ship();
  await using other = await serveCollector({ port: 0 });
  again(seq, { serverUrl: other.url });
  using _ = getLogger("takeover.old").addHandler(seq.seq);
  getLogger("takeover.old").info("Too late");
  assert.deepEqual(seq.seq.stats().lost, { closed: 1 });
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  assert.equal(seq.collector.received, 0);
});

test("shutdown() delivers what a retired handler still has", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 60_000 });
  await using other = await serveCollector({ port: 0 });
  seq.collector.fail({ status: 503 });
  seq.log(3);
  await seq.failed(1);
  again(seq, { serverUrl: other.url });
  assert.deepEqual(await shutdown(), { delivered: 3, pending: 0, lost: 0 });
  assert.deepEqual(seq.numbers, [1, 2, 3]);
});

test("configure() with Seq gone from it lets the handler deliver what it has", { timeout }, async () => {
  await using seq = await ship();
  seq.log();
  await seq.delivered(1);
  seq.log(3);
  await turn();
  configure({ root: { level: "error" } });
  assert.deepEqual(await flush(), { delivered: 3, pending: 0, lost: 0 });
  assert.deepEqual(seq.numbers, range(1, 4));
});

test("configure() that goes wrong changes nothing", { timeout }, async () => {
  await using seq = await ship();
  seq.log();
  await seq.delivered(1);
  seq.log();
  for (const wrong of [{ serverUrl: "nonsense" }, { serverUrl: seq.collector.url, batchSize: 0 }, { root: { handlers: ["none"] } }]) {
    assert.throws(() => configure(wrong as never), { name: "ConfigError" });
  }
  seq.log();
  assert.deepEqual(await flush(), { delivered: 2, pending: 0, lost: 0 });
  assert.deepEqual(Object.keys(stats()), ["seq"]);
  assert.equal(seq.logging.handlers.seq, seq.seq);
});

test("a handler given ready-made is neither taken over, retired nor closed", { timeout }, async () => {
  await using seq = await ship();
  const own = new Handler({ serverUrl: seq.collector.url, clock: seq.clock });
  configure({ root: { level: "info", handlers: ["own"] }, handlers: { own } });
  getLogger("takeover").info("One");
  configure({
    root: { level: "info", handlers: ["own"] },
    handlers: { own: { class: "seq", serverUrl: seq.collector.url, clock: seq.clock } },
  });
  getLogger("takeover").info("Two");
  await own.flush();
  await flush();
  assert.equal(own.stats().state, "ok");
  assert.equal(own.stats().delivered, 1);
  assert.equal(seq.collector.received, 2);
  await own.close();
});

test("loggers made before configure ship through it, and through the next", { timeout }, async () => {
  const early = getLogger("takeover.early").with({ Bound: 1 });
  await using seq = await ship();
  early.info("First");
  again(seq);
  early.info("Second");
  await flush();
  assert.deepEqual(seq.collector.events.map(({ message, properties }) => [message, properties.Bound]), [["First", 1], ["Second", 1]]);
});

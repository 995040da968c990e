/** shutdown(): flushes, closes the handlers, and returns what is lost. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, getLogger, SeqHandler, shutdown, stats } from "../../mod.ts";
import { turn } from "../support/fake_clock.ts";
import { hearConsole } from "../support/seq.ts";
import { ship } from "../support/shipping.ts";

const timeout = 300_000;

test("shutdown() delivers what is queued", { timeout }, async () => {
  await using seq = await ship();
  seq.log();
  await seq.delivered(1);
  seq.log(3);
  assert.deepEqual(await shutdown(), { delivered: 3, pending: 0, lost: 0 });
  assert.deepEqual(seq.numbers, [1, 2, 3, 4]);
  assert.deepEqual(seq.heard, []);
});

test("shutdown() leaves the tree unconfigured: warnings go to the console, nothing to Seq", { timeout }, async () => {
  await using seq = await ship({ loggers: { "shutdown.loud": "debug" } });
  await shutdown();
  using console = hearConsole();
  getLogger("shutdown").info("Not heard");
  getLogger("shutdown.loud").debug("Not heard either");
  getLogger("shutdown").warn("Heard");
  assert.deepEqual(console.heard.map(({ method, text }) => [method, /Heard/.test(text)]), [["warn", true]]);
  assert.deepEqual([Object.keys(stats()), stats().shutdown?.lost], [["shutdown"], { closed: 3 }]);
  assert.deepEqual(seq.sent, []);
});

test("shutdown() returns at its deadline, and counts what is left as lost", { timeout }, async () => {
  await using seq = await ship({ batchSize: 2 });
  seq.collector.fail([{}, { status: 503, times: Infinity }]);
  seq.log(5);
  const ending = shutdown({ timeoutMs: 1000 });
  await seq.failed(1);
  await seq.clock.advance(1000);
  assert.deepEqual(await ending, { delivered: 2, pending: 0, lost: 3 });
  const { state, queued, delivered, lost } = seq.seq.stats();
  assert.deepEqual({ state, queued, delivered, lost }, { state: "closed", queued: 0, delivered: 2, lost: { closed: 3 } });
  assert.deepEqual(seq.codes, ["unreachable", "lost"]);
  const told = seq.heard.slice(1);
  assert.deepEqual(told.map(({ handler, count }) => ({ handler, count })), [{ handler: "seq", count: 3 }]);
  assert.match(told[0]!.message, /3 events/);
});

test("shutdown() gives up a request that is under way at its deadline, and begins none after it", { timeout }, async () => {
  await using seq = await ship();
  seq.collector.fail({ hang: true });
  seq.log(2);
  await seq.collector.untilRequests(1);
  const ending = shutdown({ timeoutMs: 500 });
  await seq.clock.advance(500);
  assert.deepEqual(await ending, { delivered: 0, pending: 0, lost: 2 });
  assert.equal(seq.sent[0]!.init.signal?.aborted, true);
  await seq.clock.advance(600_000);
  assert.equal(seq.sent.length, 1);
  assert.equal(seq.clock.timers, 0);
});

test("shutdown() counts events once that are logged to its handlers afterwards, and tells it", { timeout }, async () => {
  await using seq = await ship();
  const { seq: handler } = seq;
  await shutdown();
  using _ = getLogger("shutdown.after").addHandler(handler);
  for (let n = 0; n < 3; n++) getLogger("shutdown.after").warn("Too late");
  assert.deepEqual(handler.stats().lost, { closed: 3 });
  assert.deepEqual(seq.codes, ["closed"]);
});

test("shutdown() may be called twice, and at once", { timeout }, async () => {
  await using seq = await ship();
  seq.log(2);
  const both = await Promise.all([shutdown(), shutdown()]);
  assert.deepEqual(both, [{ delivered: 2, pending: 0, lost: 0 }, { delivered: 2, pending: 0, lost: 0 }]);
  assert.deepEqual(await shutdown(), { delivered: 0, pending: 0, lost: 0 });
  assert.deepEqual(seq.numbers, [1, 2]);
});

test("shutdown() flushes a handler that the program has added, and leaves it open", { timeout }, async () => {
  await using seq = await ship();
  const own = new SeqHandler({ serverUrl: seq.collector.url, clock: seq.clock });
  using _ = getLogger("shutdown.own").addHandler(own);
  getLogger("shutdown.own").info("Own and Seq");
  assert.deepEqual(await shutdown(), { delivered: 2, pending: 0, lost: 0 });
  assert.equal(own.stats().state, "ok");
  getLogger("shutdown.own").warn("Own only");
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  await own.close();
});

test("configure() during a shutdown stays active", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(2);
  const ending = shutdown();
  await seq.collector.until(2);
  configure({ serverUrl: seq.collector.url, clock: seq.clock, fetch: seq.fetch });
  seq.release();
  await ending;
  getLogger("shutdown").info("After");
  assert.equal((await flush()).delivered, 1);
  assert.equal(seq.collector.received, 3);
});

test("configure() after a shutdown begins again", { timeout }, async () => {
  await using seq = await ship();
  await shutdown();
  configure({ serverUrl: seq.collector.url, clock: seq.clock });
  seq.log();
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
});

test("await using a Logging shuts it down with its block", { timeout }, async () => {
  await using seq = await ship();
  {
    await using _logging = configure({ serverUrl: seq.collector.url, clock: seq.clock, fetch: seq.fetch });
    seq.log(3);
  }
  assert.equal(seq.collector.received, 3);
  assert.deepEqual(stats(), {});
});

test("close() of a handler counts what is queued as lost", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(2);
  await turn();
  await seq.seq.close();
  assert.deepEqual(seq.seq.stats().lost, { closed: 2 });
  assert.deepEqual(seq.codes, ["lost"]);
  assert.deepEqual(await flush(), { delivered: 0, pending: 0, lost: 0 });
});

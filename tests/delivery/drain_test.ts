/** Rejected batches: a batch is halved until the poison event is alone, and no other event is given up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, getLogger, SeqHandler } from "../../mod.ts";
import { range, ship, type Shipping } from "../support/shipping.ts";

const timeout = 300_000;
/** The collector refuses an event of more than this with 400; the library nevertheless sends it. */
const strict = { maxEventBytes: 2000 };
const everySecond = { minBackoffMs: 1000, maxBackoffMs: 1000 };

/** Logs events, those of these numbers poisoned. */
function logWithPoison(seq: Shipping, count: number, poison: readonly number[]): void {
  for (const n of range(1, count)) seq.log(1, poison.includes(n) ? { Text: "x".repeat(3000) } : {});
}

const cases: Record<string, readonly [count: number, poison: readonly number[]]> = {
  "in the middle": [20, [9]],
  "that is the first": [16, [1]],
  "that is the last": [17, [17]],
  "that is alone": [1, [1]],
  "of two": [2, [2]],
  "neighbours": [30, [11, 12, 13]],
  "far from one another": [64, [1, 2, 32, 33, 63, 64]],
  "that are all": [5, [1, 2, 3, 4, 5]],
};

for (const [name, [count, poison]] of Object.entries(cases)) {
  test(`a poison event ${name} is lost and counted, and no other`, { timeout }, async () => {
    await using seq = await ship({}, strict);
    logWithPoison(seq, count, poison);
    const sound = range(1, count).filter((n) => !poison.includes(n));
    assert.deepEqual(await flush(), { delivered: sound.length, pending: 0, lost: poison.length });
    assert.deepEqual(seq.numbers, sound);
    const { state, delivered, queued, lost } = seq.seq.stats();
    assert.deepEqual({ state, delivered, queued, lost }, {
      state: "ok",
      delivered: sound.length,
      queued: 0,
      lost: { rejected: poison.length },
    });
    assert.equal(seq.heard.filter(({ code }) => code === "rejected").reduce((sum, { count }) => sum + count, 0), poison.length);
  });
}

test("a rejected event is reported with the reason that Seq gives", { timeout }, async () => {
  await using seq = await ship({}, strict);
  logWithPoison(seq, 3, [2]);
  await flush();
  assert.deepEqual(seq.codes, ["rejected"]);
  assert.equal(seq.heard[0]!.handler, "seq");
  assert.ok(seq.heard[0]!.message.includes(seq.collector.requests.findLast(({ error }) => error !== null)!.error!));
});

test("a poison event alone is given up only after Seq has accepted an empty body, and rejected the event again", { timeout }, async () => {
  await using seq = await ship({}, strict);
  logWithPoison(seq, 1, [1]);
  await flush();
  assert.deepEqual(seq.collector.requests.map(({ status, bytes }) => [status, bytes > 0]), [[400, true], [201, false], [400, true]]);
});

test("a proxy that replies 400 to everything loses nothing", { timeout }, async () => {
  for (const status of [400, 413, 422]) {
    await using seq = await ship(everySecond);
    seq.collector.fail({ status, times: Infinity });
    seq.log(9);
    await seq.failed(1);
    await seq.clock.advance(1000);
    await seq.failed(2);
    const { state, queued, lost } = seq.seq.stats();
    assert.deepEqual({ state, queued, lost }, { state: "retrying", queued: 9, lost: {} });
    seq.collector.recover();
    await seq.clock.advance(1000);
    await seq.delivered(9);
    assert.deepEqual(seq.numbers, range(1, 9));
    assert.deepEqual(seq.codes, ["unreachable", "recovered"]);
    assert.match(seq.heard[0]!.message, new RegExp(`HTTP ${status}`));
  }
});

test("a proxy that replies 400 to everything gets only a few requests for each attempt", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.collector.fail({ status: 400, times: Infinity });
  seq.log(1000);
  await seq.failed(1);
  assert.ok(seq.sent.length <= 12, `${seq.sent.length} requests`); // the halves of 1000, and the empty one
});

test("a batch that is too large for Seq goes in parts, and none of it is lost", { timeout }, async () => {
  await using seq = await ship({}, { maxPayloadBytes: 3000 });
  seq.log(100);
  assert.deepEqual(await flush(), { delivered: 100, pending: 0, lost: 0 });
  assert.deepEqual(seq.numbers, range(1, 100));
  assert.deepEqual(seq.codes, []);
});

test("an outage during the halving keeps what is left", { timeout }, async () => {
  await using seq = await ship(everySecond, strict);
  logWithPoison(seq, 8, [6]);
  seq.collector.fail([{}, {}, { status: 503, times: 2 }]); // the whole: 400, the first half: 201, then the outage
  await seq.failed(1);
  assert.deepEqual(seq.numbers, [1, 2, 3, 4]);
  await seq.clock.advance(1000);
  await seq.failed(2);
  await seq.clock.advance(1000);
  assert.equal((await flush()).pending, 0);
  assert.deepEqual(seq.numbers, [1, 2, 3, 4, 5, 7, 8]);
  assert.deepEqual(seq.seq.stats().lost, { rejected: 1 });
});

test("events behind a poison event do not wait for the period", { timeout }, async () => {
  await using seq = await ship({}, strict);
  logWithPoison(seq, 4, [1]);
  await seq.delivered(3);
  assert.deepEqual(seq.numbers, [2, 3, 4]);
});

test("close() at any moment of a request ends it: what was given up is not posted again", async () => {
  for (let hops = 0; hops < 40; hops++) {
    let posts = 0;
    const fetch = (): Promise<Response> => {
      if (++posts > 5) return new Promise(() => {}); // a drain that does not end would take the test along
      void (async () => {
        for (let i = 0; i < hops; i++) await null;
        await seq.close();
      })();
      return Promise.resolve(new Response(null, { status: 201 }));
    };
    const seq = new SeqHandler({ serverUrl: "http://seq.test", fetch });
    const logger = getLogger(`close.hops.${hops}`);
    using _ = logger.addHandler(seq);
    logger.error("x");
    await seq.flush({ timeoutMs: 1000 });
    await seq.close();
    const { delivered, lost } = seq.stats();
    assert.equal(posts, 1, `after ${hops} hops`);
    assert.equal(delivered + (lost.closed ?? 0), 1, `after ${hops} hops`);
  }
});

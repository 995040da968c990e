/** flush(): tries at once, returns when the queued events are settled or at its deadline, and returns their counts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, type FlushResult, getLogger, Handler, SeqHandler } from "../../mod.ts";
import { eventually, turn } from "../support/fake_clock.ts";
import { range, ship } from "../support/shipping.ts";

const timeout = 300_000;
const result = (delivered: number, pending = 0, lost = 0): FlushResult => ({ delivered, pending, lost });

test("flush() returns how many of the queued events were delivered", { timeout }, async () => {
  await using seq = await ship();
  seq.log(3);
  assert.deepEqual(await flush(), result(3));
  assert.equal(seq.collector.received, 3);
});

test("flush() of an empty queue sends nothing", { timeout }, async () => {
  await using seq = await ship();
  assert.deepEqual(await flush(), result(0));
  seq.log();
  await flush();
  assert.deepEqual(await flush(), result(0));
  assert.equal(seq.collector.requests.length, 1);
});

test("flush() of a tree without handlers that wait gives zeros", { timeout }, async () => {
  assert.deepEqual(await flush(), result(0));
});

test("flush() does not wait for the period", { timeout }, async () => {
  await using seq = await ship();
  seq.log();
  await seq.delivered(1);
  seq.log(2);
  assert.deepEqual(await flush(), result(2));
  assert.deepEqual(seq.numbers, [1, 2, 3]);
});

test("flush() sends as many requests as it takes", { timeout }, async () => {
  await using seq = await ship({ batchSize: 4 });
  seq.log(18);
  assert.deepEqual(await flush(), result(18));
  assert.deepEqual(seq.collector.requests.map(({ count }) => count), [4, 4, 4, 4, 2]);
});

test("flush() waits for a request that is under way, and then sends the rest at once", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(2);
  await seq.collector.until(2);
  seq.log(3);
  const flushing = flush();
  await turn();
  assert.equal(seq.sent.length, 1);
  seq.release();
  assert.deepEqual(await flushing, result(5));
  assert.deepEqual(seq.numbers, range(1, 5));
});

test("flush() counts what was queued at the call, and nothing that came later", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(2);
  const flushing = flush();
  await seq.collector.until(2);
  seq.log(3);
  seq.release();
  assert.deepEqual(await flushing, result(2));
  assert.equal(seq.seq.stats().queued, 3);
  await seq.clock.advance(2000);
  await seq.delivered(5);
});

test("flush() returns at its deadline with the number of pending events, which are delivered later", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(4);
  const flushing = flush({ timeoutMs: 1000 });
  await seq.collector.until(4);
  await seq.clock.advance(999);
  const early = await Promise.race([flushing, turn().then(() => "still waiting")]);
  assert.equal(early, "still waiting");
  await seq.clock.advance(1);
  assert.deepEqual(await flushing, result(0, 4));
  seq.release();
  await seq.delivered(4);
  assert.deepEqual(seq.numbers, [1, 2, 3, 4]);
});

test("flush() at its deadline returns what was delivered and what was not", { timeout }, async () => {
  await using seq = await ship({ batchSize: 3 });
  seq.collector.fail([{}, { status: 503, times: Infinity }]);
  seq.log(5);
  const flushing = flush({ timeoutMs: 100 });
  await seq.failed(1);
  await seq.clock.advance(100);
  assert.deepEqual(await flushing, result(3, 2));
});

test("flush() with no time returns at once", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(2);
  assert.deepEqual(await flush({ timeoutMs: 0 }), result(0, 2));
});

test("flush() counts a rejected event as lost", { timeout }, async () => {
  await using seq = await ship({}, { maxEventBytes: 2000 });
  seq.log(2);
  seq.log(1, { Text: "x".repeat(5000) });
  seq.log(2);
  assert.deepEqual(await flush(), result(4, 0, 1));
  assert.deepEqual(seq.numbers, [1, 2, 4, 5]);
});

test("flush() never rejects while Seq is down", { timeout }, async () => {
  await using seq = await ship();
  await seq.collector.close();
  seq.log(2);
  const flushing = flush({ timeoutMs: 300 });
  await seq.failed(1);
  await seq.clock.advance(300);
  assert.deepEqual(await flushing, result(0, 2));
});

test("flush() tries at once although a back-off is under way", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 60_000 });
  seq.collector.fail({ status: 503 });
  seq.log(2);
  await seq.failed(1);
  assert.deepEqual(await flush(), result(2));
  assert.equal(seq.clock.now(), seq.sent[0]!.atMs);
});

test("flush() keeps trying under the back-off until its deadline", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 1000, maxBackoffMs: 1000 });
  seq.collector.fail({ status: 503, times: 3 });
  seq.log(2);
  const flushing = flush({ timeoutMs: 60_000 });
  for (const n of range(1, 3)) {
    await seq.failed(n);
    await seq.clock.advance(1000);
  }
  assert.deepEqual(await flushing, result(2));
  assert.deepEqual(seq.sent.map(({ atMs }) => atMs - seq.sent[0]!.atMs), [0, 1000, 2000, 3000]);
});

test(
  "flush() may be called again while one is under way: each returns its own counts, and nothing is sent twice",
  { timeout },
  async () => {
    await using seq = await ship();
    seq.hold();
    seq.log(2);
    const flushes = [flush(), flush()];
    await seq.collector.until(2);
    seq.log(3);
    flushes.push(flush(), flush());
    seq.release();
    assert.deepEqual(await Promise.all(flushes), [result(2), result(2), result(5), result(5)]);
    assert.deepEqual(seq.numbers, range(1, 5));
  },
);

test("flush() with different deadlines at once returns at each", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(3);
  const [short, long] = [flush({ timeoutMs: 100 }), flush({ timeoutMs: 5000 })];
  await seq.collector.until(3);
  await seq.clock.advance(100);
  assert.deepEqual(await short, result(0, 3));
  seq.release();
  assert.deepEqual(await long, result(3));
});

for (const overflow of ["drop-oldest", "drop-newest"] as const) {
  test(`flush() counts as delivered what was, though newer events found no room meanwhile: ${overflow}`, { timeout }, async () => {
    await using seq = await ship({ queueSize: 10, overflow });
    seq.hold();
    seq.log(5);
    const flushing = flush();
    await seq.collector.until(5);
    seq.log(30);
    await turn();
    assert.ok(seq.seq.stats().lost.overflow! > 0);
    seq.release();
    assert.deepEqual(await flushing, result(5));
    assert.deepEqual(seq.numbers.slice(0, 5), range(1, 5));
  });
}

test("flush() counts queued events as lost that had to make room", { timeout }, async () => {
  await using seq = await ship({ queueSize: 10, minBackoffMs: 1000, maxBackoffMs: 1000 });
  seq.collector.fail({ status: 503 });
  seq.log(4);
  const flushing = flush();
  await seq.failed(1);
  seq.log(9);
  await seq.clock.advance(1000);
  assert.deepEqual(await flushing, result(1, 0, 3));
});

test("flush() reaches every handler: of the configuration, added, retired", { timeout }, async () => {
  await using seq = await ship();
  const added = new SeqHandler({ serverUrl: seq.collector.url, clock: seq.clock });
  using _ = getLogger("flush.added").addHandler(added);
  getLogger("flush.added").info("Twice");
  assert.deepEqual(await flush(), result(2));
  await added.close();
});

test("flush() sums what the handlers return, and outlives one that rejects or never returns", { timeout }, async () => {
  class Odd extends Handler {
    readonly #flush: () => Promise<FlushResult>;
    constructor(flush: () => Promise<FlushResult>) {
      super();
      this.#flush = flush;
    }
    emit(): void {}
    override flush(): Promise<FlushResult> {
      return this.#flush();
    }
  }
  await using seq = await ship();
  const odd = [
    new Odd(() => Promise.resolve(result(7, 1, 2))),
    new Odd(() => Promise.reject(new Error("nope"))),
    new Odd(() => new Promise(() => {})),
    new Odd(() => {
      throw new Error("at once");
    }),
  ];
  const added = odd.map((handler) => getLogger("flush.odd").addHandler(handler));
  try {
    seq.log(2);
    await seq.delivered(2);
    assert.deepEqual(await flush({ timeoutMs: 200 }), result(7, 1, 2));
    assert.deepEqual(seq.heard.map(({ message }) => /: (nope|at once)\b/.exec(message)?.[1]).sort(), ["at once", "nope"]);
  } finally {
    for (const one of added) one[Symbol.dispose]();
  }
});

test("SeqHandler works without configure, and flushes by itself", { timeout }, async () => {
  await using seq = await ship();
  const own = new SeqHandler({ serverUrl: seq.collector.url, clock: seq.clock });
  own.emit({ timestampMs: 0, level: "info", loggerName: "own", messageTemplate: "Own {N}", properties: { N: 0 }, message: "Own 0" });
  assert.deepEqual(await own.flush(), result(1));
  assert.deepEqual(seq.numbers, [0]);
  await own.close();
});

test("flush() leaves no timer behind", { timeout }, async () => {
  await using seq = await ship();
  seq.log(3);
  await flush();
  await eventually(() => seq.clock.timers === 0, "every timer is cleared");
});

/** When lines are sent: at the end of a tick, when a batch is full, when the period has passed; one request at a time, in order. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, getLogger, stats } from "../../mod.ts";
import { isBrief, rounds } from "../support/effort.ts";
import { eventually, turn } from "../support/fake_clock.ts";
import { range, ship, type Shipping } from "../support/shipping.ts";

const timeout = 300_000;

/** How many events each request carried that was accepted. */
const counts = ({ collector }: Shipping): number[] => collector.requests.map(({ count }) => count);

/** Sends one event, so that a period begins now. */
async function beginPeriod(seq: Shipping): Promise<void> {
  seq.log();
  await seq.delivered(1);
}

// ---- the period ----

test("configure() ships an event at the end of its tick, not within the call", { timeout }, async () => {
  await using seq = await ship();
  seq.log();
  assert.equal(seq.sent.length, 0);
  await turn();
  assert.equal(seq.sent.length, 1);
  await seq.collector.until(1);
  assert.deepEqual(seq.numbers, [1]);
});

test("configure() ships all events of a tick in one request", { timeout }, async () => {
  await using seq = await ship();
  seq.log(3);
  await Promise.resolve();
  await seq.collector.until(3);
  assert.deepEqual(counts(seq), [3]);
});

test("periodMs makes an event wait until so long after the request before it", { timeout }, async () => {
  await using seq = await ship();
  await beginPeriod(seq);
  await seq.clock.advance(500);
  seq.log();
  await seq.clock.advance(1499);
  assert.equal(seq.sent.length, 1);
  await seq.clock.advance(1);
  assert.deepEqual(seq.sent.map(({ atMs }) => atMs - seq.sent[0]!.atMs), [0, 2000]);
  await seq.collector.until(2);
});

test("periodMs lets an event go at the end of its tick when it has passed since the request before", { timeout }, async () => {
  await using seq = await ship({ periodMs: 700 });
  await beginPeriod(seq);
  await seq.clock.advance(700);
  seq.log();
  await turn();
  assert.equal(seq.sent.length, 2);
  await seq.collector.until(2);
});

test("periodMs 0 lets every event go at the end of its tick", { timeout }, async () => {
  await using seq = await ship({ periodMs: 0 });
  for (const n of range(1, 5)) {
    seq.log();
    await seq.delivered(n);
  }
  assert.deepEqual(counts(seq), [1, 1, 1, 1, 1]);
});

test("a request carries all that waits when the period ends", { timeout }, async () => {
  await using seq = await ship();
  await beginPeriod(seq);
  for (const _ of range(1, 4)) {
    seq.log(2);
    await seq.clock.advance(450);
  }
  assert.equal(seq.sent.length, 1);
  await seq.clock.advance(200);
  await seq.collector.until(9);
  assert.deepEqual(counts(seq), [1, 8]);
  assert.deepEqual(seq.numbers, range(1, 9));
});

test("periods follow one another while events keep coming", { timeout }, async () => {
  await using seq = await ship({ periodMs: 1000 });
  await beginPeriod(seq);
  for (const n of range(2, 6)) {
    seq.log();
    await seq.clock.advance(1000);
    await seq.delivered(n);
  }
  assert.deepEqual(seq.sent.map(({ atMs }) => atMs - seq.sent[0]!.atMs), [0, 1000, 2000, 3000, 4000, 5000]);
});

test("periodMs is measured from the beginning of a request, not from its reply", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log();
  await seq.collector.until(1);
  await seq.clock.advance(1900);
  seq.release();
  await seq.delivered(1);
  seq.log();
  await seq.clock.advance(100);
  assert.equal(seq.sent.length, 2);
  await seq.delivered(2);
});

test("events logged during a request that outlasts the period are sent as soon as it has a reply", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log();
  await seq.collector.until(1);
  seq.log(3);
  await seq.clock.advance(2500);
  assert.equal(seq.sent.length, 1);
  seq.release();
  await seq.delivered(4);
  assert.deepEqual(counts(seq), [1, 3]);
});

test("a clock that is set back holds no event up", { timeout }, async () => {
  await using seq = await ship();
  await beginPeriod(seq);
  seq.clock.jump(-86_400_000);
  seq.log();
  await turn();
  assert.equal(seq.sent.length, 2);
  await seq.delivered(2);
});

// ---- size ----

test("batchSize events are sent at once, whatever the period", { timeout }, async () => {
  await using seq = await ship({ batchSize: 3 });
  await beginPeriod(seq);
  seq.log(2);
  await turn();
  assert.equal(seq.sent.length, 1);
  seq.log();
  await turn();
  assert.equal(seq.sent.length, 2);
  await seq.delivered(4);
  assert.deepEqual(counts(seq), [1, 3]);
});

test("batchSize is the most events in one request; what is no full batch waits for the period", { timeout }, async () => {
  await using seq = await ship({ batchSize: 3 });
  seq.log(8);
  await seq.delivered(6);
  await seq.clock.advance(1999);
  assert.deepEqual(counts(seq), [3, 3]);
  await seq.clock.advance(1);
  await seq.delivered(8);
  assert.deepEqual(counts(seq), [3, 3, 2]);
  assert.deepEqual(seq.numbers, range(1, 8));
});

test("maxBatchBytes starts a request when so many bytes wait, whatever the period", { timeout }, async () => {
  await using seq = await ship({ maxBatchBytes: 4000 });
  await beginPeriod(seq);
  seq.log(3, { Text: "x".repeat(1000) });
  await turn();
  assert.equal(seq.sent.length, 1);
  seq.log(1, { Text: "x".repeat(1000) });
  await turn();
  assert.equal(seq.sent.length, 2);
  await seq.delivered(4);
});

test("maxBatchBytes is the most bytes in one request, of UTF-8 and not of characters", { timeout }, async () => {
  await using seq = await ship({ maxBatchBytes: 10_000, periodMs: 0 });
  seq.log(20, { Text: "é😀".repeat(150) }); // 900 bytes, 450 UTF-16 units
  await seq.delivered(20);
  for (const { bytes, count } of seq.collector.requests) {
    assert.ok(bytes <= 10_000, `${bytes} bytes`);
    assert.ok(count <= 11, `${count} events of more than 900 bytes`);
  }
  assert.deepEqual(seq.numbers, range(1, 20));
});

test("an event of more than maxBatchBytes goes alone", { timeout }, async () => {
  await using seq = await ship({ maxBatchBytes: 2000, periodMs: 0 });
  seq.log(2);
  seq.log(1, { Text: "x".repeat(5000) });
  seq.log(2);
  await seq.delivered(5);
  assert.deepEqual(counts(seq), [2, 1, 2]);
  assert.deepEqual(seq.numbers, range(1, 5));
});

// ---- order, and one at a time ----

test("one request at a time is under way", { timeout }, async () => {
  await using seq = await ship({ batchSize: 2, periodMs: 0 });
  seq.hold();
  for (const n of range(1, 4)) {
    seq.log(2);
    await seq.clock.advance(100);
    assert.equal(seq.sent.length, 1, `after ${n} batches`);
  }
  seq.release();
  await seq.delivered(8);
  assert.deepEqual(seq.numbers, range(1, 8));
});

test("events of many ticks and batches arrive once each, in order", { timeout }, async () => {
  await using seq = await ship({ batchSize: 7, periodMs: 0 });
  for (const n of range(1, 60)) {
    seq.log(n % 11);
    if (n % 3 === 0) await turn();
  }
  const total = range(1, 60).reduce((sum, n) => sum + n % 11, 0);
  await seq.delivered(total);
  assert.deepEqual(seq.numbers, range(1, total));
});

const burst = rounds(100_000, isBrief ? 5000 : 20_000);

test(`a burst of ${burst} events in one tick arrives whole and in order`, { timeout: 300_000 }, async () => {
  const total = burst;
  await using seq = await ship();
  seq.log(total);
  assert.equal(seq.seq.stats().queued, total);
  await seq.logging.flush({ timeoutMs: 50_000 });
  assert.deepEqual(seq.numbers, range(1, total));
  const { delivered, lost, queued, queuedBytes } = seq.seq.stats();
  assert.deepEqual({ delivered, lost, queued, queuedBytes }, { delivered: total, lost: {}, queued: 0, queuedBytes: 0 });
  const unsorted = seq.collector.events.findIndex(({ timestamp }, i) => i > 0 && timestamp <= seq.collector.events[i - 1]!.timestamp);
  assert.equal(unsorted, -1, `@t says another order at event ${unsorted}`);
  for (const { bytes } of seq.collector.requests) assert.ok(bytes <= 1_048_576, `${bytes} bytes`);
});

test("an event is shipped as it was when it was logged", { timeout }, async () => {
  await using seq = await ship();
  const order = { Id: 1, Items: ["a"] };
  seq.log(1, { Order: order });
  order.Id = 2;
  order.Items.push("b");
  const [event] = await seq.collector.until(1);
  assert.deepEqual(event!.properties.Order, { Id: 1, Items: ["a"] });
});

test("lines of every length and script arrive as they were", { timeout }, async () => {
  const texts = ["", "é", "😀", "\u2028\r\n\0", "x".repeat(65_000), "ü".repeat(40_000), "漢".repeat(30_000), 'a\nb\\n"'];
  await using seq = await ship({ periodMs: 0, maxBatchBytes: 100_000 });
  for (let round = 0; round < 3; round++) for (const Text of texts) seq.log(1, { Text });
  await seq.delivered(texts.length * 3);
  assert.deepEqual(seq.numbers, range(1, texts.length * 3));
  for (const [i, { properties }] of seq.collector.events.entries()) {
    const text = properties.Text as string;
    assert.ok(text === texts[i % texts.length], `event ${i + 1}: ${text.slice(0, 20)}… of ${text.length}`);
  }
});

// ---- waitUntil ----

test("waitUntil receives each piece of work, which settles when the events are delivered", { timeout }, async () => {
  const works: Promise<unknown>[] = [];
  await using seq = await ship({ periodMs: 0, waitUntil: (work) => void works.push(work) });
  for (const n of range(1, 3)) {
    seq.log(2);
    await turn();
    assert.equal(works.length, n);
    await works.at(-1);
    assert.equal(seq.collector.received, n * 2);
  }
});

test("waitUntil that fails is reported, and the events go nevertheless where work outlives the call", { timeout }, async () => {
  class Context { // whose method may not be detached, as a Worker's
    #work: unknown;
    waitUntil(work: Promise<unknown>): void {
      this.#work = work;
    }
  }
  const { waitUntil } = new Context();
  await using seq = await ship({ waitUntil });
  seq.log(2);
  await turn();
  assert.deepEqual(seq.codes, ["wait-until-failed"]);
  assert.match(seq.heard[0]!.hint!, /ctx\.waitUntil\(work\)/);
  await seq.delivered(2);
  assert.deepEqual(seq.numbers, [1, 2]);
});

// ---- how it is doing ----

test("stats() counts what is queued, under way, delivered", { timeout }, async () => {
  await using seq = await ship();
  seq.hold();
  seq.log(3);
  await seq.collector.until(3);
  seq.log(2);
  const { seq: before } = seq.logging.stats();
  assert.deepEqual({ ...before, queuedBytes: before!.queuedBytes > 300 }, {
    state: "ok",
    queued: 5,
    queuedBytes: true,
    delivered: 0,
    retries: 0,
    lost: {},
    lastError: undefined,
  });
  seq.release();
  await seq.delivered(3);
  assert.equal(seq.logging.stats().seq!.queued, 2);
});

test("nothing is said while all is well", { timeout }, async () => {
  await using seq = await ship({ batchSize: 10 });
  seq.log(95);
  await seq.logging.flush();
  assert.deepEqual(seq.heard, []);
});

test("two handlers ship independently of one another", { timeout }, async () => {
  await using down = await ship();
  down.collector.fail({ status: 503, times: Infinity });
  await using up = await ship();
  configure({
    root: { level: "info", handlers: ["down", "up"] },
    handlers: {
      down: { class: "seq", serverUrl: down.collector.url, clock: down.clock },
      up: { class: "seq", serverUrl: up.collector.url, clock: up.clock },
    },
  });
  getLogger("both").info("Hello");
  await up.collector.until(1);
  await eventually(() => stats().down!.retries === 1, "a request has failed");
  assert.equal(down.collector.received, 0);
  down.collector.recover();
  await down.clock.advance(1000);
  await down.collector.until(1);
  assert.equal(up.collector.received, 1);
});

/** The queue in memory: bounded by events and bytes; dropped events are counted, and reported once. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, getLogger, SeqHandler } from "../../mod.ts";
import { codePoint } from "../support/code_points.ts";
import { rounds } from "../support/effort.ts";
import { turn } from "../support/fake_clock.ts";
import { MemoryQueue } from "../../src/delivery/memory_queue.ts";
import { clefTime } from "../../src/event/clef_time.ts";
import { pushLine } from "../support/push_line.ts";
import { range, ship, type Shipping } from "../support/shipping.ts";

const timeout = 300_000;

/** How many events, and how many bytes, the queue has; and what it has given up. */
function queueOf({ seq }: Shipping): { queued: number; queuedBytes: number; lost: Readonly<Record<string, number>> } {
  const { queued, queuedBytes, lost } = seq.stats();
  return { queued, queuedBytes, lost };
}

test("queueSize keeps the newest events when more come than can wait", { timeout }, async () => {
  await using seq = await ship({ queueSize: 10, minBackoffMs: 60_000 });
  seq.collector.fail({ status: 503 });
  seq.log(25);
  await seq.failed(1);
  seq.log(7);
  await turn();
  const { queued, lost } = queueOf(seq);
  assert.deepEqual({ queued, lost }, { queued: 10, lost: { overflow: 22 } });
  await flush();
  assert.deepEqual(seq.numbers, range(23, 32));
});

test('overflow "drop-newest" keeps the oldest events', { timeout }, async () => {
  await using seq = await ship({ queueSize: 10, overflow: "drop-newest", minBackoffMs: 60_000 });
  seq.collector.fail({ status: 503 });
  seq.log(25);
  await seq.failed(1);
  seq.log(7);
  await turn();
  const { queued, lost } = queueOf(seq);
  assert.deepEqual({ queued, lost }, { queued: 10, lost: { overflow: 22 } });
  await flush();
  assert.deepEqual(seq.numbers, range(1, 10));
  seq.log(2);
  await flush();
  assert.deepEqual(seq.numbers.slice(10), [33, 34]);
});

for (const overflow of ["drop-oldest", "drop-newest"] as const) {
  test(`maxQueueBytes bounds what waits, whatever the number: ${overflow}`, { timeout }, async () => {
    const maxQueueBytes = 50_000;
    await using seq = await ship({ maxQueueBytes, overflow, minBackoffMs: 60_000 });
    seq.collector.fail({ status: 503 });
    for (let i = 0; i < 100; i++) {
      seq.log(1, { Text: "é".repeat(1000) });
      await turn();
      const { queuedBytes } = queueOf(seq);
      assert.ok(queuedBytes <= maxQueueBytes, `${queuedBytes} bytes`);
    }
    const { queued, lost } = queueOf(seq);
    assert.ok(queued >= 20, `${queued} events of 2 kB`);
    assert.equal(queued + lost.overflow!, 100);
    await seq.failed(1);
    await flush();
    const from = overflow === "drop-oldest" ? 101 - queued : 1;
    assert.deepEqual(seq.numbers, range(from, from + queued - 1));
  });
}

test("the bounds hold within a tick, too", { timeout }, async () => {
  await using seq = await ship({ maxQueueBytes: 100_000, queueSize: 1000 });
  for (let i = 0; i < 5000; i++) {
    seq.log(1, { Text: "x".repeat(500) });
    const { queued, queuedBytes } = queueOf(seq);
    assert.ok(queuedBytes <= 100_000 + 17_000, `${queuedBytes} bytes`); // the lines that are not bytes yet come on top: 16 KiB
    assert.ok(queued <= 1000 + 128, `${queued} events`);
  }
  const { queued, lost } = queueOf(seq);
  assert.equal(queued + lost.overflow!, 5000);
  await flush();
  assert.deepEqual(seq.numbers.at(-1), 5000);
});

test("events under way are never dropped to make room", { timeout }, async () => {
  await using seq = await ship({ queueSize: 10 });
  seq.hold();
  seq.log(6);
  await seq.collector.until(6);
  seq.log(50);
  await turn();
  const { queued, lost } = queueOf(seq);
  assert.deepEqual({ queued, lost }, { queued: 10, lost: { overflow: 46 } });
  seq.release();
  await seq.delivered(6);
  assert.deepEqual(seq.seq.stats().delivered, 6);
  await flush();
  assert.deepEqual(seq.numbers, [...range(1, 6), ...range(53, 56)]);
});

test("an overflow is reported once, with what to do about it", { timeout }, async () => {
  await using seq = await ship({ queueSize: 5, minBackoffMs: 60_000 });
  seq.collector.fail({ status: 503 });
  for (let i = 0; i < 20; i++) {
    seq.log(3);
    await turn();
  }
  await seq.failed(1);
  assert.deepEqual(seq.codes.sort(), ["overflow", "unreachable"]);
  const told = seq.heard.find(({ code }) => code === "overflow")!;
  assert.equal(told.handler, "seq");
  assert.match(told.hint!, /queueSize/);
  assert.deepEqual(queueOf(seq).lost, { overflow: 55 });
});

test("every event is delivered or counted as lost, and none is both", { timeout }, async () => {
  await using seq = await ship({ queueSize: 50, batchSize: 20, periodMs: 0, minBackoffMs: 1, maxBackoffMs: 1 });
  seq.collector.fail([{ status: 503, times: 3 }, {}, {}, { status: 500, times: 2 }]);
  for (let i = 0; i < 60; i++) {
    seq.log(i % 17);
    if (i % 2 === 0) await turn();
    if (i % 5 === 0) await seq.clock.advance(2);
  }
  let isFlushed = false;
  const flushing = flush({ timeoutMs: Infinity }).finally(() => isFlushed = true);
  while (!isFlushed) await seq.clock.advance(1); // on a busy machine, a request fails only now, and its retry has to become due
  const { pending } = await flushing;
  const { delivered, queued, lost } = seq.seq.stats();
  const logged = range(0, 59).reduce((sum, i) => sum + i % 17, 0);
  assert.deepEqual({ pending, queued }, { pending: 0, queued: 0 });
  const tellings = seq.numbers.length + (lost.overflow ?? 0) - logged; // reports of dropped events may be dropped themselves
  assert.ok(tellings >= 0 && tellings <= 5, `${tellings}`);
  assert.equal(seq.collector.received, delivered);
  assert.deepEqual(seq.numbers, [...seq.numbers].sort((a, b) => a - b), "in order");
  assert.equal(new Set(seq.numbers).size, seq.numbers.length, "once each");
});

test("batches of every size keep all events, whole and in order", { timeout: 300_000 }, async () => {
  await using seq = await ship();
  const burst = fc.array(fc.string({ unit: codePoint, maxLength: 300 }), { maxLength: 60 });
  const bounds = fc.record({ batchSize: fc.integer({ min: 1, max: 80 }), maxBatchBytes: fc.integer({ min: 1, max: 20_000 }) });
  await fc.assert(
    fc.asyncProperty(bounds, fc.array(burst, { maxLength: 4 }), async (limits, bursts) => {
      configure({ serverUrl: seq.collector.url, clock: seq.clock, periodMs: 0, loggerNameProperty: null, ...limits });
      seq.collector.clear();
      for (const texts of bursts) {
        for (const Text of texts) getLogger("queue").info("{Text}", { Text });
        await Promise.resolve();
      }
      await flush();
      assert.deepEqual(seq.collector.events.map(({ properties }) => properties.Text), bursts.flat());
      for (const { count, bytes } of seq.collector.requests) {
        assert.ok(count <= limits.batchSize && (bytes <= limits.maxBatchBytes || count === 1), `${count} events of ${bytes} bytes`);
      }
    }),
    { numRuns: rounds(60) },
  );
});

test("a single event larger than the whole queue is delivered, or counted as lost", { timeout }, async () => {
  for (const overflow of ["drop-oldest", "drop-newest"] as const) {
    await using seq = await ship({ maxQueueBytes: 1000, overflow });
    seq.log(1, { Text: "x".repeat(5000) });
    await flush();
    assert.equal(seq.collector.received + (seq.seq.stats().lost.overflow ?? 0), 1);
  }
});

test("a queue that was emptied accepts events as a new one does", { timeout }, async () => {
  await using seq = await ship({ queueSize: 200, periodMs: 0 });
  for (let round = 1; round <= 20; round++) {
    seq.log(200, { Text: "x".repeat(round * 40) });
    await flush();
    const { queued, queuedBytes, lost } = queueOf(seq);
    assert.deepEqual({ queued, queuedBytes, lost }, { queued: 0, queuedBytes: 0, lost: {} });
  }
  assert.deepEqual(seq.numbers, range(1, 4000));
});

test("events logged before the first flush of a handler of its own wait in its queue", { timeout }, async () => {
  await using seq = await ship();
  const own = new SeqHandler({ serverUrl: seq.collector.url, clock: seq.clock, fetch: seq.fetch });
  using _ = getLogger("queue.own").addHandler(own);
  seq.hold();
  getLogger("queue.own").info("Own");
  assert.equal(own.stats().queued, 1);
  seq.release();
  await own.flush();
  assert.equal(own.stats().queued, 0);
  await own.close();
});

test("lines that made room can be read although the callback that reports them logs first", () => {
  const pushed: string[] = [];
  let read = 0;
  let isLogging = false;
  const queue: MemoryQueue = new MemoryQueue({ queueSize: 2, maxQueueBytes: 1e6, overflow: "drop-oldest" }, ({ first, count, lines }) => {
    if (!isLogging) {
      isLogging = true;
      for (let i = 0; i < 3; i++) push("!", 60_000); // each takes the next free array
      isLogging = false;
    }
    const letters = new TextDecoder().decode(lines?.()).trimEnd().split("\n").map((line) => line.slice(0, 1));
    assert.deepEqual(letters, pushed.slice(first, first + count));
    read += count;
  });
  const push = (letter: string, length: number): void => {
    pushed[queue.pushed] = letter;
    pushLine(queue, letter.repeat(length));
  };
  for (const letter of "abcdefgh") push(letter, 30_000);
  assert.equal(read + queue.size, pushed.length);
});

test("lines logged before the clock runs get the time of the lease, or of the first dated line, however many there are", () => {
  for (const isLogged of [false, true]) {
    const queue = new MemoryQueue({ queueSize: 1e6, maxQueueBytes: 1e9, overflow: "drop-oldest" }, () => {}, clefTime);
    const push = (time: string, undated: boolean): void => pushLine(queue, `{"@t":"${time}0000Z","Text":"${"x".repeat(1000)}"}`, undated);
    for (let i = 0; i < 200; i++) push("1970-01-01T00:00:00.000", true); // more than one array holds
    if (isLogged) push("2026-03-01T12:00:00.001", false);
    const lease = queue.lease({ batchSize: 1e6, maxBatchBytes: 1e9 }, { nowMs: Date.UTC(2026, 2, 1, 12), untilMs: Infinity })!;
    const times = new TextDecoder().decode(lease.body()).split("\n").map((line) => line.slice(7, 30));
    assert.deepEqual([...new Set(times)], ["2026-03-01T12:00:00.000", ...(isLogged ? ["2026-03-01T12:00:00.001"] : [])]);
  }
});

test("a callback that throws while it handles a loss does not keep the queue from using its bytes again", () => {
  let isBroken = true;
  const queue = new MemoryQueue({ queueSize: 1, maxQueueBytes: 1e9, overflow: "drop-oldest" }, () => {
    if (isBroken) throw new RangeError("Maximum call stack size exceeded");
  });
  pushLine(queue, "a".repeat(20_000));
  assert.throws(() => pushLine(queue, "b".repeat(20_000)), RangeError);
  isBroken = false;
  pushLine(queue, "c".repeat(20_000));
  const lease = queue.lease({ batchSize: 10, maxBatchBytes: 1e9 }, { nowMs: 0, untilMs: Infinity })!;
  lease.settle(lease.count);
  assert.deepEqual([queue.size, queue.out.start], [0, 0]);
});

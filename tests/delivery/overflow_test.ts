/** A full queue: callers that wait for a line get its outcome, and each overflow is reported once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, getLogger, Handler, type LogEvent, SeqHandler } from "../../mod.ts";
import { MemoryQueue } from "../../src/delivery/memory_queue.ts";
import { eventually, turn } from "../support/fake_clock.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { range, ship } from "../support/shipping.ts";
import { pushLine } from "../support/push_line.ts";

const timeout = 300_000;
const everySecond = { minBackoffMs: 1000, maxBackoffMs: 1000 };

test("audit() rejects for an event that finds no room, though the one before it is delivered", { timeout }, async () => {
  await using seq = await ship({ queueSize: 3, overflow: "drop-newest" });
  seq.hold();
  seq.log(3);
  await seq.collector.until(3);
  const audited = getLogger("audit").audit("info", "No room");
  await assert.rejects(audited, /lost: overflow/);
  seq.release();
  await seq.delivered(3);
});

test("audit() rejects when the event it waits for has to make room, leased events and gaps before it or not", { timeout }, async () => {
  await using seq = await ship({ queueSize: 20, batchSize: 10, ...everySecond });
  seq.collector.fail([{ status: 503, times: Infinity }]);
  seq.hold();
  seq.log(10); // under way
  await seq.collector.untilRequests(1);
  seq.log(12); // two of them have to go: a gap behind those that are under way
  const audited = getLogger("audit").audit("info", "Waits");
  let said = "";
  audited.catch((error) => said = String(error));
  seq.release();
  await seq.failed(1);
  await eventually(() => said !== "", "the audit is answered");
  assert.match(said, /not acknowledged yet/);
});

test("MemoryQueue reports the numbers of what it drops, though a gap is between those that come back and the others", () => {
  const told: [count: number, reason: string, first: number][] = [];
  const queue = new MemoryQueue(
    { queueSize: 10, maxQueueBytes: 1e6, overflow: "drop-oldest" },
    ({ count, reason, first }) => void told.push([count, reason, first]),
  );
  const push = (count: number): void => {
    for (let i = 0; i < count; i++) pushLine(queue, `line ${queue.pushed}`);
    queue.endTick();
  };
  push(5);
  const lease = queue.lease({ batchSize: 5, maxBatchBytes: 1e6 }, { nowMs: 0, untilMs: 100 })!; // 0 to 4 are leased
  push(8); // 5 to 12: 5, 6, 7 have to go
  lease.release();
  push(7); // 13 to 19: 0 to 4 go, and behind the gap 8, 9
  queue.clear("end");
  assert.deepEqual(told, [[3, "overflow", 5], [5, "overflow", 0], [2, "overflow", 8], [10, "end", 10]]);
  told.length = 0;
  push(5);
  queue.lease({ batchSize: 5, maxBatchBytes: 1e6 }, { nowMs: 0, untilMs: 100 });
  push(8);
  queue.clear("end");
  assert.deepEqual(told, [[3, "overflow", 25], [5, "end", 20], [5, "end", 28]]);
});

test("flush() counts right what is lost beyond a gap", { timeout }, async () => {
  await using seq = await ship({ queueSize: 10, batchSize: 5, ...everySecond });
  seq.collector.fail({ status: 503, times: Infinity });
  seq.hold();
  seq.log(5);
  await seq.collector.untilRequests(1);
  seq.log(8); // 3 go
  await turn();
  const flushing = flush({ timeoutMs: 5000 }); // of 10
  seq.log(1); // one more goes: 9 of them are left
  await turn();
  seq.release();
  await seq.failed(1);
  await seq.seq.close();
  assert.deepEqual(await flushing, { delivered: 0, pending: 0, lost: 10 });
});

test(
  "a line is dropped by its bytes, not its characters, and flush() does not wait for what comes after the call",
  { timeout },
  async () => {
    await using seq = await ship({ maxQueueBytes: 2000, overflow: "drop-newest" });
    seq.hold();
    seq.log(4, { Text: "é".repeat(300) }); // two of them find no room
    const flushing = flush();
    await seq.collector.until(2);
    seq.log(1);
    seq.release();
    assert.deepEqual(await flushing, { delivered: 2, pending: 0, lost: 0 });
    assert.equal(seq.seq.stats().lost["overflow"], 2);
    assert.equal(seq.seq.stats().queued, 2, "what came later, and what tells of the dropped ones");
    assert.deepEqual(seq.numbers, [1, 2]);
  },
);

test("flush() returns as soon as all that it waits for had to make room", { timeout }, async () => {
  await using seq = await ship({ queueSize: 5, minBackoffMs: 60_000 });
  seq.collector.fail({ status: 503, times: Infinity });
  seq.log(3);
  await seq.failed(1);
  const flushing = seq.seq.flush({ timeoutMs: 30_000 });
  await seq.failed(2);
  seq.log(8);
  assert.deepEqual(await flushing, { delivered: 0, pending: 0, lost: 3 });
});

test("each overflow is reported once, and again when there had been room meanwhile", { timeout }, async () => {
  using diagnostics = hearDiagnostics();
  await using seq = await ship({ queueSize: 10, ...everySecond });
  for (const round of range(1, 3)) {
    seq.collector.fail({ status: 503, times: 1 });
    const { retries } = seq.seq.stats();
    seq.log(40);
    await turn();
    seq.log(40);
    await seq.clock.advance(3000);
    await seq.failed(retries + 1);
    await flush();
    await flush(); // the report of it
    assert.equal(seq.seq.stats().queued, 0);
    assert.equal(diagnostics.heard.filter(({ code }) => code === "overflow").length, round);
  }
});

test("audit() rejects where its own event is rejected, though a handler logs another one after it that is not", async () => {
  using _ = hearDiagnostics();
  const fetch = (_url: unknown, init?: RequestInit): Promise<Response> => {
    const body = new TextDecoder().decode(init?.body as Uint8Array);
    return Promise.resolve(new Response("{}", { status: body.includes("Approved") ? 400 : 201 }));
  };
  const seq = new SeqHandler({ serverUrl: "http://seq.test", fetch, batchSize: 1 });
  class Echo extends Handler {
    emit({ messageTemplate }: LogEvent): void {
      if (messageTemplate === "Approved") getLogger("audited").warn("Echo");
    }
  }
  const logger = getLogger("audited");
  const added = [logger.addHandler(seq), logger.addHandler(new Echo())];
  await assert.rejects(logger.audit("error", "Approved"), /rejected|400/);
  for (const one of added) one[Symbol.dispose]();
  await seq.close();
});

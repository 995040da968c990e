/** Whoever waits for lines of a queue. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryQueue } from "../../src/delivery/memory_queue.ts";
import { type Flushable, PendingFlushes } from "../../src/delivery/pending_flushes.ts";
import type { Loss } from "../../src/delivery/queue.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { pushLine } from "../support/push_line.ts";

interface Stage {
  readonly clock: FakeClock;
  readonly queue: MemoryQueue;
  readonly flushes: PendingFlushes;
  readonly flushable: Flushable;
  /** Delivers what is queued. */
  settleAll(): void;
}

function stage({ delivers = false } = {}): Stage {
  const clock = new FakeClock();
  const flushes = new PendingFlushes();
  const onLoss = (loss: Loss): void => flushes.lose(loss);
  const queue = new MemoryQueue({ queueSize: 100, maxQueueBytes: 1e6, overflow: "drop-oldest" }, onLoss);
  const settleAll = (): void => {
    const lease = queue.lease({ batchSize: 100, maxBatchBytes: 1e6 }, { nowMs: clock.now(), untilMs: Infinity });
    lease?.settle(lease.count);
    flushes.wake(queue);
  };
  const flushable: Flushable = {
    queue,
    settings: () => ({ clock, isRequestBound: false }),
    dueMs: (nowMs) => (delivers ? nowMs : Infinity),
    drain: () => Promise.resolve(settleAll()),
  };
  return { clock, queue, flushes, flushable, settleAll };
}

test("flush() sends what is due, and counts what was queued at the call", async () => {
  const { queue, flushes, flushable } = stage({ delivers: true });
  for (const line of ["a", "b", "c"]) pushLine(queue, line);
  assert.deepEqual(await flushes.flush(flushable, 1000), { delivered: 3, pending: 0, lost: 0 });
  assert.equal(flushes.isEmpty, true);
});

test("flush() returns at its deadline, and takes what is lost meanwhile from what is delivered", async () => {
  const { clock, queue, flushes, flushable } = stage();
  for (const line of ["a", "b", "c"]) pushLine(queue, line);
  const flushing = flushes.flush(flushable, 1000);
  const lease = queue.lease({ batchSize: 2, maxBatchBytes: 1e6 }, { nowMs: clock.now(), untilMs: Infinity })!;
  lease.discard(1, "rejected");
  lease.settle(1);
  await clock.advance(1000);
  assert.deepEqual(await flushing, { delivered: 1, pending: 1, lost: 1 });
  assert.equal(clock.timers, 0);
});

test("flush() with an endless deadline waits as long as it takes, and sets no timer beyond what timers take", async () => {
  for (const timeoutMs of [Infinity, 2 ** 40]) {
    const { clock, queue, flushes, flushable, settleAll } = stage();
    pushLine(queue, "a");
    let isOver = false;
    const flushing = flushes.flush(flushable, timeoutMs).then((result) => {
      isOver = true;
      return result;
    });
    for (const _ of [1, 2, 3]) await clock.advance(2 ** 31);
    assert.equal(isOver, false);
    settleAll();
    await turn();
    assert.deepEqual(await flushing, { delivered: 1, pending: 0, lost: 0 });
  }
});

test("acknowledge() resolves when its line is settled, and rejects when it is lost, or a request fails", async () => {
  const { queue, flushes, settleAll } = stage();
  pushLine(queue, "a");
  const first = flushes.acknowledge(0, queue);
  settleAll();
  await first;
  pushLine(queue, "b");
  const second = flushes.acknowledge(1, queue);
  flushes.fail("HTTP 503");
  await assert.rejects(second, /not acknowledged yet.*HTTP 503/);
  const third = flushes.acknowledge(1, queue);
  queue.clear("closed");
  await assert.rejects(third, /lost: closed/);
  await assert.rejects(flushes.acknowledge(7, queue), /overflow/);
});

test("flush() costs each of many callers the same: they share one drain, and none wakes all others", async () => {
  const cost = async (count: number, outcome: "delivers" | "hangs"): Promise<number> => {
    const { clock, queue, flushes, flushable, settleAll } = stage({ delivers: outcome === "delivers" });
    let looks = 0;
    let drains = 0;
    const watched = new Proxy(queue, {
      get: (target, name) => {
        if (name === "countBefore") looks++;
        if (name === "isLeased" && outcome === "hangs") return () => true;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const all = Array.from({ length: count }, (_, i) => {
      pushLine(queue, `line ${i}`);
      return flushes.flush({ ...flushable, queue: watched, drain: () => Promise.resolve(drains++).then(settleAll) }, 1000);
    });
    await clock.advance(1000);
    const results = await Promise.all(all);
    assert.ok(results.every(({ pending }, i) => pending === (outcome === "delivers" ? 0 : Math.min(100, i + 1))));
    assert.ok(drains <= 2, `${drains} drains`);
    assert.equal(clock.timers, 0);
    return looks;
  };
  for (const outcome of ["delivers", "hangs"] as const) {
    const [few, many] = [await cost(20, outcome), await cost(80, outcome)];
    assert.ok(many < 6 * few, `${outcome}: 20 flushes look ${few} times, 80 look ${many} times`);
  }
});

/** The runtime's own time: whatever a test runner fakes, what is logged arrives, and every deadline holds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, getLogger, shutdown } from "../../mod.ts";
import { runMicrotask, systemClock } from "../../src/runtime/clock.ts";
import { eventually } from "../support/fake_clock.ts";
import { FakeSeq } from "../support/seq.ts";

const names = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "queueMicrotask",
  "Date",
  "performance",
] as const;

/** Replaces all globals that return or spend time by fakes, as Jest, Vitest, sinon and node:test do: nothing scheduled ever runs, and no time passes. */
function fakeEverything(): Disposable {
  const world = globalThis as unknown as Record<string, unknown>;
  const own = names.map((name) => [name, Object.getOwnPropertyDescriptor(world, name)] as const);
  const frozenMs = Date.now();
  class FrozenDate extends Date {
    static override now(): number {
      return frozenMs;
    }
  }
  for (const [name] of own) {
    const fake = name === "Date" ? FrozenDate : name === "performance" ? { now: () => 0 } : () => ({ unref: () => {} });
    Object.defineProperty(world, name, { value: fake, configurable: true, writable: true });
  }
  return {
    [Symbol.dispose]() {
      for (const [name, descriptor] of own) if (descriptor !== undefined) Object.defineProperty(world, name, descriptor);
    },
  };
}

test("systemClock and runMicrotask() are the runtime's own, whatever replaces the globals", async () => {
  const order: string[] = [];
  using _ = fakeEverything();
  const before = systemClock.now();
  await new Promise<void>((resolve) => {
    systemClock.setTimeout(() => (order.push("timer"), resolve()), 20);
    runMicrotask(() => order.push("microtask"));
    order.push("now");
  });
  assert.deepEqual(order, ["now", "microtask", "timer"]);
  assert.ok(systemClock.now() > before);
});

test("systemClock's timers do not fire at once, however long they are", async () => {
  let fired = 0;
  const timers = [2 ** 31, 2 ** 40, Infinity].map((ms) => systemClock.setTimeout(() => fired++, ms));
  await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 20));
  for (const timer of timers) systemClock.clearTimeout(timer);
  assert.equal(fired, 0);
});

test("what is logged while every global is a fake arrives, and so does what comes after", async () => {
  const seq = new FakeSeq();
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch, periodMs: 30 });
  const logger = getLogger("fakes");
  {
    using _ = fakeEverything();
    logger.info("At once {N}", { N: 1 });
    for (let turn = 0; turn < 1000 && seq.events.length < 1; turn++) {
      await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 1));
    }
    logger.info("By the period {N}", { N: 2 });
    while (seq.events.length < 2) await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 1));
  }
  logger.info("Afterwards {N}", { N: 3 });
  await eventually(() => seq.events.length === 3, "the event after the fakes");
  assert.deepEqual(seq.events.map(({ N }) => N), [1, 2, 3]);
  await shutdown();
});

test("flush() and shutdown() keep their deadline while every global is a fake and Seq is down", async () => {
  configure({ serverUrl: "http://seq.test", fetch: () => Promise.reject(new Error("down")), minBackoffMs: 600_000, maxBackoffMs: 600_000 });
  getLogger("fakes").info("Never");
  using _ = fakeEverything();
  assert.deepEqual(await flush({ timeoutMs: 50 }), { delivered: 0, pending: 1, lost: 0 });
  assert.deepEqual(await shutdown({ timeoutMs: 50 }), { delivered: 0, pending: 0, lost: 1 });
});

/** The natural end of the process, as the runtime announces it; tests/runtimes has programs that really end. */

import assert from "node:assert/strict";
import process from "node:process";
import { before, test } from "node:test";
import { flush } from "../../mod.ts";
import { eventually, turn } from "../support/fake_clock.ts";
import { range, ship } from "../support/shipping.ts";

const timeout = 300_000;
/**
 * More than all of this file takes on a busy machine: an end goes by the system's clock. A request that runs for as long is aborted, to find out whether
 * the process ends, and an end soon after another is the same end.
 */
const longEndMs = 300_000;

/** Who else listens: the test runner, which must not believe it. */
let others: readonly unknown[] = [];
before(() => void (others = process.listeners("beforeExit")));

/** Announces to the library that the process has nothing left to do. */
function announceEnd(): void {
  const own = process.listeners("beforeExit").filter((listener) => !others.includes(listener));
  assert.equal(own.length, 1);
  for (const listener of own) listener(0);
}

// This one comes first: the others have only what is left of the time of its end.
test("exitTimeoutMs is how long the end waits; what is left is counted as lost and reported once", { timeout }, async () => {
  await using seq = await ship({ exitTimeoutMs: longEndMs, minBackoffMs: 100_000, maxBackoffMs: 100_000 });
  seq.collector.fail({ status: 503, times: Infinity });
  seq.log(3);
  await seq.failed(1);
  announceEnd();
  await seq.failed(2);
  await seq.clock.advance(longEndMs - 50_000);
  assert.equal(seq.seq.stats().queued, 3);
  await seq.clock.advance(50_000); // less, by the time that the first request held the end up
  await eventually(() => seq.seq.stats().queued === 0, "the events are given up");
  assert.deepEqual(seq.seq.stats().lost, { exit: 3 });
  assert.deepEqual(seq.heard.filter(({ code }) => code === "lost").map(({ count, handler }) => [count, handler]), [[3, "seq"]]);
  announceEnd();
  await turn();
  assert.equal(seq.heard.filter(({ code }) => code === "lost").length, 1);
});

test("the end of the process sends what waits for its period", { timeout }, async () => {
  await using seq = await ship({ exitTimeoutMs: longEndMs });
  seq.log();
  await seq.delivered(1);
  seq.log(3);
  await turn();
  announceEnd();
  await seq.delivered(4);
  assert.deepEqual(seq.numbers, range(1, 4));
});

test("the end of the process begins nothing when nothing is queued", { timeout }, async () => {
  await using seq = await ship({ exitTimeoutMs: longEndMs });
  seq.log();
  await flush();
  announceEnd();
  await turn();
  assert.equal(seq.sent.length, 1);
  assert.equal(seq.clock.timers, 0);
});

test("the end of the process tries at once although a back-off is under way", { timeout }, async () => {
  await using seq = await ship({ exitTimeoutMs: longEndMs, minBackoffMs: 60_000 });
  seq.collector.fail({ status: 503 });
  seq.log(2);
  await seq.failed(1);
  announceEnd();
  await seq.delivered(2);
});

test("exitTimeoutMs ends a request that hangs", { timeout }, async () => {
  await using seq = await ship({ exitTimeoutMs: 20_000 });
  seq.collector.fail({ hang: true });
  seq.log(3);
  await seq.collector.untilRequests(1);
  announceEnd();
  await seq.clock.advance(20_000);
  await eventually(() => seq.seq.stats().queued === 0, "the events are given up");
  assert.equal(seq.sent[0]!.init.signal!.aborted, true);
  assert.deepEqual(seq.seq.stats().lost, { exit: 3 });
  await turn();
  assert.equal(seq.clock.timers, 0);
});

test("the end of the process is one for all handlers, a retired one among them", { timeout }, async () => {
  await using first = await ship({ exitTimeoutMs: longEndMs, minBackoffMs: 60_000 });
  first.collector.fail({ status: 503 });
  first.log(2);
  await first.failed(1);
  await using second = await ship({ exitTimeoutMs: longEndMs });
  second.log();
  await second.delivered(1);
  second.log(2);
  await turn();
  announceEnd();
  await first.collector.until(2);
  await second.delivered(3);
});

test("a program that logs at every attempt to end, and only then, ends after ten of them", { timeout }, async () => {
  await using seq = await ship({ exitTimeoutMs: longEndMs });
  seq.log();
  await seq.delivered(1);
  for (let attempt = 1; attempt <= 10; attempt++) {
    announceEnd();
    seq.log(); // as a listener that comes after the library's
    await seq.delivered(attempt + 1);
  }
  announceEnd();
  seq.log();
  await eventually(() => seq.seq.stats().queued === 0, "the event is given up");
  assert.deepEqual(seq.seq.stats().lost, { exit: 1 });
  const endedMs = Date.now();
  await eventually(() => Date.now() > endedMs, "the system's clock ticks");
  seq.log(); // the program works again
  await turn();
  announceEnd();
  await seq.delivered(12);
  assert.deepEqual(seq.numbers, [...range(1, 11), 13]);
});

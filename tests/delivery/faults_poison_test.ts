/** The fault matrix, rejections: an event is given up only if the server refuses it and accepts others; few requests find it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFull, rounds } from "../support/effort.ts";
import { arrive, everySecond, type Row, timeout, verify } from "../support/fault_matrix.ts";
import { answer, serveFaulty } from "../support/faulty_server.ts";
import { range, ship, type Shipping } from "../support/shipping.ts";

/** The collector refuses an event of more than this with 400; the library nevertheless sends it. */
const strict = { maxEventBytes: 2000 };

/** Logs events, those of these numbers poisoned. */
function logWithPoison(seq: Shipping, count: number, poison: readonly number[]): void {
  for (const n of range(1, count)) seq.log(1, poison.includes(n) ? { Text: "x".repeat(3000) } : {});
}

/** So many numbers up to 300: always the same, spread unevenly. */
const scattered = (count: number): number[] => range(1, count).map((n) => (n * n * 37) % 300 + 1).sort((a, b) => a - b);

/** So many events are poison at most, each of which costs some requests. */
const many = isFull ? 50 : 20;

const poisons: Record<string, readonly [count: number, poison: readonly number[]]> = {
  "first of 1000": [1000, [1]],
  "second of 1000": [1000, [2]],
  "in the middle of 1000": [1000, [500]],
  "behind the middle of 1000": [1000, [501]],
  "last of 1000": [1000, [1000]],
  "first and last of 1000": [1000, [1, 1000]],
  "five in a row": [1000, range(300, 304)],
  "scattered among 300": [300, [...new Set(scattered(isFull ? 15 : 5))]],
  [`first of ${many}`]: [many, [1]],
  [`every second of ${many}`]: [many, range(1, many / 2).map((n) => n * 2)],
  [`all of ${many}`]: [many, range(1, many)],
  "all of one": [1, [1]],
  "all of two": [2, [1, 2]],
  "all of three": [3, [1, 2, 3]],
};

for (const [name, [count, poison]] of Object.entries(poisons)) {
  test(`poison ${name} is lost and counted, no other event is, and it is found with few requests`, { timeout }, async () => {
    await using seq = await ship(everySecond, strict);
    logWithPoison(seq, count, poison);
    await arrive(seq);
    verify(seq, count, { lost: poison, codes: poison.map(() => "rejected") });
    const most = poison.length * (2 * Math.log2(count) + 2) + 2;
    assert.ok(seq.sent.length <= most, `${seq.sent.length} requests, more than ${most}`);
  });
}

test("poison during an outage is lost and counted, and no other event is", { timeout }, async () => {
  for (const outage of range(0, rounds(10))) {
    await using seq = await ship(everySecond, strict);
    seq.collector.fail([...range(1, outage).map(() => ({})), { status: 503, times: 2 }]);
    logWithPoison(seq, 20, [3, 11, 20]);
    await arrive(seq);
    verify(seq, 20, { failures: "any", lost: [3, 11, 20] });
  }
});

test("poison during resets is lost and counted, and no other event is", { timeout }, async () => {
  for (const first of range(0, rounds(10))) {
    await using seq = await ship(everySecond, { ...strict, keepAlive: false });
    seq.collector.fail([...range(1, first).map(() => ({})), { reset: "before" }, {}, { reset: "after" }]);
    logWithPoison(seq, 20, [3, 11, 20]);
    await arrive(seq);
    verify(seq, 20, { failures: "any", lost: [3, 11, 20], mayRepeat: true });
  }
});

// ---- proxies that reject for a while ----

for (const status of [400, 413, 422]) {
  test(
    `a proxy that answers ${status} to any number of requests, and then lets through, loses nothing`,
    { timeout },
    async () => {
      const outcomes = [];
      for (const requests of range(1, rounds(12) + 1)) {
        await using seq = await ship(everySecond);
        seq.collector.fail({ status, times: requests });
        seq.log(8);
        await arrive(seq);
        outcomes.push([requests, seq.seq.stats().lost]);
      }
      assert.deepEqual(outcomes, range(1, rounds(12) + 1).map((requests) => [requests, {}]));
    },
  );

  test(`a proxy that begins to answer ${status} amid a batch loses nothing`, { timeout }, async () => {
    const outcomes = [];
    for (const good of range(0, rounds(5))) {
      await using seq = await ship(everySecond, strict);
      logWithPoison(seq, 16, [10]);
      seq.collector.fail([...range(1, good).map(() => ({})), { status, times: 20 }]);
      await arrive(seq);
      outcomes.push([good, seq.seq.stats().lost]);
    }
    assert.deepEqual(outcomes, range(0, rounds(5)).map((good) => [good, { rejected: 1 }]));
  });
}

test("a single event that a proxy rejects once, and then lets through, is not lost", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.collector.fail({ status: 400, body: "<html>Bad request</html>" });
  seq.log(1);
  await arrive(seq);
  verify(seq, 1, {});
});

// ---- too large ----

for (const limit of [100_000, 60_000, 40_000]) {
  test(`a server that takes ${limit} bytes gets all, and later requests fit at once`, { timeout }, async () => {
    await using seq = await ship(everySecond, { maxPayloadBytes: limit });
    seq.log(600, { Text: "x".repeat(1000) });
    await arrive(seq);
    verify(seq, 600, {});
    const before = seq.sent.length;
    const least = Math.ceil(600 * 1200 / limit);
    assert.ok(before <= least * 8, `${before} requests, where ${least} would do`);
    seq.log(600, { Text: "x".repeat(1000) });
    await arrive(seq);
    verify(seq, 1200, {});
    const later = seq.collector.requests.slice(before);
    assert.deepEqual(later.filter(({ status }) => status === 413), []);
    assert.ok(later.length <= least * 4, `${later.length} requests, where ${least} would do`);
  });
}

test("an event that is too large by itself is lost and counted, and no other is", { timeout }, async () => {
  await using seq = await ship(everySecond, { maxPayloadBytes: 2500 });
  logWithPoison(seq, 30, [1, 14, 30]);
  await arrive(seq);
  verify(seq, 30, { lost: [1, 14, 30], codes: ["rejected", "rejected", "rejected"] });
});

const unread: Record<string, Row["faults"][number]> = {
  "and goes on reading": { after: "head", says: [answer(413, '{"Error":"Too large"}')] },
  "and resets the connection": { after: "head", says: [answer(413, '{"Error":"Too large"}')], then: "reset" },
};

for (const [name, fault] of Object.entries(unread)) {
  test(`a server that answers 413 to the head of a large request ${name} gets all in the end`, { timeout }, async () => {
    await using server = await serveFaulty();
    await using seq = await ship({ ...everySecond, serverUrl: server.url });
    server.behind = seq.collector.fetch;
    server.judge = (length) => (length > 100_000 ? fault : undefined);
    seq.log(600, { Text: "x".repeat(1000) });
    await arrive(seq);
    verify(seq, 600, { failures: "any" });
  });
}

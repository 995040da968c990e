/** The fault matrix, connections: refused, reset, hanging, half read, slow. A batch is sent twice only if it may have arrived unnoticed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { serveCollector } from "../support/collector.ts";
import { eventually, turn } from "../support/fake_clock.ts";
import { arrive, everySecond, play, type Row, timeout, verify } from "../support/fault_matrix.ts";
import { answer, type RawFault, serveFaulty, taken } from "../support/faulty_server.ts";
import { range, ship } from "../support/shipping.ts";

/** So many times the same. */
const times = (count: number, fault: RawFault): RawFault[] => Array.from({ length: count }, () => fault);
/** 300 kB in a request: more than a socket takes at once. */
const large = { properties: { Text: "x".repeat(3000) }, ticks: [100] };
const ok = answer(201, taken);
const keptAlive: RawFault = { takes: true, says: [answer(201, taken, { Connection: "keep-alive" })], then: "keep" };

const rows: Record<string, Row> = {
  "a reset as soon as it is opened": { faults: times(3, { after: "nothing", then: "reset" }), failures: 3 },
  "an end as soon as it is opened": { faults: times(3, { after: "nothing" }), failures: 3 },
  "a reset when the head is read": { faults: times(3, { after: "head", then: "reset" }), failures: 3 },
  "an end when the head is read": { faults: times(3, { after: "head" }), failures: 3 },
  "a reset when half of the body is read": { faults: times(3, { after: "half", then: "reset" }), failures: 3, ...large },
  "an end when half of the body is read": { faults: times(3, { after: "half" }), failures: 3, ...large },
  "a reset when all is read": { faults: times(3, { then: "reset" }), failures: 3 },
  "an end when all is read": { faults: times(3, {}), failures: 3 },
  "a reset when all is taken in": { faults: times(3, { takes: true, then: "reset" }), failures: 3, mayRepeat: true },
  "an end when all is taken in": { faults: times(3, { takes: true }), failures: 3, mayRepeat: true },
  "a reset within the status line": { faults: [{ takes: true, says: ["HTTP/1.1 2"], then: "reset" }], failures: 1, mayRepeat: true },
  "an end within the status line": { faults: [{ takes: true, says: ["HTTP/1.1 2"] }], failures: 1, mayRepeat: true },
  "an end within the headers": { faults: [{ takes: true, says: ["HTTP/1.1 201 Created\r\nConte"] }], failures: "any", mayRepeat: true },
  "503 before the body is read": { faults: times(2, { after: "head", says: [answer(503)] }), failures: 2, ...large },
  "503 and a reset before the body is read": {
    faults: times(2, { after: "head", says: [answer(503)], then: "reset" }),
    failures: 2,
    ...large,
  },
  "401 when half of the body is read": {
    ...{ faults: [{ after: "half", says: [answer(401)] }], failures: 1, codes: ["refused", "recovered"] },
    ...large,
  },
  "no answer to the connection": { faults: times(2, { after: "nothing", then: "hang" }), failures: 2 },
  "no answer to the head": { faults: times(2, { after: "head", then: "hang" }), failures: 2, ...large },
  "no answer to half of the body": { faults: times(2, { after: "half", then: "hang" }), failures: 2, ...large },
  "no answer to the request": { faults: times(2, { then: "hang" }), failures: 2 },
  "no answer although all is taken in": { faults: [{ takes: true, then: "hang" }], failures: 1, mayRepeat: true },
  "an answer that ends within its headers, and hangs": {
    ...{ faults: [{ takes: true, says: [ok.slice(0, 30)], then: "hang" }], failures: 1, mayRepeat: true },
  },
  "an answer that drips": { faults: [{ takes: true, says: [...ok] }] },
  "a failure that drips": { faults: [{ says: [...answer(503, "Not now")] }], failures: 1 },
  "an answer in two pieces, parted within a line break": { faults: [{ takes: true, says: [ok.slice(0, 22), ok.slice(22)] }] },
  "hints before the answer": {
    ...{ faults: [{ takes: true, says: ["HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", ok] }] },
  },
  "one fault after the other": {
    faults: [
      ...[{ after: "nothing", then: "reset" }, { after: "head" }, { then: "hang" }, { says: [answer(500)] }, {
        says: ["nonsense"],
      }] as const,
    ],
    ...{ failures: "any", ticks: [50] }, // the first failure of a connection that was idle is tried again at once
  },
  "a connection kept alive, and reset under the next request": {
    ...{ faults: [keptAlive, { then: "reset" }], keepAlive: true, failures: "any" },
    ...{ options: { batchSize: 4 }, ticks: [12], mayRepeat: true },
  },
  "a connection kept alive, and reset when the next request is taken in": {
    ...{ faults: [keptAlive, { takes: true, then: "reset" }], keepAlive: true, failures: "any" },
    ...{ options: { batchSize: 4 }, ticks: [12], mayRepeat: true },
  },
  "a connection said to be kept alive, and closed after each answer": {
    ...{ faults: times(5, { ...keptAlive, then: "close" }), failures: "any", options: { batchSize: 2 }, ticks: [20] },
  },
  "a connection said to be kept alive, and reset after each answer": {
    ...{ faults: times(5, { ...keptAlive, then: "reset" }), failures: "any", options: { batchSize: 2 }, ticks: [20], mayRepeat: true },
  },
};

for (const [name, row] of Object.entries(rows)) {
  test(`events survive ${name}`, { timeout }, async () => void (await play(row)));
}

for (const reset of ["before", "after"] as const) {
  test(`events survive a collector that resets connections ${reset} the events are in`, { timeout }, async () => {
    await using seq = await ship({ ...everySecond, batchSize: 4 }, { keepAlive: false });
    seq.collector.fail([{}, { reset, times: 3 }, {}, { reset }]);
    seq.log(20);
    await arrive(seq);
    verify(seq, 20, { failures: "any", mayRepeat: reset === "after" });
    assert.equal(seq.seq.stats().retries, 4);
    assert.equal(seq.numbers.length, reset === "after" ? 36 : 20);
  });
}

test("events survive a collector that hangs", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.collector.fail({ hang: true, times: 3 });
  seq.log(10);
  await arrive(seq, { hanging: () => seq.collector.requests.filter(({ status }) => status === null).length });
  verify(seq, 10, { failures: 3 });
});

test("events survive a reply that comes after the request was given up", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.hold();
  seq.log(3);
  await seq.collector.until(3);
  await seq.clock.advance(everySecond.requestTimeoutMs);
  await seq.failed(1);
  seq.release();
  seq.log(3);
  await arrive(seq);
  verify(seq, 6, { failures: 1, mayRepeat: true });
  assert.deepEqual(seq.numbers, [1, 2, 3, 1, 2, 3, 4, 5, 6]);
});

test("events survive a port that refuses at first", { timeout }, async () => {
  await using seq = await ship(everySecond);
  await seq.collector.close();
  for (const n of range(1, 5)) {
    seq.log(n);
    await seq.failed(n);
    await seq.clock.advance(1000);
  }
  await seq.failed(6);
  await using back = await serveCollector({ port: seq.collector.port });
  await arrive(seq);
  assert.deepEqual(back.events.map(({ properties }) => properties.N), range(1, 15));
  assert.deepEqual(seq.seq.stats().lost, {});
});

test("events survive a server that is up and down by turns, and goes and comes while they are logged", { timeout }, async () => {
  await using seq = await ship({ ...everySecond, requestTimeoutMs: 60_000, periodMs: 0, batchSize: 3 }, { keepAlive: false });
  for (const round of range(1, 10)) {
    if (round % 2 === 1) seq.collector.fail({ ...round % 3 === 0 ? { reset: "before" } : { status: 503 }, times: Infinity });
    const { retries, delivered } = seq.seq.stats();
    seq.log(5);
    await turn();
    const moved = (): boolean => round % 2 === 1 ? seq.seq.stats().retries > retries : seq.seq.stats().delivered > delivered;
    await eventually(moved, `something happens in round ${round}`);
    seq.collector.recover();
    await seq.clock.advance(1000);
  }
  await arrive(seq);
  verify(seq, 50, { failures: "any" });
});

test("an idle connection that the server resets loses no event", { timeout }, async () => {
  await using server = await serveFaulty([], { keepAlive: true });
  await using seq = await ship({ ...everySecond, serverUrl: server.url });
  server.behind = seq.collector.fetch;
  for (const n of range(1, 5)) {
    seq.log(2);
    await arrive(seq);
    assert.equal(seq.seq.stats().delivered, n * 2);
    server.dropAll();
  }
  verify(seq, 10, { failures: "any" });
});

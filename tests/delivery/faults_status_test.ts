/** The fault matrix, statuses: whatever status a server or a proxy sends, no event is lost, doubled or out of order. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../src/collector/serve.ts";
import { turn } from "../support/fake_clock.ts";
import { arrive, everySecond, type Expected, timeout, verify } from "../support/fault_matrix.ts";
import { ship } from "../support/shipping.ts";
import { redirectOnce } from "../support/redirect_once.ts";

/** What is answered, how long is then waited, and what becomes of the events. */
interface Scenario extends Expected {
  readonly fault: Fault;
  readonly waitMs?: number;
}

const page = "<!DOCTYPE html><html><body><h1>Not now</h1></body></html>";
const location = "http://127.0.0.1:9/api/events/raw?clef";

const accepted = [200, 201, 202, 203, 204, 205, 206, 299];
const failed = [
  ...[300, 303, 304, 305, 402, 404, 405, 406, 407, 408, 409, 410, 411, 412, 414, 415, 416, 417, 418, 423, 424, 425, 428],
  ...[429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 525, 530, 599],
];
const redirects = [301, 302, 307, 308];
/** Answered to everything, an empty body too: the events are not at fault. */
const rejected = [400, 413, 422];
const refused: readonly string[] = ["refused", "recovered"];
const retryAfter = (status: number, value: string): Fault => ({ status, headers: { "retry-after": value } });

const scenarios: Record<string, Scenario> = {
  ...Object.fromEntries(accepted.map((status) => [`${status}`, { fault: { status } }])),
  ...Object.fromEntries(failed.map((status) => [`${status}`, { fault: { status }, failures: 3 }])),
  ...Object.fromEntries(redirects.map((status) => [`${status} to elsewhere`, { fault: { status, headers: { location } }, failures: 3 }])),
  ...Object.fromEntries(redirects.map((status) => [`${status} without a location`, { fault: { status }, failures: 3 }])),
  ...Object.fromEntries([401, 403].map((status) => [`${status}`, { fault: { status }, failures: 3, codes: refused }])),
  "401 that asks for a password": {
    fault: { status: 401, headers: { "www-authenticate": 'Basic realm="proxy"' } },
    failures: 3,
    codes: refused,
  },
  "407 that asks for a password": { fault: { status: 407, headers: { "proxy-authenticate": 'Basic realm="proxy"' } }, failures: 3 },
  "421, which some runtimes try again by themselves": { fault: { status: 421 }, failures: "any" },
  "502 with a page": { fault: { status: 502, body: page }, failures: 3 },
  "503 without a body": { fault: { status: 503, body: "" }, failures: 3 },
  "429 with Retry-After in seconds": { fault: retryAfter(429, "7"), failures: 3, waitMs: 7000 },
  "503 with Retry-After in seconds": { fault: retryAfter(503, "30"), failures: 3, waitMs: 30_000 },
  "429 with Retry-After 0": { fault: retryAfter(429, "0"), failures: 3 },
  "429 with a Retry-After that is long past": { fault: retryAfter(429, "Thu, 01 Jan 1970 00:00:00 GMT"), failures: 3 },
  "429 with a Retry-After of a hundred years": { fault: retryAfter(429, "3153600000"), failures: 3, waitMs: 600_000 },
  "429 with a Retry-After of more digits than a number has": { fault: retryAfter(429, "9".repeat(400)), failures: 3, waitMs: 600_000 },
  "429 with a Retry-After that is none": { fault: retryAfter(429, "soon"), failures: 3 },
  "429 with a Retry-After below zero": { fault: retryAfter(429, "-5"), failures: 3 },
  "413 with Retry-After, to everything, once": { fault: retryAfter(413, "7"), failures: "any" },
};

for (const [name, { fault, waitMs, ...expected }] of Object.entries(scenarios)) {
  test(`events survive the status ${name}`, { timeout }, async () => {
    if (name.startsWith("30")) await redirectOnce();
    await using seq = await ship(everySecond);
    const times = expected.failures === "any" ? 5 : 3; // 413: the whole, its half, ..., the first event alone, the empty body
    seq.collector.fail({ ...fault, times });
    for (const count of [5, 1, 3]) {
      seq.log(count);
      await turn();
    }
    await arrive(seq, { waitMs });
    verify(seq, 9, expected);
  });
}

test("Retry-After as a date is waited for, and no request goes before", { timeout }, async () => {
  await using seq = await ship(everySecond);
  const until = new Date(seq.clock.now() + 90_000);
  seq.collector.fail({ status: 429, headers: { "retry-after": until.toUTCString() }, times: 2 });
  seq.log(9);
  await seq.failed(1);
  await seq.clock.advance(89_999);
  assert.equal(seq.sent.length, 1);
  await seq.clock.advance(1);
  await seq.failed(2); // the date has passed: the usual wait
  await seq.clock.advance(1000);
  await seq.delivered(9);
  assert.equal(seq.sent[1]!.atMs, until.getTime());
  verify(seq, 9, { failures: 2 });
});

for (const status of rejected) {
  test(`events survive a proxy that answers ${status} to everything, and then lets through`, { timeout }, async () => {
    await using seq = await ship(everySecond);
    seq.collector.fail({ status, body: page, times: Infinity });
    for (const n of [1, 2, 3]) {
      seq.log(n * 2);
      await seq.failed(n);
      if (n === 3) seq.collector.recover();
      await seq.clock.advance(1000);
    }
    await arrive(seq);
    verify(seq, 12, { failures: 3 });
    assert.match(seq.heard[0]!.message, new RegExp(`HTTP ${status}`));
  });
}

test("statuses that change from request to request lose no event", { timeout }, async () => {
  await using seq = await ship({ ...everySecond, batchSize: 10 });
  const statuses = [500, 201, 401, 429, 302, 201, 201, 404, 503, 403, 200, 408, 507, 204, 520];
  seq.collector.fail(statuses.map((status) => ({ status })));
  seq.log(60);
  await arrive(seq);
  verify(seq, 60, { failures: "any" });
  assert.equal(seq.seq.stats().retries, statuses.filter((status) => status >= 300).length);
});

test("a page with 200 in Seq's place takes the events away, as any 2xx does, and that is reported", { timeout }, async () => {
  await using seq = await ship(everySecond);
  const portal = Promise.resolve(new Response(page, { headers: { "content-type": "text/html" } }));
  await using away = await ship({ ...everySecond, serverUrl: seq.collector.url, fetch: () => portal });
  away.log(3);
  await arrive(away);
  assert.deepEqual([away.seq.stats().delivered, away.codes, seq.collector.received], [3, ["odd-reply"], 0]);
});

/** Outages: events that a failing Seq does not accept are kept, tried again after growing waits, and reported once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush } from "../../mod.ts";
import { type Fault, serveCollector } from "../support/collector.ts";
import { eventually } from "../support/fake_clock.ts";
import { range, ship, type Shipping } from "../support/shipping.ts";
import { redirectOnce } from "../support/redirect_once.ts";

const timeout = 300_000;
/** With these bounds every wait is a second. */
const everySecond = { minBackoffMs: 1000, maxBackoffMs: 1000 };

/** Lets the attempts fail for which the collector has faults, and the next one succeed. */
async function weather(seq: Shipping, failures: number): Promise<void> {
  for (const n of range(1, failures)) {
    await seq.failed(n);
    await seq.clock.advance(1000);
  }
}

const faults: Record<string, Fault> = {
  "500": { status: 500 },
  "502 with a page of a proxy": { status: 502, body: "<html>Bad gateway</html>" },
  "503 without a body": { status: 503, body: "" },
  "404": { status: 404 },
  "408": { status: 408 },
  "429 without Retry-After": { status: 429 },
  "401": { status: 401 },
  "403": { status: 403 },
  "307 to elsewhere": { status: 307, headers: { location: "http://127.0.0.1:9/" } },
  "304": { status: 304 },
  "a connection reset before the body is read": { reset: "before" },
};

for (const [name, fault] of Object.entries(faults)) {
  test(`an event is kept and tried again after ${name}`, { timeout }, async () => {
    if (name.startsWith("30")) await redirectOnce();
    await using seq = await ship(everySecond, { keepAlive: false });
    seq.collector.fail({ ...fault, times: 3 });
    seq.log(5);
    await weather(seq, 3);
    await seq.delivered(5);
    assert.deepEqual(seq.numbers, range(1, 5));
    assert.equal(seq.sent.length, 4);
    const { state, retries, queued, lost } = seq.seq.stats();
    assert.deepEqual({ state, retries, queued, lost }, { state: "ok", retries: 3, queued: 0, lost: {} });
  });
}

test("events survive a Seq that is not there, and go in order once it is", { timeout }, async () => {
  await using seq = await ship(everySecond);
  await seq.collector.close();
  for (const n of range(1, 3)) {
    seq.log(2);
    await seq.failed(n);
    await seq.clock.advance(1000);
  }
  await seq.failed(4);
  const { state, queued, lastError } = seq.seq.stats();
  assert.deepEqual({ state, queued, said: typeof lastError }, { state: "retrying", queued: 6, said: "string" });
  await using back = await serveCollector({ port: seq.collector.port });
  await flush();
  assert.deepEqual(back.events.map(({ properties }) => properties.N), range(1, 6));
  assert.deepEqual(seq.codes, ["unreachable", "recovered"]);
});

test("requests that try a failing Seq again carry little, and the next ones carry all that fits", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.collector.fail({ status: 503, times: 3 });
  seq.log(500, { Text: "x".repeat(1024) });
  await weather(seq, 3);
  await seq.delivered(500);
  const sizes = seq.sent.map(({ init }) => (init.body as Uint8Array).length);
  assert.ok(sizes[0]! > 500 * 1024, String(sizes));
  assert.ok(sizes.slice(1, 4).every((size) => size > 60_000 && size <= 65_536), String(sizes));
  assert.equal(sizes.length, 5);
  assert.deepEqual(seq.numbers, range(1, 500));
});

test("a redirect is not followed: neither events nor key go elsewhere", { timeout }, async () => {
  const { lastError, asked, followed } = await redirectOnce();
  assert.match(lastError!, /HTTP 307/);
  assert.ok(asked <= 2, "Node may have to ask again, to get the response itself");
  assert.equal(followed, 0);
  await using elsewhere = await serveCollector({ port: 0 });
  for (const status of [301, 302, 307, 308]) {
    await using seq = await ship({ ...everySecond, apiKey: "key" });
    seq.collector.fail({ status, headers: { location: `${elsewhere.url}/api/events/raw?clef` } });
    seq.log();
    await seq.failed(1);
    assert.match(seq.seq.stats().lastError!, new RegExp(`HTTP ${status}`));
    await seq.clock.advance(1000);
    await seq.delivered(1);
    assert.equal(elsewhere.requests.length, 0);
  }
});

test("an event whose reply was lost is sent again: at least once, and the order stays", { timeout }, async () => {
  await using seq = await ship({ ...everySecond, batchSize: 3 }, { keepAlive: false });
  seq.collector.fail([{}, { reset: "after" }]);
  seq.log(6);
  await seq.failed(1);
  seq.log(2);
  await seq.clock.advance(1000);
  await flush();
  assert.deepEqual(seq.numbers, [1, 2, 3, 4, 5, 6, 4, 5, 6, 7, 8]);
  assert.equal(seq.seq.stats().delivered, 8);
});

test("requestTimeoutMs gives a hanging request up, which is tried again", { timeout }, async () => {
  await using seq = await ship({ ...everySecond, requestTimeoutMs: 5000 });
  seq.collector.fail({ hang: true });
  seq.log(3);
  await seq.collector.untilRequests(1);
  await seq.clock.advance(4999);
  assert.equal(seq.sent[0]!.init.signal?.aborted, false);
  await seq.clock.advance(1);
  assert.equal(seq.sent[0]!.init.signal?.aborted, true);
  await seq.failed(1);
  assert.match(seq.seq.stats().lastError!, /5000 ms/);
  await seq.clock.advance(1000);
  await seq.delivered(3);
  assert.deepEqual(seq.numbers, [1, 2, 3]);
});

test("requestTimeoutMs holds for a reply whose body never ends", { timeout }, async () => {
  await using seq = await ship({
    ...everySecond,
    requestTimeoutMs: 5000,
    fetch: (_, init) =>
      Promise.resolve(
        new Response(new ReadableStream({ start: (controller) => init!.signal!.addEventListener("abort", () => controller.error()) }), {
          status: 503,
        }),
      ),
  });
  seq.log();
  await seq.clock.advance(5000);
  await seq.failed(1);
});

test("requestTimeoutMs holds although the given fetch ignores its signal", { timeout }, async () => {
  await using seq = await ship({ ...everySecond, requestTimeoutMs: 5000, fetch: () => new Promise(() => {}) });
  seq.log();
  await seq.clock.advance(5000);
  await seq.failed(1);
});

test("Retry-After in seconds says when the next attempt begins", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.collector.fail({ status: 429, headers: { "retry-after": "7" } });
  seq.log(2);
  await seq.failed(1);
  await seq.clock.advance(6999);
  assert.equal(seq.sent.length, 1);
  await seq.clock.advance(1);
  await seq.delivered(2);
});

test("Retry-After as a date says when the next attempt begins", { timeout }, async () => {
  await using seq = await ship(everySecond);
  const date = new Date(seq.clock.now() + 90_000).toUTCString();
  seq.collector.fail({ status: 503, headers: { "retry-after": date } });
  seq.log(2);
  await seq.failed(1);
  await seq.clock.advance(89_999);
  assert.equal(seq.sent.length, 1);
  await seq.clock.advance(1);
  await seq.delivered(2);
});

test("the waits between failures lie within bounds that grow", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 100, maxBackoffMs: 1000 });
  seq.collector.fail({ status: 500, times: 8 });
  seq.log();
  for (const n of range(1, 8)) {
    await seq.failed(n);
    while (seq.sent.length === n) await seq.clock.advance(20);
    const waitMs = seq.sent[n]!.atMs - seq.sent[n - 1]!.atMs;
    const stepMs = 20; // the clock may have gone on by one while the request was under way
    assert.ok(waitMs >= 100 && waitMs <= Math.min(1000, 100 * 2 ** n) + stepMs, `wait ${n} is ${waitMs} ms`);
  }
  await seq.delivered(1);
});

test("no request is begun before the back-off ends, though full batches come in", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 5000, batchSize: 3 });
  seq.collector.fail({ status: 503 });
  seq.log(2);
  await seq.failed(1);
  seq.log(10);
  await seq.clock.advance(4999);
  assert.equal(seq.sent.length, 1);
  await flush();
  assert.deepEqual(seq.numbers, range(1, 12));
});

test("a batch that failed is sent again as it was, later events behind it", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.collector.fail({ status: 503, times: 2 });
  seq.log(2);
  await seq.failed(1);
  seq.log(2);
  await seq.clock.advance(1000);
  await seq.failed(2);
  await seq.clock.advance(1000);
  await flush();
  assert.deepEqual(seq.numbers, [1, 2, 3, 4]);
  assert.deepEqual(seq.collector.requests.map(({ count }) => count).slice(0, 3), [0, 0, 2]);
});

// ---- reports ----

test("an outage is reported once when it begins and once when it ends", { timeout }, async () => {
  await using seq = await ship(everySecond);
  for (const round of [1, 2]) {
    seq.collector.fail({ status: 503, times: 3 });
    seq.log(4);
    await seq.clock.advance(2000);
    const before = (round - 1) * 3;
    for (const n of range(1, 3)) {
      await seq.failed(before + n);
      await seq.clock.advance(1000);
    }
    await seq.delivered(round * 4);
  }
  assert.deepEqual(seq.codes, ["unreachable", "recovered", "unreachable", "recovered"]);
  const [unreachable, recovered] = seq.heard;
  assert.equal(unreachable!.handler, "seq");
  assert.match(unreachable!.message, /HTTP 503: A simulated fault answers 503/);
  assert.ok(unreachable!.message.includes(seq.collector.url));
  assert.match(unreachable!.message, /\b4 events/);
  assert.ok(unreachable!.hint);
  assert.equal(recovered!.handler, "seq");
});

test("a key that Seq refuses is reported once, delivery resumes when the key is right, and no event is lost", { timeout }, async () => {
  let key = "wrong";
  await using seq = await ship({ ...everySecond, apiKey: () => key }, { apiKeys: ["right"] });
  seq.log(3);
  await weather(seq, 2);
  await seq.failed(3);
  assert.equal(seq.seq.stats().state, "refused");
  key = "right";
  await seq.clock.advance(1000);
  await seq.delivered(3);
  assert.deepEqual(seq.numbers, [1, 2, 3]);
  assert.equal(seq.seq.stats().state, "ok");
  assert.deepEqual(seq.codes, ["refused", "recovered"]);
  assert.match(seq.heard[0]!.message, /HTTP 401/);
  assert.match(seq.heard[0]!.hint!, /apiKey/);
});

test("each change of state is reported once: refused, unreachable, refused, recovered", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.collector.fail([401, 403, 500, 503, 401].map((status) => ({ status })));
  seq.log(2);
  await weather(seq, 5);
  await seq.delivered(2);
  assert.deepEqual(seq.codes, ["refused", "unreachable", "refused", "recovered"]);
});

test("a function for the key that throws loses no event and is reported", { timeout }, async () => {
  let isUp = false;
  const apiKey = () => isUp ? Promise.resolve("key") : Promise.reject(new Error("The vault is closed"));
  await using seq = await ship({ ...everySecond, apiKey });
  seq.log(2);
  await seq.failed(1);
  assert.equal(seq.sent.length, 0);
  assert.match(seq.heard[0]!.message, /The vault is closed/);
  isUp = true;
  await seq.clock.advance(1000);
  await seq.delivered(2);
  assert.equal(seq.collector.requests[0]!.apiKey, "key");
});

test("a function for the key that never returns is given up after requestTimeoutMs", { timeout }, async () => {
  await using seq = await ship({ ...everySecond, requestTimeoutMs: 3000, apiKey: () => new Promise<string>(() => {}) });
  seq.log();
  await seq.clock.advance(3000);
  await seq.failed(1);
});

test("a fetch that throws at once is a failure like others", { timeout }, async () => {
  let isUp = false;
  await using seq = await ship({
    ...everySecond,
    fetch: (input, init) => {
      if (!isUp) throw new TypeError("Not yet");
      return fetch(input, init);
    },
  });
  seq.log();
  await seq.failed(1);
  isUp = true;
  await seq.clock.advance(1000);
  await seq.delivered(1);
});

test("an empty queue ends the attempts", { timeout }, async () => {
  await using seq = await ship(everySecond);
  seq.collector.fail({ status: 500 });
  seq.log();
  await weather(seq, 1);
  await seq.delivered(1);
  await eventually(() => seq.clock.timers === 0, "every timer is cleared");
  await seq.clock.advance(600_000);
  assert.equal(seq.sent.length, 2);
});

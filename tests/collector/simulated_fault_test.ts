import assert from "node:assert/strict";
import { test } from "node:test";
import { createCollector } from "../../src/collector/collector.ts";
import type { Collector } from "../../src/collector/collector.ts";
import { ConnectionReset } from "../../src/collector/simulated_fault.ts";
import type { Fault } from "../../src/collector/simulated_fault.ts";

const event = '{"@t":"2026-03-01T10:15:00Z","@m":"a"}';
const post = (collector: Collector, signal: AbortSignal | null = null) =>
  collector.fetch(new Request("http://seq/ingest/clef", { method: "POST", body: event, signal }));
const statuses = async (collector: Collector, times: number) => {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) seen.push((await post(collector)).status);
  return seen;
};

test("fail() replies with a status once, and accepts no event", async () => {
  const collector = createCollector();
  collector.fail({ status: 503 });
  const response = await post(collector);
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { Error: "A simulated fault answers 503" });
  assert.equal(collector.received, 0);
  assert.deepEqual([collector.requests[0]?.status, collector.requests[0]?.bytes, collector.requests[0]?.count], [503, event.length, 0]);
  assert.deepEqual(await statuses(collector, 2), [201, 201]);
});

test("fail() takes faults in order, each as often as it says, after those that wait", async () => {
  const collector = createCollector();
  collector.fail([{ status: 500, times: 2 }, { status: 429 }]);
  collector.fail({ status: 401 });
  assert.deepEqual(await statuses(collector, 5), [500, 500, 429, 401, 201]);
});

test("fail() for ever ends with recover() or clear()", async () => {
  const collector = createCollector();
  for (const end of [() => collector.recover(), () => collector.clear()]) {
    collector.fail([{ status: 502, times: Infinity }, { status: 500 }]);
    assert.deepEqual(await statuses(collector, 3), [502, 502, 502]);
    end();
    assert.deepEqual(await statuses(collector, 1), [201]);
  }
});

test("fail() meets ingestion requests only", async () => {
  const collector = createCollector();
  collector.fail({ status: 503 });
  for (const path of ["/health", "/api", "/nowhere"]) await collector.fetch(new Request(`http://seq${path}`));
  await collector.fetch(new Request("http://seq/ingest/clef", { method: "OPTIONS" }));
  assert.deepEqual(await statuses(collector, 2), [503, 201]);
});

test("fail() sends the body and the headers it is given", async () => {
  const collector = createCollector();
  collector.fail([
    { status: 429, body: "<html>slow down</html>", headers: { "Retry-After": "7", "Content-Type": "text/html" } },
    { status: 500, body: { error: "camelCase" } },
    { status: 502, body: "" },
  ]);
  const [html, json, empty] = [await post(collector), await post(collector), await post(collector)];
  assert.deepEqual([html?.headers.get("retry-after"), html?.headers.get("content-type"), await html?.text()], [
    "7",
    "text/html",
    "<html>slow down</html>",
  ]);
  assert.deepEqual([json?.headers.get("content-type")?.startsWith("application/json"), await json?.json()], [true, { error: "camelCase" }]);
  assert.equal(await empty?.text(), "");
});

test("fail() with a status of success accepts the events and changes only the reply", async () => {
  const collector = createCollector();
  collector.fail([{ status: 200 }, { status: 204 }, { body: "{}" }, { status: 202, body: { MinimumLevelAccepted: "Nonsense" } }, {
    headers: { "x-proxy": "1" },
  }]);
  const seen: [number, string][] = [];
  for (let i = 0; i < 5; i++) {
    const response = await post(collector);
    seen.push([response.status, await response.text()]);
  }
  const usual = '{"MinimumLevelAccepted":null}';
  assert.deepEqual(seen, [
    [200, usual],
    [204, ""],
    [201, "{}"],
    [202, '{"MinimumLevelAccepted":"Nonsense"}'],
    [201, usual],
  ]);
  assert.equal(collector.received, 5);
});

test("fail() shows a status that has no body", async () => {
  const collector = createCollector();
  collector.fail([{ status: 304 }, { status: 307, headers: { location: "http://elsewhere/" } }]);
  assert.deepEqual(await statuses(collector, 2), [304, 307]);
});

test("fail() resets before the body is read, or after the events are in", async () => {
  const collector = createCollector();
  collector.fail([{ reset: "before" }, { reset: "after" }]);
  await assert.rejects(post(collector), ConnectionReset);
  assert.deepEqual([collector.received, collector.requests[0]?.status, collector.requests[0]?.bytes], [0, null, 0]);
  await assert.rejects(post(collector), ConnectionReset);
  assert.deepEqual([collector.received, collector.requests[1]?.status, collector.requests[1]?.count], [1, null, 1]);
  assert.deepEqual(await statuses(collector, 1), [201]);
});

test("fail() hangs until the client gives up, and accepts no event", async () => {
  const collector = createCollector();
  collector.fail({ hang: true });
  const client = new AbortController();
  const hung = post(collector, client.signal);
  const [request] = await collector.untilRequests(1);
  assert.deepEqual([request?.status, request?.bytes, request?.count], [null, event.length, 0]);
  const outcome = assert.rejects(hung, /gave up/);
  client.abort(new Error("gave up"));
  await outcome;
  assert.equal(collector.received, 0);
});

test("fail() delays the reply, not the events", async () => {
  const collector = createCollector();
  collector.fail([{ delayMs: 30 }, { status: 503, delayMs: 1 }, { delayMs: 600_000 }]);
  const order: string[] = [];
  const [slow] = [post(collector).then(() => order.push("answered")), collector.until(1).then(() => order.push("in"))];
  await slow;
  assert.deepEqual(order, ["in", "answered"]);
  assert.deepEqual(await statuses(collector, 1), [503]);
  const client = new AbortController();
  const late = assert.rejects(post(collector, client.signal), /gave up/);
  await collector.until(2);
  client.abort(new Error("gave up"));
  await late;
});

test("fail() refuses what cannot be shown, and then waits for nothing", async () => {
  const collector = createCollector();
  const wrong: Fault[] = [{ status: 99 }, { status: 600 }, { status: 201.5 }, { status: 500, times: 0 }, { reset: "before", times: -1 }, {
    hang: true,
    times: NaN,
  }];
  for (const fault of wrong) assert.throws(() => collector.fail([{ status: 500 }, fault]), RangeError);
  assert.deepEqual(await statuses(collector, 1), [201]);
});

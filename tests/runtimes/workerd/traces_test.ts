/** Traces through a Worker, in the real workerd. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSpanId, isTraceId } from "../../../src/event/trace_context.ts";
import { serveCollector } from "../../support/collector.ts";
import { findRuntime } from "../../support/runtimes.ts";
import { startWorker, type TestWorker, type WorkerOptions } from "../../support/workerd.ts";
import { type RunningService, startService, stopServices, verifyTrace } from "../trace_services.ts";

const timeout = 600_000;
const withContext: WorkerOptions = { compatibilityDate: "2026-04-01", compatibilityFlags: ["nodejs_als"] };
const withNode: WorkerOptions = { compatibilityDate: "2026-04-01", compatibilityFlags: ["nodejs_compat"] };
const withoutContext: WorkerOptions = { compatibilityDate: "2026-04-01" };

const startWith = (options: WorkerOptions, serverUrl: string, bindings: Record<string, string> = {}): Promise<TestWorker> =>
  startWorker("tests/runtimes/workerd/traces_worker.ts", { ...options, bindings, constants: { SERVER_URL: serverUrl } });

test("a Worker between services on Node and Bun is in their trace, with every event in its span", {
  timeout,
  skip: findRuntime("bun") === undefined,
}, async () => {
  await using seq = await serveCollector({ port: 0 });
  const services: RunningService[] = [];
  try {
    const worker = await startService("bun", { SEQ_URL: seq.url, NAME: "worker" });
    services.push(worker);
    await using stock = await startWith(withContext, seq.url, { JOBS: worker.url });
    const shop = await startService("node", { SEQ_URL: seq.url, NAME: "shop", NEXT: stock.url.href });
    services.push(shop);
    await verifyTrace(seq, shop.url, 1);
    assert.deepEqual(stock.output, []);
  } finally {
    await stopServices(services);
  }
});

interface Seen {
  readonly message: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly spanStart?: number;
  readonly timestampMs: number;
}

test("a Worker draws no id at its module scope; its ids are valid, and unique over requests", { timeout }, async () => {
  await using seq = await serveCollector({ port: 0 });
  await using worker = await startWith(withNode, seq.url); // where AsyncLocalStorage is there at once
  const ask = async <T>(path: string): Promise<T> => await (await worker.dispatchFetch(`http://worker${path}`)).json() as T;
  const { atStart, told, events } = await ask<{ atStart: object; told: string[]; events: Seen[] }>("/early");
  assert.deepEqual([atStart, told], [{ traceId: "" }, []]);
  const [event, within, ended, both, late] = events;
  assert.deepEqual(events.map(({ message }) => message), ["Early event", "Early, within", "Early", "Early and late", "Late"]);
  for (const early of [event, within, ended]) {
    assert.deepEqual([early?.traceId, early?.spanId, early?.spanStart], [undefined, undefined, undefined]);
  }
  assert.ok(isTraceId(both?.traceId) && isSpanId(both.spanId), "the span that ends in a request has ids");
  assert.deepEqual([late?.traceId, late?.message], [both.traceId, "Late"]);
  assert.ok(both.timestampMs - both.spanStart! < 60_000, `it began at ${both.spanStart}`);
  const drawn = (await Promise.all(Array.from({ length: 10 }, () => ask<{ traceId: string; spanId: string }[]>("/ids?count=1000")))).flat();
  assert.ok(drawn.every(({ traceId, spanId }) => isTraceId(traceId) && isSpanId(spanId)));
  assert.equal(new Set(drawn.flatMap(({ traceId, spanId }) => [traceId, spanId])).size, 20_000);
  assert.deepEqual(worker.output, []);
});

test("without AsyncLocalStorage the events of a Worker's span are found by span.logger", { timeout }, async () => {
  await using seq = await serveCollector({ port: 0 });
  await using worker = await startWith(withoutContext, seq.url);
  const response = await worker.dispatchFetch("http://worker/by-hand");
  const { span, told, events } = await response.json() as { span: { spanId: string }; told: string[]; events: Seen[] };
  const ofSpan = events.filter(({ spanId }) => spanId === span.spanId).map(({ message }) => message);
  assert.deepEqual([ofSpan, told.map((one) => one.split(":")[0])], [["Handed on", "By hand"], ["no-context"]]);
});

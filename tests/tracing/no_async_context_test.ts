/** Spans in a process without AsyncLocalStorage: they are passed by hand. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { getLogger, type LogEvent, logRequests } from "../../mod.ts";
import { bindContext } from "../../src/tracing/bind_context.ts";
import { currentTraceContext, traceHeaders, withTrace } from "../../src/tracing/propagation.ts";
import { startSpan, withSpan } from "../../src/tracing/start_span.ts";
import { hearDiagnostics, remember } from "../support/seq.ts";

// contexts look for it when the first one is made, so this process never has one
const { getBuiltinModule } = process;
process.getBuiltinModule =
  ((name: string) => name.endsWith("async_hooks") ? undefined : getBuiltinModule.call(process, name)) as typeof getBuiltinModule;

const logger = getLogger("shop");
logger.level = "info";
getLogger("http.access").level = "info";
const named = (events: readonly LogEvent[], name: string): LogEvent => events.find(({ messageTemplate }) => messageTemplate === name)!;

test("withSpan() runs without AsyncLocalStorage, and says once that spans are not found", async () => {
  using heard = remember();
  using diagnostics = hearDiagnostics();
  const result = await withSpan(logger, "outer", async (span) => {
    await null;
    logger.info("lost");
    span.logger.info("found");
    span.logger.getChild("pay").with({ Card: "visa" }).info("deep");
    await withSpan(span.logger, "inner", {}, { parent: span }, (inner) => inner.logger.info("deepest"));
    startSpan(logger, "alone").end();
    return 7;
  });
  assert.equal(result, 7);
  const [outer, inner, alone] = ["outer", "inner", "alone"].map((name) => named(heard.events, name)) as [LogEvent, LogEvent, LogEvent];
  const places = ["lost", "found", "deep", "deepest"].map((name) => named(heard.events, name).spanId);
  assert.deepEqual(places, [undefined, outer.spanId, outer.spanId, inner.spanId]);
  assert.deepEqual([inner.parentId, inner.traceId, alone.parentId], [outer.spanId, outer.traceId, undefined]);
  assert.notEqual(alone.traceId, outer.traceId);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["no-context"]);
});

test("a failure ends the span without AsyncLocalStorage as well", async () => {
  using heard = remember();
  await assert.rejects(withSpan(logger, "failing", () => Promise.reject(new Error("No paper"))), /No paper/);
  assert.deepEqual(heard.events.map(({ level, spanStart }) => [level, typeof spanStart]), [["error", "number"]]);
});

test("a trace is passed on by the span itself, and what needs a context does without", async () => {
  using heard = remember();
  using _ = hearDiagnostics();
  const span = startSpan(logger, "sent");
  assert.match(traceHeaders(span).traceparent!, new RegExp(`^00-${span.context!.traceId}-${span.context!.spanId}-01$`));
  assert.deepEqual([traceHeaders(), currentTraceContext()], [{}, undefined]);
  assert.equal(withTrace({ ...traceHeaders(span) }, () => bindContext((n: number) => n + 1)(6)), 7);
  span.end();
  await logRequests((_request: Request) => new Response("x"))(new Request("http://localhost/", { headers: { ...traceHeaders(span) } }));
  assert.equal(heard.events[1]?.parentId, span.context?.spanId);
});

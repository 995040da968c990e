/** Which traces are recorded. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ConfigError, encodeClef, getLogger, logRequests, shutdown } from "../../mod.ts";
import { parseTraceContext } from "../../src/event/trace_context.ts";
import { traceHeaders, withTrace } from "../../src/tracing/propagation.ts";
import { configureTracing, tracingStats } from "../../src/tracing/sampling.ts";
import { startSpan, withSpan } from "../../src/tracing/start_span.ts";
import { hearRequests } from "../support/access.ts";
import { hearDiagnostics, remember } from "../support/seq.ts";

const logger = getLogger("sampling");
logger.level = "info";
afterEach(() => configureTracing({}));

test("a share of traces is recorded, whole, and their events always", () => {
  configureTracing({ sample: 0.25 });
  using heard = remember(logger);
  const before = tracingStats();
  for (let i = 0; i < 400; i++) withSpan(logger, "outer", () => withSpan(logger, "inner", () => logger.info("event")));
  const count = (message: string): number => heard.messages.filter((one) => one === message).length;
  assert.equal(count("event"), 400);
  assert.ok(count("outer") > 40 && count("outer") < 180, String(count("outer")));
  assert.equal(count("inner"), count("outer"));
  const { sampled, unsampled } = tracingStats();
  assert.deepEqual([sampled - before.sampled, unsampled - before.unsampled], [count("outer"), 400 - count("outer")]);
});

test("the share follows from the trace's id, and the decision travels", () => {
  configureTracing({ sample: 0.5 });
  for (let i = 0; i < 100; i++) {
    const span = startSpan(logger, "x");
    const { traceId, isSampled } = parseTraceContext(traceHeaders(span).traceparent)!;
    assert.equal(isSampled, parseInt(traceId.slice(-13), 16) < 2 ** 51);
    span.end();
  }
});

test("a function decides by what is known of the first span, and one that fails records", () => {
  using heard = remember(logger);
  using diagnostics = hearDiagnostics();
  configureTracing({ sample: ({ template, kind, properties }) => template === "yes" && kind === "Internal" && "A" in properties! });
  withSpan(logger, "no", {}, () => withSpan(logger, "yes", { A: 1 }, () => {}));
  withSpan(logger, "yes", { A: 1 }, () => {});
  configureTracing({
    sample: () => {
      throw new Error("No idea");
    },
  });
  withSpan(logger, "failed", () => {});
  assert.deepEqual(heard.messages, ["yes", "failed"]);
  assert.equal(diagnostics.heard[0]?.code, "sampling-failed");
});

test("the caller's decision goes before the own one", () => {
  using heard = remember(logger);
  configureTracing({ sample: 0 });
  withTrace({ traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` }, () => withSpan(logger, "theirs", () => {}));
  withSpan(logger, "ours", () => {});
  assert.deepEqual(heard.messages, ["theirs"]);
});

test("a trace that is not sampled is kept whole if a span of it fails or takes long", () => {
  using heard = remember(logger);
  configureTracing({ sample: 0, keepErrors: true, keepSlowerThanMs: 1e9 });
  const before = tracingStats();
  withSpan(logger, "well", () => withSpan(logger, "child", () => {}));
  assert.deepEqual(heard.messages, []);
  withSpan(logger, "outer", () => {
    withSpan(logger, "before", () => {});
    assert.throws(() =>
      withSpan(logger, "failing", () => {
        throw new Error("No paper");
      })
    );
    withSpan(logger, "after", () => {});
  });
  assert.deepEqual(heard.messages, ["before", "failing", "after", "outer"]);
  assert.equal(new Set(heard.events.map(({ traceId }) => traceId)).size, 1);
  configureTracing({ sample: 0, keepSlowerThanMs: 0 });
  withSpan(logger, "slow", () => {});
  assert.equal(heard.messages.at(-1), "slow");
  const { kept, held } = tracingStats();
  assert.deepEqual([kept - before.kept, held], [2, 0]);
});

test("what waits is bounded: the oldest traces are given up, counted and reported", () => {
  using heard = remember(logger);
  using diagnostics = hearDiagnostics();
  configureTracing({ sample: 0, keepErrors: true, maxHeldSpans: 3 });
  const before = tracingStats();
  const leak = startSpan(logger, "never ends");
  for (let i = 0; i < 3; i++) startSpan(logger, `lost ${i}`, {}, { parent: leak }).end();
  const root = startSpan(logger, "root");
  startSpan(logger, "child", {}, { parent: root }).end();
  root.setError("x");
  root.end();
  assert.deepEqual(heard.messages, ["child", "root"]);
  const { dropped, held } = tracingStats();
  assert.deepEqual([dropped - before.dropped, held, diagnostics.heard.map(({ code }) => code)], [3, 0, ["spans-dropped"]]);
});

test("spans that wait when the program shuts down are given up, counted and reported, and a request among them is an event", async () => {
  const heard = hearRequests();
  using diagnostics = hearDiagnostics();
  configureTracing({ sample: 0, keepErrors: true });
  const before = tracingStats();
  await withSpan(logger, "never ends", async (outer) => {
    startSpan(logger, "child", {}, { parent: outer }).end();
    await logRequests((_request: Request) => new Response("x"))(new Request("http://localhost/inner"));
    assert.deepEqual([heard.access, tracingStats().held], [[], 2]);
    await shutdown();
  });
  const { dropped, held } = tracingStats();
  assert.deepEqual([dropped - before.dropped, held, diagnostics.heard.map(({ code, count }) => [code, count])], [2, 0, [[
    "spans-dropped",
    2,
  ]]]);
  assert.deepEqual(heard.access.map(({ properties, spanStart }) => [properties.RequestPath, spanStart]), [["/inner", undefined]]);
  assert.deepEqual(heard.others, []);
});

test("a request of a trace that is not recorded is an event, and no span; one that fails is kept where the rule says so", async () => {
  const access = getLogger("http.access");
  access.level = "info";
  using heard = remember(access);
  const serve = logRequests((request: Request) => new Response("x", { status: request.url.endsWith("bad") ? 500 : 200 }));
  configureTracing({ sample: 0 });
  await serve(new Request("http://localhost/a"));
  configureTracing({ sample: 0, keepErrors: true });
  await serve(new Request("http://localhost/b"));
  await serve(new Request("http://localhost/bad"));
  access.level = undefined;
  const lines = heard.events.map((event) => JSON.parse(encodeClef(event)));
  assert.deepEqual(lines.map((line) => [line.RequestPath, "@st" in line, typeof line["@tr"]]), [
    ["/a", false, "string"],
    ["/b", false, "string"],
    ["/bad", true, "string"],
  ]);
});

test("configureTracing() refuses what it does not know", () => {
  assert.throws(() => configureTracing({ sample: 2 }), ConfigError);
  assert.throws(() => configureTracing({ samples: 1 } as never), ConfigError);
  assert.throws(() => configureTracing({ maxHeldSpans: 0 }), ConfigError);
});

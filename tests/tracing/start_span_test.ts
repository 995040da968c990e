/** Spans of a program: startSpan() and withSpan(). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeClef, getLogger, type LogEvent, withContext } from "../../mod.ts";
import { startSpan, withSpan } from "../../src/tracing/start_span.ts";
import { hearDiagnostics, type Recollection, remember } from "../support/seq.ts";

const logger = getLogger("shop");

/** What the logger writes at info and above. */
function hear(): Recollection {
  logger.level = "info";
  return remember(logger);
}

const lineOf = (event: LogEvent | undefined): Record<string, unknown> => JSON.parse(encodeClef(event!));
/** A time of CLEF in units of 100 ns since the second began. */
const unitsOf = (text: unknown): number => Date.parse(`${String(text).slice(0, 19)}Z`) * 1e4 % 1e12 + Number(String(text).slice(20, 27));

test("startSpan() becomes one event at its end, with its properties in the fields of CLEF", () => {
  using heard = hear();
  const span = startSpan(logger, "Order {OrderId} placed", { OrderId: 42 }, { kind: "Producer" });
  assert.equal(heard.events.length, 0);
  span.set({ Total: 6, City: "Oslo" });
  span.end({ Total: 7 });
  span.end({ Total: 8 });
  span.set({ Total: 9 });
  const line = lineOf(heard.event);
  assert.match(String(line["@tr"]), /^[0-9a-f]{32}$/);
  assert.match(String(line["@sp"]), /^[0-9a-f]{16}$/);
  assert.deepEqual([line["@mt"], line["@sk"], "@ps" in line, "@l" in line], ["Order {OrderId} placed", "Producer", false, false]);
  assert.deepEqual([line.OrderId, line.Total, line.City], [42, 7, "Oslo"]);
  assert.ok(unitsOf(line["@st"]) < unitsOf(line["@t"]));
  assert.deepEqual([line["@tr"], line["@sp"]], [span.context?.traceId, span.context?.spanId]);
});

test("the properties of a span are captured when they are passed", () => {
  using heard = hear();
  const order = { Lines: [1] };
  const span = startSpan(logger, "Order", { order });
  order.Lines.push(2);
  span.end();
  assert.deepEqual(heard.event.properties.order, { Lines: [1] });
});

test("a list fills the holes of a span's template, and a function is called, as in a log call", () => {
  using heard = hear();
  startSpan(logger, "Order {Id} to {City}", [42, "Oslo"]).end();
  startSpan(logger, "Order {Id}", () => ({ Id: 43 })).end();
  assert.deepEqual(heard.messages, ["Order 42 to Oslo", "Order 43"]);
});

test("withSpan() gives its ids to all that is logged and begun within, and nests their times", async () => {
  using heard = hear();
  const result = await withSpan(logger, "outer", async () => {
    logger.info("one");
    await null;
    await withSpan(getLogger("shop.inner"), "inner", { A: 1 }, { kind: "Client" }, async (span) => {
      await null;
      span.set({ B: 2 });
      getLogger("shop.deep").info("two");
    });
    return 7;
  });
  logger.info("after");
  assert.equal(result, 7);
  const [one, two, inner, outer, after] = heard.events.map(lineOf);
  assert.deepEqual(heard.messages, ["one", "two", "inner", "outer", "after"]);
  assert.deepEqual([one, two, inner].map((line) => line!["@tr"]), [outer!["@tr"], outer!["@tr"], outer!["@tr"]]);
  assert.deepEqual([one!["@sp"], two!["@sp"], inner!["@ps"]], [outer!["@sp"], inner!["@sp"], outer!["@sp"]]);
  assert.deepEqual(["@tr" in after!, inner!["@sk"], inner!.A, inner!.B], [false, "Client", 1, 2]);
  const times = [outer!["@st"], one!["@t"], inner!["@st"], two!["@t"], inner!["@t"], outer!["@t"]].map(unitsOf);
  assert.deepEqual(times.toSorted((a, b) => a - b), times);
  assert.equal(new Set(times).size, times.length);
});

test("what a span's function throws or rejects with raises its level, fills its exception, and is thrown on", async () => {
  using heard = hear();
  const failure = new Error("No paper");
  assert.throws(() =>
    withSpan(logger, "sync", () => {
      throw failure;
    }), failure);
  await assert.rejects(withSpan(logger, "async", () => Promise.reject(failure)), failure);
  assert.throws(() =>
    withSpan(logger, "fatal", {}, { level: "fatal" }, () => {
      throw failure;
    })
  );
  assert.deepEqual(heard.events.map(({ level, error }) => [level, error]), [["error", failure], ["error", failure], ["fatal", failure]]);
  assert.match(String(lineOf(heard.events[0])["@x"]), /^Error: No paper\n/);
});

test("setError() and an error among the properties do the same without a throw", () => {
  using heard = hear();
  using span = startSpan(logger, "one");
  span.setError("told");
  span.end();
  startSpan(logger, "two", { error: new TypeError("x") }).end();
  assert.deepEqual(heard.events.map(({ level, exception }) => [level, exception?.split("\n")[0]]), [["error", "told"], [
    "error",
    "TypeError: x",
  ]]);
});

test("a span whose level is off is none: what is within belongs to the nearest one around it", () => {
  using heard = hear();
  withSpan(logger, "outer", () => {
    withSpan(logger, "hidden", {}, { level: "debug" }, (span) => {
      assert.equal(span.context, undefined);
      assert.equal(span.logger, logger);
      span.set({ A: 1 });
      withSpan(logger, "inner", () => logger.info("deep"));
    });
  });
  const [deep, inner, outer] = heard.events.map(lineOf);
  assert.deepEqual([heard.messages, inner!["@ps"], deep!["@sp"]], [["deep", "inner", "outer"], outer!["@sp"], inner!["@sp"]]);
});

test("span.logger belongs to its span wherever it logs, with what it was bound to, and so do its children", () => {
  using heard = hear();
  const span = startSpan(logger.with({ Tenant: 7 }), "outer");
  span.logger.info("one");
  span.logger.with({ Batch: 8 }).info("two");
  span.logger.getChild("deep").info("three");
  withSpan(logger, "other", () => span.logger.info("four"));
  startSpan(span.logger, "inner", {}, { parent: span }).end();
  span.end();
  const ids = heard.events.map(({ spanId }) => spanId);
  const { spanId } = span.context!;
  assert.deepEqual([ids[0], ids[1], ids[2], ids[3], ids[6]], [spanId, spanId, spanId, spanId, spanId]);
  assert.equal(heard.events[5]?.parentId, spanId);
  assert.deepEqual(heard.events.slice(0, 3).map(({ properties }) => properties), [{ Tenant: 7 }, { Batch: 8, Tenant: 7 }, { Tenant: 7 }]);
});

test("parent, links and start place a span where the program says", () => {
  using heard = hear();
  const place = { traceId: "5b8aa5a2d2c872e8321cf37308d69df2", spanId: "051581bf3cb55c13", isSampled: true };
  withSpan(logger, "outer", (outer) => {
    startSpan(logger, "elsewhere", undefined, { parent: place, links: [outer] }).end();
    startSpan(logger, "root", undefined, { parent: null, start: new Date(Date.UTC(2026, 0, 1)) }).end();
  });
  const [elsewhere, root, outer] = heard.events;
  assert.deepEqual([elsewhere?.traceId, elsewhere?.parentId], [place.traceId, place.spanId]);
  assert.deepEqual(elsewhere?.properties.Links, [{ TraceId: outer?.traceId, SpanId: outer?.spanId }]);
  assert.deepEqual([root?.parentId, root?.spanStart], [undefined, Date.UTC(2026, 0, 1)]);
  assert.notEqual(root?.traceId, outer?.traceId);
});

test("ids that the caller gives win over those of the span; a trace of one's own has no span of another", () => {
  using heard = hear();
  const own = { trace_id: "a".repeat(32), span_id: "b".repeat(16) };
  withSpan(logger, "outer", { traceId: "c".repeat(32) }, (span) => {
    logger.info("both", own);
    logger.info("trace", { trace_id: own.trace_id });
    withContext({ traceId: own.trace_id }, () => logger.info("around"));
    logger.info("none");
    span.set({ spanId: "not an id" });
  });
  const lines = heard.events.map(lineOf);
  const { traceId, spanId } = heard.events[4]!;
  assert.deepEqual(lines.map((line) => [line["@tr"], line["@sp"]]), [
    [own.trace_id, own.span_id],
    [own.trace_id, undefined],
    [own.trace_id, undefined],
    [traceId, spanId],
    [traceId, spanId],
  ]);
  assert.equal(lines[4]!.traceId, "c".repeat(32), "a property of a span is no id of it");
  assert.deepEqual(heard.events.map((event) => [event.traceId, event.spanId]), lines.map((line) => [line["@tr"], line["@sp"]]));
});

test("a span of a logger of another make writes what any logger takes", () => {
  const written: Record<string, unknown>[] = [];
  const foreign = Object.assign(Object.create(null), {
    isEnabled: () => true,
    with: () => foreign,
    write: (event: object) => void written.push({ ...event }),
  });
  startSpan(foreign, "Order {Id}", { Id: 1 }).end();
  const [event] = written;
  assert.deepEqual([event?.messageTemplate, event?.properties, event?.level], ["Order {Id}", { Id: 1 }, "info"]);
  assert.match(`${event?.traceId} ${event?.spanId} ${event?.spanStart}`, /^[0-9a-f]{32} [0-9a-f]{16} \d{13}$/);
});

test("startSpan() never throws, and writes no field that Seq would refuse, whatever it is given", () => {
  using diagnostics = hearDiagnostics();
  using heard = hear();
  const throwing = {
    get kind(): never {
      throw new Error("No kind");
    },
  };
  const properties = {
    get Total(): never {
      throw new Error("No total");
    },
  };
  const places = [{ traceId: "zz", spanId: "1", isSampled: true }, "00-x", 5, {}, { traceId: "a".repeat(32), spanId: "0".repeat(16) }];
  const given = [
    null,
    ...places.map((parent) => ({ parent })),
    ...[NaN, new Date(NaN), "soon", Infinity].map((start) => ({ start })),
    ...["server", 5].map((kind) => ({ kind })),
    { level: "loud" },
    { links: [null, 5, { traceId: "x" }] },
  ];
  for (const options of given) startSpan(logger, "a", properties, options as never).end();
  assert.deepEqual(diagnostics.heard.map(({ code }) => code).filter((code) => code !== "unknown-level"), []);
  assert.equal(heard.events.length, given.length);
  for (const event of heard.events) {
    const line = lineOf(event);
    assert.match(`${line["@tr"]} ${line["@sp"]} ${line["@st"]}`, /^[0-9a-f]{32} [0-9a-f]{16} \d{4}-\d\d-\d\dT[\d:.]{16}Z$/);
    assert.deepEqual([line["@ps"], line["@sk"], line.Total], [undefined, undefined, "[Threw: No total]"]);
  }
  startSpan(logger, "off", {}, { level: "off" as never }).end();
  startSpan(logger, "left out", {}, throwing).end();
  assert.deepEqual([heard.events.length, diagnostics.heard.at(-1)?.code], [given.length, "span-failed"]);
});

test("the state of a trace that a program passes is a valid header, or none", () => {
  const place = { traceId: "5b8aa5a2d2c872e8321cf37308d69df2", spanId: "051581bf3cb55c13", isSampled: true };
  using _ = hear();
  for (const [traceState, expected] of [["k=v", "k=v"], ["k=v\r\nCookie: x", undefined], [5, undefined]] as const) {
    const { context } = startSpan(logger, "a", {}, { parent: { ...place, traceState: traceState as string } });
    assert.deepEqual([context?.traceId, context?.traceState], [place.traceId, expected]);
  }
});

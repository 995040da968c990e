/** Spans under way: their places in a trace, and which are recorded. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { encodeClef, getLogger, globalProperties } from "../mod.ts";
import type { Trace } from "../src/event/trace_context.ts";
import { ActiveSpan, samplingInForce, type SpanBeginning, type SpanOwner } from "../src/span.ts";
import { startSpan, withSpan } from "../src/tracing/start_span.ts";
import { hearRequests } from "./support/access.ts";
import { registerOpenTelemetry } from "./support/open_telemetry.ts";
import { remember } from "./support/seq.ts";

afterEach(() => void delete samplingInForce().sampling);

const place = { traceId: "5b8aa5a2d2c872e8321cf37308d69df2", spanId: "051581bf3cb55c13", isSampled: true, traceState: "a=1" };

/** Begins and ends a span. Returns its place and what its event says of it. */
function run(more: Partial<SpanBeginning> = {}): { readonly trace: Trace | undefined; readonly ends: (ActiveSpan | undefined)[] } {
  const ends: (ActiveSpan | undefined)[] = [];
  const span = new ActiveSpan({ kind: "Internal", template: "x", ...more });
  span.end({ writeEnd: (ended) => void ends.push(ended) }, false);
  return { trace: span.place, ends };
}

test("ActiveSpan continues the place it is given, with its state, under an id of its own", () => {
  const { trace, ends } = run({ parent: place, kind: "Server" });
  assert.deepEqual([trace?.traceId, trace?.traceState, trace?.isSampled], [place.traceId, "a=1", true]);
  assert.notEqual(trace?.spanId, place.spanId);
  assert.deepEqual(ends.map((ended) => [ended?.parentId, ended?.spanKind]), [[place.spanId, "Server"]]);
});

test("ActiveSpan honours the decision of its parent before any sampling of its own", () => {
  samplingInForce().sampling = { isSampled: () => true };
  const { trace, ends } = run({ parent: { ...place, isSampled: false } });
  assert.deepEqual([trace?.spanId, trace?.isSampled, ends], [place.spanId, false, [undefined]]);
  samplingInForce().sampling = { isSampled: () => false };
  assert.notEqual(run({ parent: place }).ends[0], undefined);
});

test("a trace that begins here is sampled by the rule in force, which may ask for its id; one that is not has ids and no event", () => {
  let asked = "";
  samplingInForce().sampling = { isSampled: (_, { traceId }) => (asked = traceId) === "" };
  const { trace, ends } = run({ parent: null });
  assert.deepEqual([trace?.traceId, trace?.isSampled, ends], [asked, false, [undefined]]);
});

test("a rule that holds spans back gets those of traces that are not sampled, and decides about them later", () => {
  const held: { span: ActiveSpan; owner: SpanOwner; isFailed: boolean }[] = [];
  samplingInForce().sampling = { isSampled: () => false, hold: (span, owner, isFailed) => void held.push({ span, owner, isFailed }) };
  const outer = new ActiveSpan({ kind: "Server", template: "outer" });
  const { ends } = run({ parent: outer.place });
  outer.end({ writeEnd: (ended) => void ends.push(ended) }, true);
  assert.deepEqual(held.map(({ span, isFailed }) => [span === span.local, isFailed]), [[false, false], [true, true]]);
  assert.equal(held[0]?.span.local, held[1]?.span.local);
  assert.equal(ends.length, 0);
  held[0]!.owner.writeEnd(held[0]!.span);
  held[1]!.owner.writeEnd(undefined);
  assert.deepEqual(ends.map((ended) => ended?.parentId), [outer.place?.spanId, undefined]);
});

test("where OpenTelemetry makes the spans, events carry the ids of its active span, and the library makes none", () => {
  const logger = getLogger("otel");
  logger.level = "info";
  using heard = remember(logger);
  using api = registerOpenTelemetry();
  api.within(place, () => {
    logger.info("plain");
    withSpan(logger, "operation", { A: 1 }, (span) => {
      assert.equal(span.context?.spanId, place.spanId);
      span.logger.info("within");
    });
  });
  logger.info("outside");
  startSpan(logger, "alone").end();
  const lines = heard.events.map((event) => JSON.parse(encodeClef(event)));
  assert.deepEqual(lines.map((line) => [line["@mt"], line["@tr"], line["@sp"], line["@st"]]), [
    ["plain", place.traceId, place.spanId, undefined],
    ["within", place.traceId, place.spanId, undefined],
    ["operation", place.traceId, place.spanId, undefined],
    ["outside", undefined, undefined, undefined],
    ["alone", undefined, undefined, undefined],
  ]);
});

test("an API without a maker of spans, or with a span that has no valid ids, changes nothing", () => {
  const logger = getLogger("otel");
  using heard = remember(logger);
  using api = registerOpenTelemetry(false);
  api.within({ traceId: "0".repeat(32), spanId: "0".repeat(16) }, () => withSpan(logger, "mine", () => logger.info("within")));
  assert.deepEqual(heard.events.map(({ spanStart }) => spanStart === undefined), [true, false]);
  assert.equal(heard.events[0]?.spanId, heard.events[1]?.spanId);
});

test("ids of a call, and those of global properties that are functions, win over the active span of OpenTelemetry", async () => {
  const logger = getLogger("otel");
  const given = { trace_id: "a".repeat(32), span_id: "b".repeat(16) };
  const ofCall = { trace_id: "c".repeat(32), span_id: "d".repeat(16) };
  await using heard = hearRequests();
  using api = registerOpenTelemetry();
  const seen = (): unknown[] => {
    const { traceId, spanId } = heard.others.at(-1)!;
    const line = JSON.parse(encodeClef(heard.others.at(-1)!));
    assert.deepEqual([line["@tr"], line["@sp"]], [traceId, spanId]);
    return [traceId, spanId];
  };
  api.within(place, () => {
    logger.info("active");
    assert.deepEqual(seen(), [place.traceId, place.spanId]);
    logger.info("call", ofCall);
    assert.deepEqual(seen(), [ofCall.trace_id, ofCall.span_id]);
    logger.with(ofCall).info("bound");
    assert.deepEqual(seen(), [ofCall.trace_id, ofCall.span_id]);
  });
  globalProperties.set({ trace_id: () => given.trace_id, span_id: () => given.span_id });
  try {
    api.within(place, () => {
      logger.info("global");
      assert.deepEqual(seen(), [given.trace_id, given.span_id]);
      logger.info("call", ofCall);
      assert.deepEqual(seen(), [ofCall.trace_id, ofCall.span_id]);
    });
  } finally {
    globalProperties.reset();
  }
});

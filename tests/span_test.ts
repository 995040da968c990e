/** Spans under way: where each stands in a trace, and which are recorded. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { encodeClef, getLogger } from "../mod.ts";
import type { Trace } from "../src/event/trace_context.ts";
import type { SpanEnd } from "../src/event/span_fields.ts";
import { ActiveSpan, samplingInForce, type SpanBeginning, type Undecided } from "../src/span.ts";
import { startSpan, withSpan } from "../src/tracing/start_span.ts";
import { registerOpenTelemetry } from "./support/open_telemetry.ts";
import { remember } from "./support/seq.ts";

afterEach(() => void delete samplingInForce().sampling);

const place = { traceId: "5b8aa5a2d2c872e8321cf37308d69df2", spanId: "051581bf3cb55c13", isSampled: true, traceState: "a=1" };

/** Begins and ends a span. Returns its place and what its event says of it. */
function run(more: Partial<SpanBeginning> = {}): { readonly trace: Trace | undefined; readonly ends: SpanEnd[] } {
  const ends: SpanEnd[] = [];
  const span = new ActiveSpan({ kind: "Internal", template: "x", ...more });
  span.end((end) => ends.push(end), false);
  return { trace: span.trace, ends };
}

test("ActiveSpan continues the place it is given, with its state, under an id of its own", () => {
  const { trace, ends } = run({ parent: place, kind: "Server" });
  assert.deepEqual([trace?.traceId, trace?.traceState, trace?.isSampled], [place.traceId, "a=1", true]);
  assert.notEqual(trace?.spanId, place.spanId);
  assert.deepEqual(ends.map(({ span }) => [span?.parentId, span?.kind]), [[place.spanId, "Server"]]);
});

test("ActiveSpan honours the decision of its parent before any sampling of its own", () => {
  samplingInForce().sampling = { isSampled: () => true };
  const { trace, ends } = run({ parent: { ...place, isSampled: false } });
  assert.deepEqual([trace?.spanId, trace?.isSampled, ends], [place.spanId, false, [{}]]);
  samplingInForce().sampling = { isSampled: () => false };
  assert.notEqual(run({ parent: place }).ends[0]?.span, undefined);
});

test("a trace that begins here is sampled by the rule in force, which may ask for its id; one that is not has ids and no event", () => {
  let asked = "";
  samplingInForce().sampling = { isSampled: (_, traceId) => (asked = traceId()) === "" };
  const { trace, ends } = run({ parent: null });
  assert.deepEqual([trace?.traceId, trace?.isSampled, ends], [asked, false, [{}]]);
});

test("a rule that holds spans back gets those of traces that are not sampled, and settles them later", () => {
  const held: Undecided[] = [];
  samplingInForce().sampling = { isSampled: () => false, hold: (span) => held.push(span) };
  const outer = new ActiveSpan({ kind: "Server", template: "outer" });
  const { ends } = run({ parent: outer.trace });
  outer.end((end) => ends.push(end), true);
  assert.deepEqual(held.map(({ isFirst, isFailed }) => [isFirst, isFailed]), [[false, false], [true, true]]);
  assert.equal(held[0]?.local, held[1]?.local);
  assert.equal(ends.length, 0);
  held[0]!.settle(true);
  held[1]!.settle(false);
  assert.deepEqual(ends.map(({ span }) => span?.parentId), [outer.trace?.spanId, undefined]);
});

test("where OpenTelemetry makes the spans, events carry the ids of its active span, and no span of ours is made", () => {
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

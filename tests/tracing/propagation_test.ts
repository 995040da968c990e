/** A trace that leaves this process, and one that arrives. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, withContext } from "../../mod.ts";
import { currentTraceContext, traceHeaders, withTrace } from "../../src/tracing/propagation.ts";
import { startSpan, withSpan } from "../../src/tracing/start_span.ts";
import { registerOpenTelemetry } from "../support/open_telemetry.ts";
import { remember } from "../support/seq.ts";

const logger = getLogger("propagation");
logger.level = "info";
const place = { traceId: "5b8aa5a2d2c872e8321cf37308d69df2", spanId: "051581bf3cb55c13", isSampled: true };
const traceparent = `00-${place.traceId}-${place.spanId}-01`;

test("traceHeaders() are those of the caller's span, or of a given one, with the state of the trace", () => {
  assert.deepEqual(traceHeaders(), {});
  withTrace({ traceparent, tracestate: "a=1" }, () => {
    assert.deepEqual(traceHeaders(), { traceparent, tracestate: "a=1" });
    withSpan(logger, "x", (span) => {
      const expected = { traceparent: `00-${place.traceId}-${span.context?.spanId}-01`, tracestate: "a=1" };
      assert.deepEqual(traceHeaders(), expected);
      withContext({ A: 1 }, () => assert.deepEqual(traceHeaders(), expected));
    });
  });
  const span = startSpan(logger, "y");
  assert.match(traceHeaders(span).traceparent ?? "", new RegExp(span.context!.spanId));
  span.end();
});

test("withTrace() reads headers of every make, and events within belong to the sender's span", () => {
  using heard = remember(logger);
  const all = [
    { traceparent },
    { traceparent: [traceparent] },
    { Host: "shop.test", Traceparent: traceparent },
    { traceparent: new TextEncoder().encode(traceparent), tracestate: null },
    new Headers({ traceparent }),
    new Map([["traceparent", traceparent]]) as unknown as Headers,
  ];
  for (const headers of all) withTrace(headers, () => logger.info("x"));
  assert.deepEqual(heard.events.map(({ traceId, spanId }) => [traceId, spanId]), all.map(() => [place.traceId, place.spanId]));
});

test("withTrace() without a valid traceparent changes nothing", () => {
  withSpan(logger, "outer", (span) => {
    for (const headers of [{}, { traceparent: "x" }, { traceparent: 7 }]) {
      withTrace(headers, () => assert.equal(currentTraceContext()?.spanId, span.context?.spanId));
    }
  });
});

test("withTrace() keeps the sender's decision, and a span within has no event", () => {
  using heard = remember(logger);
  withTrace({ traceparent: traceparent.replace(/1$/, "0") }, () => withSpan(logger, "x", () => logger.info("within")));
  assert.deepEqual(heard.messages, ["within"]);
  assert.equal(heard.event.traceId, place.traceId);
});

test("where OpenTelemetry makes the spans, its span is passed on, and withTrace() is its parent", () => {
  using api = registerOpenTelemetry();
  api.within(place, () => assert.deepEqual(traceHeaders(), { traceparent }));
  withTrace({ traceparent }, () => assert.deepEqual([traceHeaders(), api.entered.length], [{ traceparent }, 2]));
});

test("withTrace() runs the work of a message that has no headers, or such as cannot be read", () => {
  const hostile = {
    get traceparent(): string {
      throw new Error("No header");
    },
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  for (const headers of [undefined, null, {}, hostile, revoked.proxy, { traceparent: 5 }, { traceparent: "00-x" }]) {
    assert.equal(withTrace(headers, () => currentTraceContext() ?? "none"), "none");
  }
});

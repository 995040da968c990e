/** Which properties are the ids of a trace: by any of their spellings, and only where they are valid. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeClef, getLogger } from "../../mod.ts";
import { isTraceName, traceFieldOf, traceOf } from "../../src/event/trace_context.ts";
import { remember } from "../support/seq.ts";

const trace = "5b8aa5a2d2c872e8321cf37308d69df2";
const span = "5b8aa5a2d2c872e8";

for (
  const [traceName, spanName] of [["traceId", "spanId"], ["trace_id", "span_id"], ["TraceId", "SpanId"], ["traceID", "spanID"], [
    "TraceID",
    "SpanID",
  ], ["trace-id", "span-id"]] as const
) {
  test(`properties ${traceName} and ${spanName} are the ids of the event and of its line`, () => {
    using heard = remember();
    getLogger().warn("x", { [traceName]: trace, [spanName]: span });
    const { event } = heard;
    assert.deepEqual([event.traceId, event.spanId], [trace, span]);
    const line = JSON.parse(encodeClef(event));
    assert.deepEqual([line["@tr"], line["@sp"], traceName in line, spanName in line], [trace, span, false, false]);
  });
}

test("an id that is not valid stays a property", () => {
  const wrong = [trace.toUpperCase(), trace.slice(1), `${trace}0`, "0".repeat(32), "g".repeat(32), 7, null];
  for (const value of wrong) assert.equal(traceFieldOf("traceId", value), undefined, String(value));
  assert.deepEqual([traceFieldOf("traceId", span), traceFieldOf("spanId", trace)], [undefined, undefined]);
  assert.deepEqual([traceFieldOf("traceId", trace), traceFieldOf("spanId", span)], ["@tr", "@sp"]);
  using heard = remember();
  getLogger().warn("x", { TraceId: "order-7" });
  const line = JSON.parse(encodeClef(heard.event));
  assert.deepEqual([line.TraceId, "@tr" in line], ["order-7", false]);
});

test("no other name is an id, not even one that every object has", () => {
  assert.deepEqual(["trace", "TRACEID", "parentId", "constructor", "__proto__"].map(isTraceName), [false, false, false, false, false]);
  assert.deepEqual(traceOf({ trace, id: span }), {});
});

test("traceOf() takes the first spelling that holds a valid id", () => {
  assert.deepEqual(traceOf({ TraceId: trace, traceId: "none", span_id: span }), { traceId: trace, spanId: span });
  const other = "a".repeat(32);
  assert.deepEqual(traceOf({ TraceId: other, traceId: trace }), { traceId: trace });
});

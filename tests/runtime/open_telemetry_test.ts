/** OpenTelemetry's API, by its global. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { activeSpanContext, openTelemetry, runBelow, runUntraced } from "../../src/runtime/open_telemetry.ts";
import { registerOpenTelemetry } from "../support/open_telemetry.ts";

const place = { traceId: "5b8aa5a2d2c872e8321cf37308d69df2", spanId: "051581bf3cb55c13", traceFlags: 1 };

test("openTelemetry() is there once a program has registered it, and activeSpanContext() is that of its active span", () => {
  assert.equal(openTelemetry(), undefined);
  using api = registerOpenTelemetry();
  assert.notEqual(openTelemetry(), undefined);
  assert.equal(activeSpanContext(openTelemetry()!), undefined);
  api.within(place, () => assert.deepEqual(activeSpanContext(openTelemetry()!), place));
  const broken = { context: { active: () => ({}) as never, with: () => undefined as never } };
  assert.equal(activeSpanContext(broken), undefined);
});

test("runUntraced() suppresses, and runBelow() puts a place in a trace in the span's stead; without the API both just run", () => {
  assert.deepEqual([runUntraced(() => 1), runBelow(place, () => 2)], [1, 2]);
  using api = registerOpenTelemetry();
  assert.equal(runUntraced(() => api.entered.at(-1)?.getValue(Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING"))), true);
  assert.equal(runBelow(place, () => activeSpanContext(openTelemetry()!)), place);
});

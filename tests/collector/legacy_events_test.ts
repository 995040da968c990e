import assert from "node:assert/strict";
import { test } from "node:test";
import { readLegacyEvents } from "../../src/collector/legacy_events.ts";

const Timestamp = "2026-03-01T10:15:00.1234567+01:00";
const read = (payload: unknown, maxEventBytes = 262_144) =>
  readLegacyEvents(new TextEncoder().encode(typeof payload === "string" ? payload : JSON.stringify(payload)), maxEventBytes);
const refused = (payload: unknown, message: RegExp, maxEventBytes?: number) =>
  assert.throws(() => read(payload, maxEventBytes), { name: "IngestionError", status: 400, message });

test("readLegacyEvents() reads every field of the older format", () => {
  const event = {
    Timestamp,
    Level: "Warning",
    MessageTemplate: "Took {Ms:0.0} for {Id}",
    Exception: "Error: no",
    EventType: 12,
    TraceId: "5b8aa5a2d2c872e8321cf37308d69df2",
    SpanId: "051581bf3cb55c13",
    Renderings: { Ms: [{ Format: "0.0", Rendering: "12,3" }] },
    Properties: { Ms: 12.34, Id: 7, "@odd": 1 },
  };
  const [read1] = read({ Events: [event] });
  assert.equal(read1?.timestamp, Timestamp);
  assert.equal(read1?.timestampMs, Date.UTC(2026, 2, 1, 9, 15, 0, 123));
  assert.equal(read1?.level, "Warning");
  assert.equal(read1?.message, "Took 12,3 for 7");
  assert.equal(read1?.exception, "Error: no");
  assert.equal(read1?.eventType, 12);
  assert.equal(read1?.traceId, "5b8aa5a2d2c872e8321cf37308d69df2");
  assert.equal(read1?.spanId, "051581bf3cb55c13");
  assert.deepEqual(read1?.properties, { Ms: 12.34, Id: 7, "@odd": 1 });
  assert.equal(read1?.clef["@@odd"], 1);
});

test("readLegacyEvents() accepts either name of the array, null fields and a ready message", () => {
  const events = [{ Timestamp, RenderedMessage: "done", MessageTemplate: "{A}", Exception: null, Properties: null, Level: null }];
  for (const payload of [{ events }, { Events: events }]) {
    const [event] = read(payload);
    assert.equal(event?.message, "done");
    assert.equal(event?.level, "Information");
    assert.equal("exception" in (event ?? {}), false);
  }
  assert.deepEqual(read({ Events: [] }), []);
});

test("readLegacyEvents() renders from the properties where a rendering is missing", () => {
  const [event] = read({
    Events: [{
      Timestamp,
      MessageTemplate: "{A:000} {B:000}",
      Renderings: { A: [{ Format: "000", Rendering: "x" }] },
      Properties: { A: 1, B: 2 },
    }],
  });
  assert.equal(event?.message, "001 002");
});

test("readLegacyEvents() refuses a payload that is not of the format", () => {
  for (const wrong of ["", "no", "{"]) refused(wrong, /no valid JSON/);
  for (const wrong of ["[]", "null", "1", {}, { Events: {} }, { Events: null }, { Events: "x" }]) {
    refused(wrong, /must be an object with an `Events` array/);
  }
});

test("readLegacyEvents() checks each event and says which is wrong", () => {
  refused({ Events: [{ Timestamp }, 5] }, /line 2 as it must be a JSON object/);
  refused({ Events: [{ Timestamp }, {}] }, /line 2: it carries no `@t`/);
  refused({ Events: [{ Timestamp: 5 }] }, /line 1 as `@t` must be a string/);
  refused({ Events: [{ Timestamp, Level: 3 }] }, /line 1 as `@l` must be a string/);
  refused({ Events: [{ Timestamp, MessageTemplate: "x".repeat(100) }] }, /line 1 as an event may have at most 100 bytes/, 100);
});

/** Events that are spans: written by hand, read back, and on the wire. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, encodeClef, getLogger, type LogEvent, type LogEventInit, MemoryHandler, shutdown } from "../../mod.ts";
import { decodeClef } from "../../src/event/clef_decoder.ts";
import { readSpan, spanInitOf } from "../../src/event/span_fields.ts";
import { remember } from "../support/seq.ts";

const ids = { traceId: "5b8aa5a2d2c872e8321cf37308d69df2", spanId: "051581bf3cb55c13", parentId: "5fb397be34d26b51" };
const span: LogEventInit = {
  ...ids,
  timestampMs: Date.UTC(2026, 2, 1, 10, 15, 0, 482),
  spanStart: Date.UTC(2026, 2, 1, 10, 15, 0, 100),
  spanStartTicks: 17,
  spanKind: "Server",
  level: "warn",
  messageTemplate: "HTTP {Method} {Path}",
  properties: { Method: "GET", Path: "/cart" },
  resource: { "service.name": "checkout", "service.version": "1.4.0" },
  scope: { name: "my-http-lib" },
};
const lineOf = (event: LogEvent): Record<string, unknown> => JSON.parse(encodeClef(event, { loggerNameProperty: null }));

/** What a handler sees of an event that is written. */
function write(init: LogEventInit): LogEvent {
  using heard = remember();
  getLogger().write({ level: "warn", ...init, isForeign: true });
  return heard.event;
}

test("write() with spanStart, parentId and spanKind makes a span, in the fields that Seq reads", () => {
  assert.deepEqual(lineOf(write(span)), {
    "@t": "2026-03-01T10:15:00.4820000Z",
    "@mt": "HTTP {Method} {Path}",
    "@l": "Warning",
    "@tr": ids.traceId,
    "@sp": ids.spanId,
    "@st": "2026-03-01T10:15:00.1000017Z",
    "@ps": ids.parentId,
    "@sk": "Server",
    "@ra": { service: { name: "checkout", version: "1.4.0" } },
    "@sa": { name: "my-http-lib" },
    Method: "GET",
    Path: "/cart",
  });
  const { spanStart, spanStartTicks, parentId, spanKind, traceId, spanId } = write(span);
  assert.deepEqual({ spanStart, spanStartTicks, parentId, spanKind, traceId, spanId }, {
    ...{ spanStart: span.spanStart, spanStartTicks: 17, spanKind: "Server", ...ids },
  });
});

test("a span that is read from its line and written again is the same", () => {
  const once = encodeClef(write(span), { loggerNameProperty: null });
  assert.equal(encodeClef(write(decodeClef(once)), { loggerNameProperty: null }), once);
});

test("a span that a filter changes stays one", () => {
  using heard = remember();
  heard.memory.filters = [(event) => ({ ...event, properties: { Method: "POST" } })];
  getLogger().write(span);
  const line = lineOf(heard.event);
  assert.deepEqual([line["@st"], line["@ps"], line["@sk"], line.Method, line.Path], [
    ...["2026-03-01T10:15:00.1000017Z", ids.parentId, "Server", "POST", undefined],
  ]);
});

test("what is no valid span is an event that keeps what it was given as properties", () => {
  const { spanStart } = span;
  for (const wrong of [{ spanId: "x" }, { traceId: undefined }, { parentId: "0".repeat(16) }, { spanKind: "server" as never }]) {
    const line = lineOf(write({ ...span, ...wrong }));
    assert.equal("@st" in line, false, JSON.stringify(wrong));
    assert.equal(line.spanStart, spanStart);
  }
  assert.equal(readSpan({ ...ids, spanStart: NaN }), undefined);
});

test("an Internal span has no @sk, and one without a parent no @ps", () => {
  const line = lineOf(write({ ...span, spanKind: "Internal", parentId: undefined }));
  assert.deepEqual(["@sk" in line, "@ps" in line, "@st" in line], [false, false, true]);
});

test("resource of the configuration is on every span that has none of its own, and on no other event", async () => {
  const list = new MemoryHandler();
  configure({ root: { level: "info", handlers: ["list"] }, handlers: { list }, resource: { "service.name": "shop" } });
  getLogger().write({ ...span, resource: undefined });
  getLogger().write(span);
  getLogger().write({ ...span, resource: undefined, isForeign: true });
  getLogger().info("no span");
  await shutdown();
  assert.deepEqual(list.events.map((event) => lineOf(event)["@ra"]), [
    { service: { name: "shop" } },
    { service: { name: "checkout", version: "1.4.0" } },
    undefined,
    undefined,
  ]);
});

test("spanInitOf() is the opposite of readSpan()", () => {
  const read = readSpan(span)!.span!;
  const { spanStart, spanStartTicks, parentId, spanKind, resource, scope } = span;
  assert.deepEqual(spanInitOf(read), { spanStart, spanStartTicks, parentId, spanKind, resource, scope });
});

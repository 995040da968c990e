/** What turns records of other loggers into events: loggers by name, levels, order, times and texts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import { Adapter, ask, entriesOf, fieldsOf, readMoment, readText } from "../../src/adapters/adapter.ts";
import { hierarchy } from "../../src/hierarchy.ts";
import { hear } from "./hear.ts";

test("loggerOf() makes loggers of the first thousand names, and only writes those beyond it", () => {
  using heard = hear();
  const adapter = new Adapter("any", { logger: heard.name });
  const before = [...hierarchy().nodes].length;
  for (let n = 0; n < 3000; n++) adapter.loggerOf(`user${n}`).write({ level: "info", message: "x" });
  assert.equal(heard.events.length, 3000);
  assert.equal(heard.events[2999]!.loggerName, `${heard.name}.user2999`);
  assert.ok([...hierarchy().nodes].length - before <= 1000);
  assert.equal(adapter.loggerOf(""), getLogger(heard.name));
});

test("levelOf() reads the library's own levels, those of the options before them, and the usual words", () => {
  const adapter = new Adapter("any", { levels: { loud: "fatal", http: "off" } }, { http: "debug", silly: "trace" });
  assert.deepEqual(["loud", "http", "silly", "WARNING", "nonsense", 30].map((word) => adapter.levelOf(word)), [
    ...["fatal", "off", "trace", "warn"],
    ...[undefined, undefined],
  ]);
});

test("inOrder() counts the records of one millisecond, and leaves ticks alone", () => {
  const adapter = new Adapter("any", {});
  const ticks = [5, 5, 5, 6].map((timestampMs) => adapter.inOrder({ timestampMs }).ticks);
  assert.deepEqual(ticks, [0, 1, 2, 0]);
  assert.deepEqual(adapter.inOrder({ timestampMs: 6, ticks: 77 }), { timestampMs: 6, ticks: 77 });
});

test("readMoment() reads milliseconds, seconds, dates and ISO 8601 with a zone", () => {
  assert.deepEqual(readMoment(1767225600000), { timestampMs: 1767225600000 });
  assert.deepEqual(readMoment(1767225600), { timestampMs: 1767225600000 });
  assert.deepEqual(readMoment(new Date(5e12)), { timestampMs: 5e12 });
  assert.deepEqual(readMoment("2026-01-01T00:00:00.1234567Z"), { timestampMs: 1767225600123, ticks: 4567 });
  assert.deepEqual(readMoment("2026-01-01T01:00:00+01:00"), { timestampMs: 1767225600000 });
  for (const none of ["2026-01-01T00:00:00", "now", NaN, null, {}]) assert.equal(readMoment(none), undefined);
});

test("readText() reads a text as a template where each hole names a field", () => {
  assert.deepEqual(readText("a {b}", { b: 1 }), { messageTemplate: "a {b}" });
  for (const text of ["a {b} {c}", "a {{b}}", "a", "{ b }", "{constructor}"]) assert.deepEqual(readText(text, { b: 1 }), { message: text });
  assert.deepEqual(readText("{b}", { b: 1 }, false), { message: "{b}" });
  assert.deepEqual(readText("{c}", {}, true), { messageTemplate: "{c}" });
});

test("ask(), fieldsOf() and entriesOf() put what throws in its place", () => {
  const broken = {
    fine: 1,
    get bad(): never {
      throw new Error("no");
    },
  };
  assert.match(ask(() => broken.bad), /no/);
  assert.equal(fieldsOf(broken).fine, 1);
  assert.match(String(fieldsOf(broken).bad), /no/);
  assert.deepEqual([entriesOf([1, 2]), entriesOf("text"), entriesOf(undefined)], [[1, 2], [], []]);
});

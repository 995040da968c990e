/** A record of winston: which of its fields are text, error, time and name, and which are properties. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { levelKey, WinstonRecord } from "../../src/adapters/winston_record.ts";

const splat = Symbol.for("splat");
const read = (info: object): object => new WinstonRecord(info).read();

test("the level is winston's own, which no format has coloured, or else the field", () => {
  const coloured = { level: "\x1b[31merror\x1b[39m", [levelKey]: "error" };
  assert.deepEqual([new WinstonRecord(coloured).level, new WinstonRecord({ level: "http" }).level], ["error", "http"]);
});

test("nameIn() takes a name that is text from the properties, and nothing else", () => {
  const record = new WinstonRecord({ message: "x", label: "db", service: "", n: 1 });
  assert.deepEqual([record.nameIn("label"), record.nameIn("service"), record.nameIn("n"), record.nameIn("none")], ["db", "", "", ""]);
  assert.deepEqual(record.read().properties, { service: "", n: 1 });
});

test("a timestamp that can be read is the time; any other is a property", () => {
  assert.deepEqual(read({ message: "x", timestamp: "2026-01-01T00:00:00.500Z" }), {
    timestampMs: Date.UTC(2026, 0, 1) + 500,
    message: "x",
    properties: {},
  });
  assert.deepEqual(read({ message: "x", timestamp: "noon" }), { message: "x", properties: { timestamp: "noon" } });
});

test("the error is the first of message, arguments and fields; its stack and cause are no properties", () => {
  const cause = new Error("cause");
  const error = new Error("boom", { cause });
  assert.deepEqual(read({ message: "x", stack: error.stack, cause, [splat]: [error], n: 1 }), {
    error,
    message: "x",
    properties: { n: 1 },
  });
  assert.deepEqual(read({ message: error, [splat]: [] }), { error, message: "boom", properties: {} });
  assert.deepEqual(read({ message: "x", stack: "Error: y\n    at z" }), { error: "Error: y\n    at z", message: "x", properties: {} });
});

test("directives that no format has replaced become holes that show the arguments; braces stay braces", () => {
  assert.deepEqual(read({ message: "%s has {%d} at 5%%", [splat]: ["Ada", 3, { Id: 1 }] }), {
    messageTemplate: "{0} has {{{1}}} at 5%",
    properties: { 0: "Ada", 1: 3, Id: 1 },
  });
});

test("arguments that the text does not show are kept, and colours are not", () => {
  assert.deepEqual(read({ message: "\x1b[32msaved\x1b[39m", [splat]: [{ Id: 1 }, "more"] }), {
    message: "saved",
    properties: { Id: 1, __1: "more" },
  });
});

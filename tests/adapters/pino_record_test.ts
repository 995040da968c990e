/** A record of pino: which fields are name, time, text and error, and which stay properties. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, type LoggerState, parseJson, PinoRecord } from "../../src/adapters/pino_record.ts";
import { hostProperties } from "../../src/runtime/host_properties.ts";

const record = (fields: Fields, state: LoggerState = {}): PinoRecord => new PinoRecord(state, fields);

test("the name is that of pino's logger; one that the program has logged stays a field", () => {
  const own = record({ name: "db" });
  assert.deepEqual([own.readName(), own.fields], ["db", {}]);
  const logged = record({ name: "Ada" }, { lastObj: { name: "Ada" }, lastLogger: { bindings: () => ({ name: "db" }) } });
  assert.deepEqual([logged.readName(), logged.fields], ["db", { name: "Ada" }]);
  const shown = record({ name: "Ada", msg: "Hello {name}" });
  assert.deepEqual([shown.readName(), shown.fields.name], ["", "Ada"], "a hole shows it");
});

test("the time is what pino says it wrote, whatever the name of its field, or else `time`", () => {
  const named = record({ ts: 1_767_225_600_000, n: 1 }, { lastTime: "1767225600000" });
  assert.deepEqual([named.readMoment(), named.fields], [{ timestampMs: 1_767_225_600_000 }, { n: 1 }]);
  const plain = record({ time: 1_767_225_600_000 });
  assert.deepEqual([plain.readMoment(), plain.fields], [{ timestampMs: 1_767_225_600_000 }, {}]);
  const wrong = record({ time: "noon" });
  assert.deepEqual([wrong.readMoment(), wrong.fields], [{}, { time: "noon" }]);
});

test("the text is a template by its own field, or where its holes name fields", () => {
  const read = (fields: Fields, templateKey?: string): object => record(fields).readText("msg", { templateKey });
  assert.deepEqual(read({ msg: "x", tpl: "{n}" }, "tpl"), { messageTemplate: "{n}" });
  assert.deepEqual(read({ msg: "Hello {n}", n: 1 }), { messageTemplate: "Hello {n}" });
  assert.deepEqual([read({ msg: "Hello {m}", n: 1 }), read({ n: 1 })], [{ message: "Hello {m}" }, { message: "" }]);
});

test("a serialized error is the exception with its fields, inner errors and causes, and a property without stacks", () => {
  const inner = { type: "TypeError", message: "i", stack: "TypeError: i\n    at i" };
  const err = {
    type: "Error",
    message: "o",
    stack: "Error: o\n    at o\ncaused by: Error: c\n    at c",
    code: 5,
    aggregateErrors: [inner],
  };
  const made = record({ err, n: 1 });
  assert.deepEqual(made.readError("err"), {
    error: 'Error: o\n    at o\n    {"code":5}\nInner error 1 of 1: TypeError: i\n    at i\nCaused by: Error: c\n    at c',
  });
  const { stack: _, ...rest } = err;
  assert.deepEqual(made.fields, { err: { ...rest, aggregateErrors: [{ type: "TypeError", message: "i" }] }, n: 1 });
  assert.deepEqual(record({ cause: inner }).readError("err"), { error: inner.stack }, "a serialized error under any name");
  assert.deepEqual(record({ form: { type: "input", message: "m" } }).readError("err"), {}, "type and message alone are none there");
});

test("the process and the machine are left out where they are this one's", () => {
  const { ProcessId, MachineName } = hostProperties();
  const own = record({ pid: ProcessId, hostname: MachineName, n: 1 });
  own.leaveOutHost();
  const other = record({ pid: -1, hostname: "elsewhere" });
  other.leaveOutHost();
  assert.deepEqual([own.fields.n, "pid" in own.fields && ProcessId !== undefined, other.fields], [1, false, {
    pid: -1,
    hostname: "elsewhere",
  }]);
  assert.deepEqual([parseJson('{"a":1}'), parseJson("{")], [{ a: 1 }, undefined]);
});

/** An event as the attributes of Python's LogRecord. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level, LogEvent } from "../../mod.ts";
import { msecsOf, recordAttributes } from "../../src/python/python_record.ts";
import { emptyTuple, Float } from "../../src/python/python_value.ts";

const event: LogEvent = {
  timestampMs: 1_700_000_000_042,
  ticks: 5000,
  level: "warn",
  loggerName: "shop",
  messageTemplate: "Page {Page}",
  message: "Page 7",
  properties: {},
};

/** An attribute's value; of a float its number. */
function read(name: string, changes: Partial<LogEvent> = {}): unknown {
  const value = recordAttributes.get(name)!({ ...event, ...changes });
  return value instanceof Float ? value.value : value;
}

test("levels have Python's names and numbers, and the root has its name", () => {
  const all = (["trace", "debug", "info", "warn", "error", "fatal"] as const).map((
    level: Level,
  ) => [read("levelname", { level }), read("levelno", { level })]);
  assert.deepEqual(all, [["TRACE", 5], ["DEBUG", 10], ["INFO", 20], ["WARNING", 30], ["ERROR", 40], ["CRITICAL", 50]]);
  assert.deepEqual([read("name"), read("name", { loggerName: "" })], ["shop", "root"]);
});

test("the time is in seconds with its ticks, and msecs are whole, before 1970, too", () => {
  assert.equal(read("created"), 1_700_000_000.0425);
  assert.deepEqual([read("msecs"), msecsOf({ ...event, timestampMs: -1 }), msecsOf({ ...event, timestampMs: 999.9 })], [42, 999, 999]);
  assert.ok(recordAttributes.get("msecs")!(event) instanceof Float, "it is shown as 42.0");
  const later = (read("relativeCreated", { timestampMs: event.timestampMs + 250 }) as number) - (read("relativeCreated") as number);
  assert.ok(Math.abs(later - 250) < 0.01, String(later));
});

test("msg is the template and message the text; there are no arguments", () => {
  assert.deepEqual([read("msg"), read("message"), read("args")], ["Page {Page}", "Page 7", emptyTuple]);
});

test("the exception is that of the event, and unknown fields are as in Python", () => {
  assert.deepEqual([read("exc_info"), read("exc_text", { exception: "Error: x" })], [null, "Error: x"]);
  assert.deepEqual(["pathname", "lineno", "funcName", "taskName", "processName"].map((name) => read(name)), [
    ...["(unknown file)", 0, "(unknown function)", null, "MainProcess"],
  ]);
  assert.equal(typeof read("process"), "number");
  assert.equal(recordAttributes.has("asctime"), false, "its format is the formatter's");
});

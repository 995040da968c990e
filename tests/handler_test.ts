/** The base class of handlers: what a handler with only emit() offers, and that none throws into the program. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Handler, type LogEvent, MemoryHandler } from "../mod.ts";
import { isHandler } from "../src/handler.ts";
import { hearDiagnostics } from "./support/seq.ts";

class Plain extends Handler {
  readonly heard: string[] = [];

  emit({ message }: LogEvent): void {
    if (message === "fail") throw new Error("no paper");
    this.heard.push(message);
  }
}

const event = (message: string, level: LogEvent["level"] = "info"): LogEvent => ({
  timestampMs: 0,
  level,
  loggerName: "handler",
  messageTemplate: message,
  message,
  properties: {},
});

test("a handler that only emits has something to say to every question", async () => {
  const handler = new Plain();
  let isOver = false;
  handler.start();
  await handler.retire(() => (isOver = true));
  assert.equal(isOver, true);
  assert.deepEqual(await handler.flush(), { delivered: 0, pending: 0, lost: 0 });
  assert.deepEqual([await handler.close(), handler.stats(), handler.check()], [undefined, undefined, undefined]);
  assert.deepEqual([await handler.ready(), handler.isDurable, handler.adopt(new Plain())], [true, false, false]);
});

test("handle() passes what level and filters let through, and reports what emit() throws", () => {
  using hearing = hearDiagnostics();
  const handler = new Plain();
  handler.level = "warn";
  handler.filters = [({ message }) => message !== "stopped"];
  for (const [message, level] of [["low", "info"], ["stopped", "warn"], ["fail", "error"], ["passes", "warn"]] as const) {
    handler.handle(event(message, level));
  }
  assert.deepEqual(handler.heard, ["passes"]);
  assert.deepEqual(hearing.heard.map(({ code }) => code), ["handler-failed"]);
  assert.match(hearing.heard[0]!.message, /no paper/);
});

test("isHandler() knows handlers by their brand", () => {
  for (const thing of [new Plain(), new MemoryHandler()]) assert.equal(isHandler(thing), true);
  for (const thing of [undefined, null, {}, Plain, () => {}]) assert.equal(isHandler(thing), false);
});

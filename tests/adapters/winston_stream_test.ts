/** The events of a Node stream, as winston asks them of a transport. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../src/adapters/winston_stream.ts";

test("emit() calls the listeners in their order, with the arguments and the emitter as `this`", () => {
  const emitter = new Emitter();
  const heard: unknown[] = [];
  emitter.on("data", function (this: unknown, ...args: never[]) {
    heard.push(["second", this === emitter, ...args]);
  });
  emitter.prependListener("data", () => heard.push(["first"]));
  assert.deepEqual([emitter.emit("data", 1, 2), emitter.emit("other")], [true, false]);
  assert.deepEqual(heard, [["first"], ["second", true, 1, 2]]);
});

test("once() receives one event, even where its listener emits it again", () => {
  const emitter = new Emitter();
  let count = 0;
  emitter.once("drain", () => {
    count++;
    emitter.emit("drain");
  });
  emitter.emit("drain");
  assert.deepEqual([count, emitter.listenerCount("drain")], [1, 0]);
});

test("off() takes away the later of a listener that was added twice, and nothing for one that was never added", () => {
  const emitter = new Emitter();
  const [one, other] = [() => 1, () => 2];
  emitter.on("x", one).addListener("x", other).on("x", one).off("x", one);
  assert.deepEqual(emitter.listeners("x"), [one, other]);
  emitter.removeListener("x", () => 3);
  assert.deepEqual(emitter.listeners("x"), [one, other]);
});

test("a listener that removes others while an event is on its way leaves this event whole", () => {
  const emitter = new Emitter();
  const heard: string[] = [];
  emitter.on("x", () => {
    heard.push("first");
    emitter.removeAllListeners("x");
  });
  emitter.on("x", () => heard.push("second"));
  emitter.on("y", () => heard.push("y"));
  emitter.emit("x");
  emitter.emit("x");
  assert.deepEqual([heard, emitter.listenerCount("y")], [["first", "second"], 1]);
  emitter.removeAllListeners();
  assert.equal(emitter.emit("y"), false);
});

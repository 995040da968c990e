/** The cost of one call is bounded by all that it carries together, not only for each value. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, encodeClef, getLogger, MemoryHandler, shutdown, withContext } from "../../mod.ts";
import { maxEventSize, maxRenderedLength } from "../../src/event/value_limits.ts";
import { isFull } from "../support/effort.ts";
import { assertLinear } from "../support/growth.ts";
import { anonymous } from "../support/seq.ts";

const log = getLogger("limits");

/** The message, line and values of an event. */
function logged(template: string, properties: object): { message: string; line: string; values: string } {
  const memory = new MemoryHandler();
  using _ = log.addHandler(memory);
  log.warn(template, properties);
  const [event] = memory.events;
  const line = encodeClef(event!);
  const { message } = event!;
  return { message, line, values: JSON.stringify(event!.properties) };
}

const shared = (count: number, value: unknown): unknown[] => Array.from({ length: count }, () => value);
const values: readonly (readonly [name: string, properties: object])[] = [
  ["numbers", { V: shared(20, shared(1000, shared(1000, 0.5))) }],
  ["texts of one letter", { V: shared(20, shared(1000, shared(1000, "a"))) }],
  ["empty lists", { V: shared(1000, shared(1000, [])) }],
  ["long names", { V: shared(1000, Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}${"n".repeat(1000)}`, 1]))) }],
  ["bodies of JSON", { V: shared(1000, shared(1000, { id: 1, name: "ada", tags: ["a", "b"] })) }],
];
for (const [name, properties] of values) {
  test(`an event of ${name} that lists share holds no more than the budget, and says where it was cut`, () => {
    const { values } = logged("x", properties);
    assert.ok(values.length < 3 * maxEventSize, String(values.length));
    assert.ok(values.includes("[Cut: "));
    assert.ok(values.split("[Cut: ").length < 20, "one mark stands for the rest");
  });
}

test("a text is rendered for many holes within one budget", () => {
  const { message, line } = logged("{b:u}".repeat(10_000), { b: "x".repeat(50_000) });
  assert.ok(message.length < 2 * maxRenderedLength, String(message.length));
  assert.ok(line.length <= 200_000);
  const grown = logged("{A:u}".repeat(100), { A: "\u0390".repeat(320) });
  assert.ok(grown.line.length <= 200_000);
});

test("four times the holes cost at most in proportion", () => {
  const text = "x".repeat(isFull ? 50_000 : 5000);
  assertLinear("holes", (count) => "{b:u} ".repeat(count), (template) => logged(template, { b: text }), { from: 1000, to: 64_000 });
});

test("what is no text where one is wanted is written as JSON, and loses no event", () => {
  const mute = { toString: null } as unknown as string;
  const memory = new MemoryHandler();
  using _ = log.addHandler(memory);
  log.write({ level: "error", messageTemplate: "x", eventType: mute, loggerName: mute });
  log.write({ level: "error", message: mute });
  log.error("{$Body}", { Body: mute });
  assert.equal(memory.events.length, 3);
  for (const event of memory.events) assert.doesNotMatch(encodeClef(event), /Threw/);
});

test("all of an event is bounded by one budget: its own properties, those of its logger, its context, all events and its handler, and its error", async () => {
  const bag = (name: string): object => Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${name}${i}`, "x".repeat(60_000)]));
  const error = new AggregateError(Array.from({ length: 50 }, (_, i) => new Error(`${i} ${"x".repeat(60_000)}`)), "All failed");
  const memory = new MemoryHandler();
  configure({ serverUrl: null, properties: { ...anonymous, ...bag("Global") } });
  using _ = log.addHandler(memory);
  const shape = { properties: bag("Handler"), eventBodyLimitBytes: Infinity };
  withContext(bag("Context"), () => {
    log.with(bag("Bound")).warn(error, "{Own1} {Bound1} {Context1}", bag("Own"));
    log.with(bag("Bound")).warn("{Own1:u} {Bound1:u}", { ...bag("Own"), Thrown: error });
  });
  await shutdown();
  assert.equal(memory.events.length, 2);
  for (const event of memory.events) {
    assert.ok(JSON.stringify(event.properties).length + event.exception!.length < 1.75 * maxEventSize);
    assert.ok(event.message.length < 2 * maxRenderedLength);
    assert.ok(encodeClef(event, shape).length < 2 * maxEventSize + maxRenderedLength);
    assert.ok(encodeClef(event).length <= 200_000);
    assert.match(String(event.properties["…"]), /more\]$/);
  }
});

/** EventList: assertions whose messages say what was logged instead. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, MemoryHandler } from "../../mod.ts";
import { createCollector } from "../../src/collector/serve.ts";
import { EventAssertionError, type EventList, eventsOf, recordEvents } from "../../src/testing/testing.ts";
import { nasty } from "../support/values.ts";
import { observe } from "../support/seq.ts";

/** What a program logs. */
function logged(): EventList {
  using log = recordEvents("list");
  const orders = getLogger("list.orders");
  orders.info("Order {Id} packed", { Id: 42, Items: [{ Name: "pen", Count: 2 }] });
  orders.warn("Order {Id} shipped", { Id: 42, City: "Oslo", At: new Date(0) });
  orders.info("Order {Id} shipped", { Id: 43 });
  getLogger("list").error(new RangeError("no paper", { cause: new Error("no tree") }), "Bill {Id} failed", { Id: 44 });
  return log.events;
}

const events = logged();
const failure = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof EventAssertionError && error.name === "EventAssertionError");
    return error.message;
  }
  throw new Error("It should have failed");
};

test("EventList is a list in its order", () => {
  assert.equal(events.length, 4);
  assert.deepEqual([...events], events.toArray());
  assert.deepEqual(events.messages, ["Order 42 packed", "Order 42 shipped", "Order 43 shipped", "Bill 44 failed"]);
});

test("EventList narrows by template, message, level, logger, properties, error and any condition", () => {
  const ids = (list: EventList): unknown[] => list.toArray().map(({ properties }) => properties.Id);
  assert.deepEqual(ids(events.withTemplate("Order {Id} shipped")), [42, 43]);
  assert.deepEqual(ids(events.withTemplate(/^Order/g)), [42, 42, 43]);
  assert.deepEqual(ids(events.withMessage("Order 43 shipped")), [43]);
  assert.deepEqual(ids(events.withMessage(/43|44/)), [43, 44]);
  assert.deepEqual(ids(events.withLevel("info")), [42, 43]);
  assert.deepEqual(ids(events.fromLevel("warn")), [42, 44]);
  assert.deepEqual(ids(events.fromLogger("list.orders")), [42, 42, 43]);
  assert.deepEqual(ids(events.fromLogger("list.ord")), []);
  assert.deepEqual(ids(events.fromLogger("")), [42, 42, 43, 44]);
  assert.deepEqual(ids(events.withProperties({ Id: 42, City: "Oslo" })), [42]);
  assert.deepEqual(ids(events.withProperties({ City: /^O/ })), [42]);
  assert.deepEqual(ids(events.withProperties({ Id: (id: unknown) => Number(id) > 42 })), [43, 44]);
  assert.deepEqual(ids(events.withProperties({ Items: [{ Count: 2, Name: "pen" }] })), [42]);
  assert.deepEqual(ids(events.withProperties({ Items: [{ Count: 2 }] })), []);
  assert.deepEqual(ids(events.withProperties({ At: new Date(0) })), [42]);
  assert.deepEqual(ids(events.withProperties({ At: new Date(1) })), []);
  assert.deepEqual(ids(events.withProperties({ City: undefined })), []);
  assert.deepEqual(ids(events.withError()), [44]);
  assert.deepEqual(ids(events.withError("RangeError: no paper")), [44]);
  assert.deepEqual(ids(events.withError(/no tree/)), [44]);
  assert.deepEqual(ids(events.withError("no ink")), []);
  assert.deepEqual(ids(events.where(({ properties }) => properties.Id === 43)), [43]);
});

test("EventList returns the only, the first and the last event, and says that there is none or how many", () => {
  assert.equal(events.withTemplate("Order {Id} shipped").withLevel("warn").single().properties.City, "Oslo");
  assert.equal(events.first().messageTemplate, "Order {Id} packed");
  assert.equal(events.last().level, "error");
  events.withLevel("fatal").none();
  assert.equal(events.withLevel("info").exactly(2).length, 2);
});

const packed = 'info list.orders "Order {Id} packed" {"Id":42,"Items":[{"Name":"pen","Count":2}]}';
const shipped = [
  'warn list.orders "Order {Id} shipped" {"Id":42,"City":"Oslo","At":"1970-01-01T00:00:00.000Z"}',
  'info list.orders "Order {Id} shipped" {"Id":43}',
];
const failed = 'error list "Bill {Id} failed" {"Id":44}, RangeError: no paper';
const lines = (...shown: string[]): string => shown.map((line) => `\n  ${line}`).join("");

test("EventList says what was logged instead of the event that is missing", () => {
  assert.equal(
    failure(() => events.withTemplate("Order {Id} sent").single()),
    'Expected a single event with the template "Order {Id} sent", but there is none.\nLogged instead: 4 events' +
      lines(packed, ...shipped, failed),
  );
});

test("EventList shows what the conditions before the failing one have left", () => {
  assert.equal(
    failure(() => events.withTemplate("Order {Id} shipped").withProperties({ City: "Rome", Id: /4/ }).withLevel("warn").first()),
    'Expected an event with the template "Order {Id} shipped" with City="Rome", Id=/4/ of level warn, but there is none.\n' +
      'Logged with the template "Order {Id} shipped": 2 events' + lines(...shipped),
  );
});

test("EventList shows the events that are too many", () => {
  assert.equal(
    failure(() => events.withTemplate("Order {Id} shipped").single()),
    'Expected a single event with the template "Order {Id} shipped", but there are 2.' + lines(...shipped),
  );
  assert.equal(failure(() => events.withError().none()), `Expected no event with an error, but there is 1.${lines(failed)}`);
  assert.match(failure(() => events.withLevel("info").exactly(3)), /^Expected 3 events of level info, but there are 2\.\n/);
});

test("EventList shows at most 20 events, each on a line of its own, harmless and cut", () => {
  using log = recordEvents("many");
  for (let n = 0; n < 30; n++) getLogger("many").info("Line\n{N}\x1b[2J", { N: n, Long: "x".repeat(1000) });
  const message = failure(() => log.events.withLevel("fatal").single());
  assert.equal(message.split("\n").length, 2 + 20 + 1);
  assert.match(message, / {2}… and 10 more$/);
  // deno-lint-ignore no-control-regex -- what must not be there
  assert.doesNotMatch(message, /\x1b|x{300}/);
});

test("EventList says why nothing may have been logged", () => {
  using log = recordEvents("silent");
  const hint = "Nothing was logged. A logger without a level logs from warn on: set its level, or use recordEvents().";
  assert.equal(failure(() => log.events.single()), `Expected a single event, but there is none.\n${hint}`);
  assert.equal(failure(() => log.events.withLevel("info").last()), `Expected an event of level info, but there is none.\n${hint}`);
});

test("EventList compares and shows whatever was logged", () => {
  using log = recordEvents("nasty");
  for (const value of nasty()) getLogger("nasty").info("{Value}", { Value: value });
  assert.equal(log.events.length, nasty().length);
  for (const value of nasty()) if (typeof value !== "function") log.events.withProperties({ Value: value });
  assert.match(failure(() => log.events.withLevel("fatal").single()), /\n {2}info nasty "\{Value\}" /);
});

test("eventsOf() asserts the events of a memory handler, as they are then", () => {
  const memory = new MemoryHandler();
  using _ = getLogger("memory").addHandler(memory);
  getLogger("memory").warn("Drawer {N}", { N: 1 });
  const before = eventsOf(memory);
  getLogger("memory").warn("Drawer {N}", { N: 2 });
  assert.deepEqual([before.length, eventsOf(memory).length], [1, 2]);
});

test("eventsOf() asserts what a collector has accepted, by Seq's words", async () => {
  const seq = createCollector();
  await using _ = observe({ fetch: (input: string | URL | Request, init?: RequestInit) => seq.fetch(new Request(input, init)) });
  getLogger("collected.deep").warn("Order {Id} shipped", { Id: 42 });
  getLogger("collected").info("Done");
  await seq.until(2);
  const event = eventsOf(seq.events).fromLogger("collected").withLevel("warn").withProperties({ Id: 42 }).single();
  assert.equal(event.timestampMs > 0, true);
  assert.match(failure(() => eventsOf(seq.events).withTemplate("Gone").single()), /\n {2}Information collected "Done" /);
});

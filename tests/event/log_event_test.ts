/** Events as user code sees them, records while they are handled, and the way from the one to the other. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEvent } from "../../mod.ts";
import { escapeTemplate, EventRecord, type RecordParts, toRecord } from "../../src/event/log_event.ts";
import { parseTemplate } from "../../src/event/message_template.ts";
import { capture } from "../../src/event/properties.ts";

function record(
  { template = "Page {Page}", ...changes }: Partial<Omit<RecordParts, "template">> & { template?: string } = {},
): EventRecord {
  return new EventRecord({
    rank: 2,
    template: parseTemplate(template),
    scope: { loggerName: "shop" },
    own: capture({ Page: 7 }),
    ...changes,
  });
}

test("the event of a record is complete, frozen through and through, can be spread, and is made once", () => {
  const made = record({ own: capture({ Page: 7, Tags: ["a"] }), origin: { timestampMs: 1000.25, eventType: 5 } });
  const { event } = made;
  assert.deepEqual({ ...event }, {
    timestampMs: 1000,
    ticks: 2500,
    level: "info",
    loggerName: "shop",
    messageTemplate: "Page {Page}",
    properties: { Page: 7, Tags: ["a"] },
    eventType: 5,
    message: "Page 7",
  });
  assert.ok([event, event.properties, event.properties.Tags].every(Object.isFrozen));
  assert.equal(made.event, event);
});

test("the call's properties hide those of the logger, and these those of the context", () => {
  const bound = capture({ Page: 1, User: "bound" });
  const { event } = record({ bound, context: capture({ Page: 2, User: "context", Job: 3 }) });
  assert.deepEqual({ ...event.properties }, { Page: 7, User: "bound", Job: 3 });
});

test("a time of its own keeps its fraction as ticks within the millisecond, and one that is no number becomes the current time", () => {
  const ticksOf = (timestampMs: number, ticks?: number): number =>
    record({ origin: { timestampMs, ...(ticks !== undefined && { ticks }) } }).ticks;
  assert.deepEqual([ticksOf(5.5), ticksOf(5.5, 7), ticksOf(5, -3), ticksOf(5, 20_000), ticksOf(5.99999)], [5000, 7, 0, 9999, 9999]);
  const before = Date.now();
  const { timestampMs } = record({ origin: { timestampMs: NaN } });
  assert.ok(timestampMs >= before);
});

test("an event type is a text or a number of 32 bits, read once, when the event is made", () => {
  let asked = 0;
  const eventType: unknown = { toJSON: () => `type ${++asked}` };
  const made = record({ origin: { eventType: eventType as string } });
  assert.deepEqual([made.eventType, made.event.eventType, toRecord({ ...made.event }).eventType, asked], ["type 1", "type 1", "type 1", 1]);
  const types = [7, 2 ** 32, -1, null, "a".repeat(100_000)].map((type) => record({ origin: { eventType: type as number } }).eventType);
  assert.deepEqual(types, [7, "4294967296", "-1", "null", "a".repeat(100_000)]);
});

test("records of one burst are in order, though the clock stands still between them", () => {
  const burst = Array.from({ length: 25_000 }, () => record());
  const isLater = (one: EventRecord, before: EventRecord): boolean =>
    one.timestampMs > before.timestampMs || (one.timestampMs === before.timestampMs && one.ticks > before.ticks);
  assert.ok(burst.every((one, i) => i === 0 || isLater(one, burst[i - 1]!)));
});

test("toRecord() knows an event's own record, and reads again one that was changed", () => {
  const made = record();
  assert.equal(toRecord(made.event), made);
  const changed: LogEvent = { ...made.event, properties: { Page: 8 }, level: "error", message: "not this" };
  const again = toRecord(changed, made);
  assert.notEqual(again, made);
  assert.deepEqual([again.event.message, again.event.level, again.scope], ["Page 8", "error", made.scope]);
  assert.deepEqual([again.timestampMs, again.ticks], [made.timestampMs, made.ticks]);
});

test("toRecord() keeps the error of the record before, unless the event names another or another text", () => {
  const thrown = new Error("secret");
  const own = capture({ err: thrown });
  const made = record({ own, ...(own.error && { error: own.error }) });
  assert.equal(toRecord({ ...made.event }, made).error, made.error);
  assert.equal(toRecord({ ...made.event, exception: "Error: ***" }, made).event.exception, "Error: ***");
  assert.equal(toRecord({ ...made.event, error: "other" }, made).event.exception, "other");
  const { error: _, exception: __, ...without } = made.event;
  assert.equal(toRecord(without, made).event.exception, undefined);
});

test("escapeTemplate() makes of any text a template that shows the text unchanged", () => {
  for (const text of ["{", "a {b} c", "{{x}}", "}{"]) {
    assert.equal(record({ template: escapeTemplate(text), own: capture({ b: 1, x: 2 }) }).event.message, text);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { toCollectedEvent } from "../../src/collector/collected_event.ts";
import { TraceGroups } from "../../src/collector/trace_groups.ts";
import { FakeClock } from "../support/fake_clock.ts";

const event = (n: number, more: object = {}) =>
  toCollectedEvent({ "@t": "2026-03-01T10:15:01Z", "@mt": "Event", N: n, "@tr": "a", ...more }, 1);
const start = "2026-03-01T10:15:00Z";

function makeGroups() {
  const clock = new FakeClock();
  const shown: string[] = [];
  const groups = new TraceGroups(
    (events, traceId) => shown.push(`${traceId}: ${events.map(({ properties }) => properties["N"]).join(" ")}`),
    clock,
  );
  return { clock, shown, groups };
}

test("TraceGroups holds a trace until its root has ended, and a little longer", async () => {
  const { clock, shown, groups } = makeGroups();
  assert.equal(groups.add(toCollectedEvent({ "@t": start }, 1)), false);
  assert.equal(groups.add(event(1, { "@sp": "2", "@ps": "1", "@st": start })), true);
  await clock.advance(4000);
  groups.add(event(2, { "@sp": "1", "@st": start }));
  await clock.advance(400);
  groups.add(event(3, { "@sp": "1" }));
  await clock.advance(499);
  assert.deepEqual(shown, []);
  await clock.advance(1);
  assert.deepEqual(shown, ["a: 1 2 3"]);
});

test("TraceGroups shows a trace of which nothing arrives any more, and at the end all there is", async () => {
  const { clock, shown, groups } = makeGroups();
  groups.add(event(1));
  await clock.advance(5000);
  groups.add(event(2));
  groups.add(event(3, { "@tr": "b" }));
  groups.end();
  await clock.advance(10_000);
  assert.deepEqual(shown, ["a: 1", "a: 2", "b: 3"]);
});

test("TraceGroups holds a bounded number of traces and of events", () => {
  const { shown, groups } = makeGroups();
  for (let n = 0; n < 1001; n++) groups.add(event(n, { "@tr": `${n}` }));
  assert.deepEqual(shown, ["0: 0"]);
  for (let n = 0; n < 5000; n++) groups.add(event(n, { "@tr": "large" }));
  assert.equal(shown.length, 3);
});

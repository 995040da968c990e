/** A trace as a tree, from events in any order. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CollectedEvent, toCollectedEvent } from "../../src/collector/collected_event.ts";
import { formatTrace, type TraceNode, traceTree } from "../../src/collector/trace_tree.ts";

const trace = "5b8aa5a2d2c872e8321cf37308d69df2";
const at = (ticks: number): string => `2026-03-01T10:15:00.${String(ticks).padStart(7, "0")}Z`;

/** A span, or an event where it has no beginning. */
function event(name: string, spanId: string, times: readonly number[], more: Record<string, unknown> = {}): CollectedEvent {
  const [end = 0, start] = times;
  const fields = { "@t": at(end), "@mt": name, "@tr": trace, "@sp": spanId, ...(start !== undefined && { "@st": at(start) }) };
  return toCollectedEvent({ ...fields, ...more }, 1);
}

const events = [
  event("inner log", "c", [300_001]),
  event("call", "b", [800_000, 200_000], { "@ps": "a", "@sk": "Client" }),
  event("request", "a", [1_000_000, 0], { "@ra": { service: { name: "shop" } } }),
  event("answer", "c", [700_000, 300_000], { "@ps": "b", "@sk": "Server", "@ra": { service: { name: "stock" } }, "@l": "Error" }),
  event("outer log", "a", [100_000], { "@l": "Warning" }),
  event("another trace", "a", [1], { "@tr": "0".repeat(31) + "1" }),
];

test("traceTree() puts spans below their parents and events within their spans, by their beginnings, in whatever order they came", () => {
  const namesOf = (things: readonly (TraceNode | CollectedEvent)[]): unknown[] =>
    things.map((thing) => ("children" in thing ? [thing.span?.message, thing.durationMs, namesOf(thing.children)] : thing.message));
  const tree = [["request", 100, ["outer log", ["call", 60, [["answer", 40, ["inner log"]]]]]]];
  assert.deepEqual(namesOf(traceTree(events, trace)), tree);
  assert.deepEqual(namesOf(traceTree(events.toReversed(), trace)), tree);
});

test("formatTrace() draws the tree with durations, services and kinds, and no control character", () => {
  assert.equal(
    formatTrace([...events, event("\x1b[2J", "a", [900_000])], trace),
    [
      `Trace ${trace}`,
      "└─ 100 ms shop request",
      "   ├─ WRN outer log",
      "   ├─ 60.0 ms Client call",
      "   │  └─ 40.0 ms stock Server answer",
      "   │     └─ INF inner log",
      "   └─ INF \\x1b[2J",
    ].join("\n"),
  );
  assert.ok(formatTrace(events, trace, { colour: true }).includes("\x1b[31manswer\x1b[0m"));
  assert.equal(formatTrace(events, "f".repeat(32)), "");
});

test("formatTrace() shows a parent that has not arrived, and survives spans that name themselves or each other", () => {
  assert.equal(
    formatTrace([event("call", "b", [20, 10], { "@ps": "a" }), event("log", "a", [5])], trace),
    `Trace ${trace}\n└─ span a has not arrived\n   ├─ INF log\n   └─ 0.001 ms call`,
  );
  assert.equal(formatTrace([event("self", "s", [20, 10], { "@ps": "s" })], trace), `Trace ${trace}\n└─ 0.001 ms self`);
  assert.equal(formatTrace([event("x", "x", [2, 1], { "@ps": "y" }), event("y", "y", [2, 1], { "@ps": "x" })], trace), "");
});

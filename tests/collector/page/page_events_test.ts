import assert from "node:assert/strict";
import { test } from "node:test";
import { type CollectedEvent, toCollectedEvent } from "../../../src/collector/collected_event.ts";
import { findEvents, type PageEvents, readQuery, waitForEvents } from "../../../src/collector/page/page_events.ts";
import { Journal } from "../../../src/collector/received_events.ts";

const at = (second: number): string => `2026-03-01T10:15:${String(second).padStart(2, "0")}Z`;
const event = (n: number, more: object = {}): CollectedEvent =>
  toCollectedEvent({ "@t": at(n % 60), "@mt": "Event {N}", N: n, ...more }, 1);

function journalOf(count: number, keep = 100_000): Journal<CollectedEvent> {
  const journal = new Journal<CollectedEvent>("events", { items: keep, bytes: Infinity });
  journal.add(Array.from({ length: count }, (_, i) => event(i)), 1);
  return journal;
}

const query = (text: string, nowMs = 0) => readQuery(new URLSearchParams(text), nowMs);
const numbers = ({ events }: { events: readonly (readonly unknown[])[] }): unknown[] => events.map(([number]) => number);

test("findEvents() finds the newest first, or those from a number on, and says where to go on", () => {
  const journal = journalOf(5);
  const newest = findEvents(journal, "e", query(""));
  assert.deepEqual([numbers(newest), newest.next, newest.isDone, newest.total, newest.epoch], [[4, 3, 2, 1, 0], 0, true, 5, "e"]);
  assert.deepEqual(numbers(findEvents(journal, "e", query("before=2"))), [1, 0]);
  const later = findEvents(journal, "e", query("from=3"));
  assert.deepEqual([numbers(later), later.next, later.isDone], [[3, 4], 5, true]);
  assert.deepEqual(numbers(findEvents(journal, "e", query("from=9&before=x"))), []);
  assert.deepEqual(numbers(findEvents(journal, "e", query("before=0"))), []);
});

test("findEvents() numbers events as they came, forgotten ones included", () => {
  const journal = journalOf(10, 4);
  assert.deepEqual(numbers(findEvents(journal, "e", query("from=2"))), [6, 7, 8, 9]);
  assert.deepEqual(numbers(findEvents(journal, "e", query("filter=N%3D7"))), [7]);
});

test("findEvents() finds a bounded number at a time, and all of them in the end", () => {
  const journal = journalOf(1250);
  const found: unknown[] = [];
  const sizes: number[] = [];
  for (let before: number | undefined, isDone = false; !isDone;) {
    const part = findEvents(journal, "e", { before, passes: () => true });
    found.push(...numbers(part));
    sizes.push(part.events.length);
    ({ next: before, isDone } = part);
  }
  assert.deepEqual(sizes, [500, 500, 250]);
  assert.deepEqual(found, Array.from({ length: 1250 }, (_, i) => 1249 - i));
  const [one] = journal.items;
  journal.add(Array<CollectedEvent>(20_000).fill(one!), 1);
  const none = findEvents(journal, "e", query("filter=N%3D-1"));
  assert.deepEqual([none.events.length, none.next, none.isDone], [0, 1250, false]);
});

test("findEvents() ends a reply with much text early", () => {
  const journal = new Journal<CollectedEvent>("events", { items: 100, bytes: Infinity });
  journal.add(Array.from({ length: 20 }, (_, i) => event(i, { Text: "x".repeat(200_000) })), 1);
  const { events, isDone } = findEvents(journal, "e", query("from=0"));
  assert.deepEqual([events.length, isDone], [3, false]);
});

test("findEvents() returns what the page shows", () => {
  const journal = new Journal<CollectedEvent>("events", { items: 100, bytes: Infinity });
  const line = {
    "@t": at(2),
    "@mt": "Hi {Name}",
    "@l": "err",
    "@x": "Boom",
    "@tr": "abc",
    Name: "you",
    SourceContext: "shop",
    Elapsed: 1.5,
  };
  journal.add([toCollectedEvent(line, 1), toCollectedEvent({ "@t": at(2), "@st": at(1), "@m": "Span", "@l": "audit" }, 1)], 1);
  const [span, first] = findEvents(journal, "e", query("")).events;
  const { timestampMs } = journal.items[0]!;
  assert.deepEqual(first, [0, timestampMs, 4, "Error", "Hi you", "Hi {Name}", "shop", 1.5, true, "abc", JSON.stringify(line)]);
  assert.deepEqual(span?.slice(2, 10), [2, "audit", "Span", "Span", "", 1000, false, null]);
});

test("readQuery() filters by text, level and time, and refuses a filter that cannot be read", () => {
  const passes = (text: string, of = event(30, { "@l": "Warning" })): boolean => query(text, Date.parse(at(40))).passes(of);
  assert.deepEqual(
    ["", "filter=N%3D30", "rank=3", "since=10000", `start=${Date.parse(at(30))}&end=${Date.parse(at(31))}`].map((text) => passes(text)),
    Array(5).fill(true),
  );
  assert.deepEqual(
    ["filter=N%3D31", "rank=4", "since=9999", `end=${Date.parse(at(30))}`].map((text) => passes(text)),
    Array(4).fill(false),
  );
  assert.throws(() => query("filter=N%3D%3D1"), { name: "FilterSyntaxError", position: 1 });
});

test("waitForEvents() waits for an event that passes, for clear(), or for the client to disconnect", async () => {
  const journal = journalOf(3);
  const client = new AbortController();
  const waiting = { count: 0 };
  const wait = (text: string): Promise<PageEvents> =>
    waitForEvents({ journal, epoch: () => `${journal.clears}`, query: query(text), signal: client.signal, waiting });
  const passing = wait("from=3&filter=N%3D7");
  journal.add([event(6)], 1);
  journal.add([event(7)], 1);
  assert.deepEqual(numbers(await passing), [4]);
  const cleared = wait("from=5");
  journal.clear();
  assert.deepEqual(await cleared, { epoch: "1", total: 0, next: 5, isDone: true, events: [] });
  const left = wait("from=5");
  client.abort();
  assert.deepEqual((await left).events, []);
  assert.equal(waiting.count, 0);
});

test("waitForEvents() lets four requests wait, so that a browser's six connections suffice for any number of tabs", async () => {
  const journal = journalOf(1);
  const { signal } = new AbortController();
  const waiting = { count: 0 };
  const wait = (from: number): Promise<PageEvents> =>
    waitForEvents({ journal, epoch: () => "e", query: query(`from=${from}`), signal, waiting });
  const first = [1, 1, 1, 1].map(wait);
  assert.deepEqual(await wait(1), { epoch: "e", total: 1, next: 1, isDone: true, events: [], pauseMs: 1000 });
  assert.deepEqual(numbers(await wait(0)), [0]);
  journal.add([event(1)], 1);
  assert.deepEqual((await Promise.all(first)).map(numbers), [[1], [1], [1], [1]]);
  const next = wait(2);
  journal.add([event(2)], 1);
  assert.deepEqual(numbers(await next), [2]);
});

/** What has come so far, bounded by count and by bytes, and those who wait for more of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createCollector } from "../../src/collector/collector.ts";
import { Journal } from "../../src/collector/received_events.ts";

test("Journal forgets the oldest beyond its items and its bytes, and counts them still", () => {
  const journal = new Journal<number>("numbers", { items: 4, bytes: 100 });
  journal.add([1, 2], 20);
  journal.add([3, 4, 5], 30);
  assert.deepEqual(journal.items, [2, 3, 4, 5]);
  journal.add([6], 90);
  assert.deepEqual(journal.items, [5, 6]);
  journal.add([7], 1000);
  assert.deepEqual([journal.items, journal.total], [[], 7]);
  journal.add([], 1000);
  journal.add([8], 100);
  assert.deepEqual(journal.items, [8]);
  journal.clear();
  journal.add([9], 100);
  assert.deepEqual([journal.items, journal.total], [[9], 1]);
});

test("Journal resolves a wait at once if what it waits for came and was dropped, and rejects with what has arrived", async () => {
  const journal = new Journal<number>("numbers", { items: 1, bytes: 1 });
  const waiting = journal.until((n) => n > 1, { count: 2 }, () => "");
  journal.add([1, 2, 3], 100);
  assert.deepEqual(await waiting, [2, 3]);
  await assert.rejects(journal.until(9, { timeoutMs: 1 }, () => "three came"), /Cannot collect 9 numbers within 1 ms: three came/);
});

test("Journal waits without end where the time-out is Infinity", async () => {
  const journal = new Journal<number>("numbers", { items: 9, bytes: 9 });
  const endless = journal.until(1, { timeoutMs: Infinity }, () => "the wait has ended");
  endless.catch(() => {}); // it is awaited below, where it may have failed already
  await assert.rejects(journal.until(1, { timeoutMs: 1 }, () => ""), /within 1 ms/);
  journal.add([1], 1);
  assert.deepEqual(await endless, [1]);
});

test("createCollector() keeps no more bytes than keepBytes, of events and of requests", async () => {
  const collector = createCollector({ keepBytes: 100_000 });
  const body = JSON.stringify({ "@t": "2026-03-01T12:00:00Z", Text: "x".repeat(20_000) });
  for (let n = 0; n < 20; n++) {
    await collector.fetch(new Request("http://seq/ingest/clef", { method: "POST", body, headers: { "x-pad": "y".repeat(8000) } }));
  }
  assert.deepEqual([collector.received, collector.events.length], [20, 4]);
  assert.ok(collector.requests.length <= 12, `${collector.requests.length}`);
});

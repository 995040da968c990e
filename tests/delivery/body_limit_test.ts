/** How large the next body may be. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush } from "../../mod.ts";
import { BodyLimit } from "../../src/delivery/body_limit.ts";
import { seeded } from "../support/seeded.ts";
import { range, ship } from "../support/shipping.ts";

test("BodyLimit halves what was too large, and grows no further than below it", () => {
  const limit = new BodyLimit();
  limit.noteTooLarge(10_000);
  assert.equal(limit.bytes, 5000);
  for (const _ of range(1, 20)) limit.noteAccepted({ bytes: limit.bytes, elapsedMs: 1, timeoutMs: 30_000 });
  assert.ok(limit.bytes >= 5000 && limit.bytes < 10_000, String(limit.bytes));
  limit.forgetTooLarge();
  assert.equal(limit.bytes, Infinity);
});

test("BodyLimit shrinks after a time-out, and grows while bodies have ample time", () => {
  const limit = new BodyLimit();
  limit.noteTimeout(1_048_576);
  const small = limit.bytes;
  assert.ok(small < 1_048_576 / 4);
  limit.noteAccepted({ bytes: small, elapsedMs: 29_000, timeoutMs: 30_000 });
  assert.equal(limit.bytes, small, "a body that hardly fitted does not let the next grow");
  limit.noteAccepted({ bytes: 100, elapsedMs: 1, timeoutMs: 30_000 });
  assert.equal(limit.bytes, small, "a small body says nothing");
  for (const _ of range(1, 400)) limit.noteAccepted({ bytes: limit.bytes, elapsedMs: 1, timeoutMs: 30_000 });
  assert.equal(limit.bytes, Infinity);
});

test("BodyLimit lets a server of any speed go forward, and sends it few copies of an event", () => {
  const random = seeded(7);
  for (const _ of range(1, 2000)) {
    const msPerEvent = 10 ** (random() * 5 - 2); // 0.01 ms to 1 s an event
    const fixedMs = random() * 500;
    const timeoutMs = 1500 + random() * 30_000;
    const eventBytes = 200;
    const maxBatch = 10_000;
    const limit = new BodyLimit();
    let waiting = 20_000;
    let copies = 0; // of the oldest event
    let most = 0;
    for (let requests = 0; waiting > 0; requests++) {
      assert.ok(requests < 60_000, "it goes forward");
      const count = Math.max(1, Math.min(waiting, maxBatch, Math.floor(limit.bytes / eventBytes)));
      const elapsedMs = fixedMs + count * msPerEvent;
      most = Math.max(most, ++copies);
      if (elapsedMs > timeoutMs && count > 1) {
        limit.noteTimeout(count * eventBytes);
        continue;
      }
      limit.noteAccepted({ bytes: count * eventBytes, elapsedMs, timeoutMs });
      waiting -= count;
      copies = 0;
    }
    assert.ok(most <= 6, `${most} copies at ${msPerEvent} ms an event, ${timeoutMs} ms a request`);
  }
});

test("a Seq that is slow in proportion gets smaller bodies after a time-out, and takes every event", { timeout: 60_000 }, async () => {
  const events = new Map<number, number>();
  const sizes: number[] = [];
  await using seq = await ship({
    requestTimeoutMs: 300,
    minBackoffMs: 1,
    maxBackoffMs: 1,
    fetch: async (_url, init) => {
      const lines = new TextDecoder().decode(init!.body as Uint8Array).split("\n");
      sizes.push(lines.length);
      for (const line of lines) {
        const { N } = JSON.parse(line);
        events.set(N, (events.get(N) ?? 0) + 1);
      }
      if (lines.length > 100) await new Promise((_, reject) => init!.signal!.addEventListener("abort", () => reject(new Error("late"))));
      return new Response("{}", { status: 201 });
    },
  });
  seq.log(2000);
  const flushing = flush({ timeoutMs: 1e9 });
  let isOver = false;
  void flushing.then(() => (isOver = true));
  while (!isOver) await seq.clock.advance(100);
  assert.deepEqual(await flushing, { delivered: 2000, pending: 0, lost: 0 });
  assert.equal(events.size, 2000);
  assert.ok(Math.max(...events.values()) <= 6, JSON.stringify(sizes));
});

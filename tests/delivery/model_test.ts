/** The queue and the delivery against a simple model, through a great many random steps: nothing is lost uncounted, doubled, or out of order. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogEvent, SeqHandler } from "../../mod.ts";
import type { Lease } from "../../src/delivery/lease.ts";
import { MemoryQueue } from "../../src/delivery/memory_queue.ts";
import type { Overflow } from "../../src/delivery/queue.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { seeded } from "../support/seeded.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { rounds } from "../support/effort.ts";
import { pushLine } from "../support/push_line.ts";

const utf8 = new TextDecoder();
const numbersIn = (bytes: Uint8Array): number[] => utf8.decode(bytes).split("\n").filter(Boolean).map((line) => parseInt(line.slice(1)));

/** What the queue should hold: numbers, oldest first. */
interface Model {
  held: number[];
  /** How many of the first are leased. */
  lent: number;
  delivered: number;
  lost: Map<string, number>;
}

/** Drives a queue through random steps; the model does the same. Answers how many events there were. */
function drive(seed: number, steps: number, overflow: Overflow): { pushed: number; delivered: number; lost: number } {
  const random = seeded(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const bounds = { queueSize: 1 + upTo(200), maxQueueBytes: 2000 + upTo(20_000), overflow };
  const model: Model = { held: [], lent: 0, delivered: 0, lost: new Map() };
  let lost: number[] = [];
  const queue = new MemoryQueue(bounds, ({ count, reason, lines }) => {
    const gone = numbersIn(lines!());
    assert.equal(gone.length, count);
    lost = gone;
    model.lost.set(reason, (model.lost.get(reason) ?? 0) + count);
    model.held = model.held.filter((number) => !gone.includes(number));
  });
  let lease: Lease | undefined;
  let pushed = 0;
  let nowMs = 1e12;
  for (let step = 0; step < steps; step++) {
    const dice = random();
    if (dice < 0.7) {
      const line = `[${pushed}${"é".repeat(upTo(30))}]`;
      model.held.push(pushed++);
      pushLine(queue, line);
    } else if (dice < 0.8) queue.endTick();
    else if (dice < 0.9 && lease === undefined) {
      lease = queue.lease({ batchSize: 1 + upTo(50), maxBatchBytes: 100 + upTo(3000) }, { nowMs, untilMs: nowMs + 1000 });
      model.lent = lease?.count ?? 0;
      if (lease !== undefined) assert.deepEqual(numbersIn(lease.body()), model.held.slice(0, lease.count), "the oldest, in order");
    } else if (lease !== undefined) {
      const count = 1 + upTo(lease.count - 1);
      if (dice < 0.96) {
        lease.settle(count);
        model.held.splice(0, count);
        model.delivered += count;
      } else if (dice < 0.97) {
        const [oldest] = model.held;
        lease.discard(1, "rejected");
        assert.deepEqual(lost, [oldest]);
      } else if (dice < 0.99) {
        lease.release();
        lease = undefined;
      } else {
        nowMs += 2000; // the lease expires, and its holder cannot settle it
        const before = lease;
        lease = queue.lease({ batchSize: 50, maxBatchBytes: 3000 }, { nowMs, untilMs: nowMs + 1000 });
        before.settle(1);
        assert.equal(before.isHeld, false);
      }
      if (lease?.count === 0) {
        lease.release();
        lease = undefined;
      }
    }
    if (step % 64 === 0) {
      queue.endTick();
      const losses = [...model.lost.values()].reduce((sum, count) => sum + count, 0);
      assert.equal(queue.size, model.held.length);
      assert.equal(model.held.length + model.delivered + losses, pushed, "every event is held, delivered or counted");
      const inFlight = lease?.count ?? 0;
      assert.ok(queue.size - inFlight <= Math.max(bounds.queueSize, 1), "within the bound");
      assert.deepEqual(numbersIn(queue.peek(Infinity)), model.held);
    }
  }
  queue.clear("end");
  return { pushed, delivered: model.delivered, lost: [...model.lost.values()].reduce((sum, count) => sum + count, 0) };
}

for (const overflow of ["drop-oldest", "drop-newest"] as const) {
  test(
    `MemoryQueue holds, lends, drops and counts as a list would, through ${rounds(500_000)} random steps (${overflow})`,
    { timeout: 300_000 },
    () => {
      let events = 0;
      for (let seed = 1; seed <= rounds(50); seed++) {
        const { pushed, delivered, lost } = drive(seed, 10_000, overflow);
        assert.equal(delivered + lost, pushed, `seed ${seed}`);
        events += pushed;
      }
      assert.ok(events > rounds(300_000));
    },
  );
}

test("SeqHandler delivers or counts every event, in order, through random faults, bursts and times", { timeout: 300_000 }, async () => {
  using diagnostics = hearDiagnostics();
  for (let seed = 1; seed <= rounds(8); seed++) {
    const random = seeded(seed * 7919);
    const clock = new FakeClock();
    const taken: number[] = [];
    const answer = (body: Uint8Array): Response => {
      const dice = random();
      const numbers = utf8.decode(body).split("\n").filter(Boolean).map((line) => JSON.parse(line).N as number);
      const isPoisoned = numbers.some((n) => n % 97 === 13);
      if (dice < 0.2) throw new TypeError("fetch failed");
      if (dice < 0.35) return new Response("", { status: 503, headers: random() < 0.3 ? { "retry-after": "1" } : {} });
      if (dice < 0.4) return new Response("", { status: 401 });
      if (isPoisoned) return new Response('{"Error":"bad"}', { status: 400 });
      if (body.length > 4000) return new Response("", { status: 413 });
      taken.push(...numbers.filter((n) => n !== undefined));
      return new Response("{}", { status: 201 });
    };
    const seq = new SeqHandler({
      ...{ serverUrl: "http://seq.test", clock, queueSize: 400, batchSize: 40, periodMs: 50, minBackoffMs: 10, maxBackoffMs: 100 },
      fetch: (_url, init) => Promise.resolve().then(() => answer((init?.body ?? new Uint8Array()) as Uint8Array)),
    });
    let logged = 0;
    for (let round = 0; round < 200; round++) {
      for (let burst = Math.floor(random() * 40); burst > 0; burst--) seq.handle(eventOf(logged++));
      if (random() < 0.7) await turn();
      if (random() < 0.5) await clock.advance(Math.floor(random() * 60));
    }
    for (let i = 0; i < 2000 && seq.stats().queued > 0; i++) await clock.advance(20);
    const { queued, delivered, lost } = seq.stats();
    const { overflow = 0, rejected = 0 } = lost;
    const tellings = overflow + rejected + taken.length - logged; // reports of dropped events may be dropped themselves
    assert.equal(queued, 0, `seed ${seed}`);
    assert.ok(tellings >= 0 && tellings <= 5, `seed ${seed}: ${tellings}`);
    assert.ok(delivered >= taken.length);
    assert.deepEqual(taken, [...new Set(taken)].sort((a, b) => a - b), `seed ${seed}: once each, in order`);
    assert.ok(taken.every((n) => n % 97 !== 13));
    await seq.close();
  }
  assert.ok(diagnostics.heard.length > 0);
});

function eventOf(n: number): LogEvent {
  return {
    timestampMs: 1e12 + n,
    level: "info",
    loggerName: "",
    messageTemplate: "{N}",
    properties: { N: n, Text: "x".repeat(n % 50) },
    message: "",
  };
}

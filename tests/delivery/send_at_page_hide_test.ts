/** The end of a page, without a browser: which requests begin, and how much they carry; tests/runtimes/browser has real pages. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, getLogger, shutdown } from "../../mod.ts";
import type { Lease } from "../../src/delivery/lease.ts";
import { MemoryQueue } from "../../src/delivery/memory_queue.ts";
import { rounds } from "../support/effort.ts";
import { anonymous, hearDiagnostics } from "../support/seq.ts";
import { turn } from "../support/fake_clock.ts";
import { range } from "../support/shipping.ts";
import { pushLine } from "../support/push_line.ts";

const timeout = 300_000;
const budgetBytes = 65_536;

/** A page that the test hides and shows. */
const listeners = new Map<string, ((event: object) => void)[]>();
const page = { visibilityState: "visible" };
Object.assign(globalThis, {
  document: page,
  addEventListener: (type: string, listener: (event: object) => void) => listeners.set(type, [...listeners.get(type) ?? [], listener]),
});

function dispatch(type: string, event: object = {}): void {
  for (const listener of listeners.get(type) ?? []) listener(event);
}

function see(visibilityState: "visible" | "hidden"): void {
  page.visibilityState = visibilityState;
  dispatch("visibilitychange");
}

/** A request that is under way until the test answers it. */
interface Underway {
  readonly numbers: readonly number[];
  readonly bytes: number;
  readonly keepalive: boolean;
  isOver: boolean;
  answer(status?: number): void;
}

/** A Seq that replies when the test lets it, and refuses what a browser refuses. */
class SlowSeq {
  readonly requests: Underway[] = [];
  readonly taken: number[] = [];
  /** Bytes of the page's budget that others use. */
  foreignBytes = 0;

  readonly fetch = (_: unknown, { body, keepalive = false, signal }: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const bytes = body as Uint8Array;
      const numbers = new TextDecoder().decode(bytes).split("\n").map((line) => JSON.parse(line).N as number);
      if (keepalive && this.foreignBytes + this.carried + bytes.length > budgetBytes) return reject(new TypeError("Failed to fetch"));
      const request: Underway = {
        ...{ numbers, bytes: bytes.length, keepalive, isOver: false },
        answer: (status = 201) => {
          if (!request.isOver && status < 300) this.taken.push(...numbers);
          request.isOver = true;
          resolve(new Response("{}", { status }));
        },
      };
      signal?.addEventListener("abort", () => {
        request.isOver = true;
        reject(new TypeError("Failed to fetch"));
      });
      this.requests.push(request);
    });

  get underway(): Underway[] {
    return this.requests.filter(({ isOver }) => !isOver);
  }

  /** What the requests that outlive the page carry. */
  get carried(): number {
    return this.underway.filter(({ keepalive }) => keepalive).reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** All that follows from what was done, without a turn of the event loop: what a page may still do when it is left. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 50; i++) await undefined;
}

/** A page that ships, to a Seq that has the event 0 already. */
async function begin(options: object = {}): Promise<SlowSeq> {
  const seq = new SlowSeq();
  page.visibilityState = "visible";
  dispatch("pageshow");
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch, periodMs: 600_000, ...options, properties: anonymous });
  log(0, 0);
  await turn();
  seq.requests[0]!.answer();
  await turn();
  return seq;
}

function log(from: number, to: number, bytes = 0): void {
  for (let n = from; n <= to; n++) getLogger("page").info("Event {N}", { N: n, Text: "x".repeat(bytes) });
}

async function answerAll(seq: SlowSeq): Promise<void> {
  const flushed = flush();
  let isDone = false;
  void flushed.then(() => isDone = true);
  while (!isDone) {
    for (const request of seq.underway) request.answer();
    await turn();
  }
}

test("requests outlive the page wherever there is room, and no larger one does", { timeout }, async () => {
  const seq = await begin({ periodMs: 0 });
  log(1, 10);
  await turn();
  seq.requests[1]!.answer();
  await turn();
  log(11, 80, 1024);
  await turn();
  assert.deepEqual(seq.requests.map(({ keepalive }) => keepalive), [true, true, false]);
  await answerAll(seq);
  await shutdown();
});

for (const [name, hide] of Object.entries({ hidden: () => see("hidden"), left: () => dispatch("pagehide", { persisted: false }) })) {
  test(`what waits is begun before the event loop turns when the page is ${name}`, { timeout }, async () => {
    const seq = await begin();
    log(1, 3);
    await turn();
    assert.equal(seq.requests.length, 1);
    hide();
    const begun = seq.underway.map(({ numbers, keepalive }) => [numbers, keepalive]); // at once: a frame that is removed has no microtasks left
    assert.deepEqual(begun, [[range(1, 3), true]]);
    await microtasks();
    assert.deepEqual(seq.underway.map(({ numbers, keepalive }) => [numbers, keepalive]), begun);
    log(4, 5); // by somebody who heard it later
    await microtasks();
    assert.deepEqual(seq.underway.map(({ numbers, keepalive }) => [numbers, keepalive]), [[range(1, 3), true], [[4, 5], true]]);
    await answerAll(seq);
    assert.deepEqual(seq.taken, range(0, 5));
    await shutdown();
  });
}

test("what waits is sent while another request is under way, which is not sent again", { timeout }, async () => {
  const seq = await begin({ periodMs: 0 });
  log(1, 3);
  await turn();
  log(4, 6);
  await turn();
  dispatch("pagehide", { persisted: false });
  await microtasks();
  assert.deepEqual(seq.underway.map(({ numbers }) => numbers), [range(1, 3), range(4, 6)]);
  seq.underway[1]!.answer();
  await turn();
  seq.underway[0]!.answer(503);
  await turn();
  await answerAll(seq);
  assert.deepEqual(seq.taken, [0, 4, 5, 6, 1, 2, 3], "a request that fails is tried again, and none of the other's");
  await shutdown();
});

for (const persisted of [false, true]) { // one that is kept for the way back may never be seen again
  test(`a request that dies with the page is taken back when that is left${persisted ? " and kept" : ""}`, { timeout }, async () => {
    const seq = await begin({ periodMs: 0 });
    log(1, 100, 1024);
    await turn();
    assert.deepEqual(seq.underway.map(({ keepalive }) => keepalive), [false]);
    using told = hearDiagnostics();
    dispatch("pagehide", { persisted });
    await microtasks();
    const [request] = seq.underway;
    assert.deepEqual(request!.numbers, range(1, request!.numbers.length));
    assert.ok(request!.keepalive && request!.bytes > budgetBytes - 2500);
    const behind = 100 - request!.numbers.length;
    assert.deepEqual(told.heard.map(({ code, count }) => [code, count]), [["left", behind]]);
    if (persisted) dispatch("pageshow");
    await answerAll(seq);
    assert.deepEqual(seq.taken, range(0, 100));
    await shutdown();
  });
}

test("a request that ends with the page is taken back although a smaller one that does not is under way", { timeout }, async () => {
  const seq = await begin({ periodMs: 0 });
  log(1, 200, 1024);
  await turn();
  log(201, 205);
  see("hidden");
  await microtasks();
  assert.deepEqual(seq.underway.map(({ numbers, keepalive }) => [numbers[0], keepalive]), [[1, false], [201, true]]);
  using told = hearDiagnostics();
  dispatch("pagehide", { persisted: false });
  await microtasks();
  const [, again] = seq.underway;
  assert.deepEqual([again!.numbers[0], again!.keepalive], [1, true]);
  assert.ok(seq.carried > budgetBytes - 2500, `${seq.carried} bytes`);
  assert.deepEqual(told.heard.map(({ code, count }) => [code, count]), [["left", 200 - again!.numbers.length]]);
  await answerAll(seq);
  await shutdown();
});

test("a hidden page that lives sends one request after the other, and not one for each tick", { timeout }, async () => {
  using told = hearDiagnostics();
  const seq = await begin();
  see("hidden");
  await turn();
  for (let n = 1; n <= 50; n++) {
    log(n, n);
    await turn();
    assert.ok(seq.underway.length <= 1);
  }
  await answerAll(seq);
  assert.ok(seq.requests.length <= 5, `${seq.requests.length} requests`);
  assert.deepEqual([seq.taken, told.heard], [range(0, 50), []]);
  await shutdown();
});

test("what is logged by code that observes requests causes no endless requests when the page is hidden", { timeout }, async () => {
  const seq = await begin();
  const { fetch } = seq;
  await shutdown();
  configure({
    serverUrl: "http://seq.test",
    periodMs: 600_000,
    fetch: (input, init) => {
      getLogger("net").info("Event {N}", { N: 1000 });
      return fetch(input, init);
    },
  });
  log(1, 1);
  see("hidden");
  await microtasks();
  await turn();
  assert.ok(seq.underway.length <= 20, `${seq.underway.length} requests`);
  see("visible");
  for (let round = 0; round < 3; round++) {
    for (const request of seq.underway) request.answer();
    await turn();
  }
  await shutdown({ timeoutMs: 0 });
});

test("what others log as the page is left is sent, too, and reported where there is no room for it", { timeout }, async () => {
  const seq = await begin();
  using told = hearDiagnostics();
  log(1, 20);
  dispatch("pagehide", { persisted: false });
  log(21, 220, 1024); // by somebody who heard it later
  await microtasks();
  const begun = seq.underway.flatMap(({ numbers }) => numbers);
  assert.deepEqual(begun, range(1, begun.length));
  assert.ok(seq.carried > budgetBytes - 2500, `${seq.carried} bytes`);
  assert.deepEqual(told.heard.map(({ code, count }) => [code, count]), [["left", 220 - begun.length]]);
  await answerAll(seq);
  await shutdown();
});

test("what very many listeners log as the page is left is sent or reported", { timeout }, async () => {
  const seq = await begin();
  using told = hearDiagnostics();
  dispatch("pagehide", { persisted: false });
  for (let n = 1; n <= 40; n++) { // each in a turn of microtasks of its own, as listeners are
    log(n, n);
    await microtasks();
  }
  const begun = seq.underway.flatMap(({ numbers }) => numbers);
  assert.deepEqual(begun, range(1, 16));
  assert.deepEqual(told.heard.map(({ code }) => code), ["left"]);
  await answerAll(seq);
  assert.deepEqual(seq.taken, range(0, 40));
  await shutdown();
});

test("after a failure requests of a page that is seen go without, and those of a hidden one do not", { timeout }, async () => {
  using told = hearDiagnostics();
  const seq = await begin({ periodMs: 0, minBackoffMs: 1, maxBackoffMs: 2 });
  log(1, 1);
  await turn();
  seq.underway[0]!.answer(503);
  while (seq.underway.length === 0) await turn();
  assert.equal(seq.underway[0]!.keepalive, false);
  seq.underway[0]!.answer(503);
  await microtasks(); // no turn: in a busy one the next request could begin before the page is hidden
  see("hidden");
  while (seq.underway.length === 0) await turn();
  assert.equal(seq.underway[0]!.keepalive, true);
  await answerAll(seq);
  assert.deepEqual(told.heard.map(({ code }) => code), ["unreachable", "recovered"]);
  await shutdown();
});

for (const state of ["visible", "hidden"] as const) {
  test(`a ${state} page whose others use up the budget sends at once without it, and reports nothing`, { timeout }, async () => {
    using told = hearDiagnostics();
    const seq = await begin({ periodMs: state === "visible" ? 0 : 600_000 });
    seq.foreignBytes = budgetBytes;
    log(1, 3);
    if (state === "hidden") see("hidden");
    await turn();
    assert.deepEqual(seq.underway.map(({ numbers, keepalive }) => [numbers, keepalive]), [[range(1, 3), false]]);
    await answerAll(seq);
    assert.deepEqual([seq.taken, told.heard], [range(0, 3), []]);
    see("visible");
    await shutdown();
  });
}

test("whatever happens to a page, what is under way stays in the budget, and each event arrives once", { timeout }, async () => {
  using _told = hearDiagnostics();
  const step = fc.oneof(
    fc.record({ log: fc.integer({ min: 1, max: 30 }), bytes: fc.constantFrom(0, 100, 3000, 70_000) }),
    fc.constantFrom("hide", "show", "keep", "turn", "answer", "fail", "last"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.constantFrom(0, 600_000), async (steps, periodMs) => {
      const seq = await begin({ periodMs, minBackoffMs: 1, maxBackoffMs: 1 });
      let count = 0;
      for (const one of steps) {
        if (typeof one === "object") log(count + 1, count += one.log, one.bytes);
        else if (one === "hide") see("hidden");
        else if (one === "show") see("visible");
        else if (one === "keep") dispatch("pagehide", { persisted: true });
        else if (one === "answer") seq.underway[0]?.answer();
        else if (one === "last") seq.underway.at(-1)?.answer();
        else if (one === "fail") seq.underway[0]?.answer(503);
        else await turn();
        await microtasks();
        assert.ok(seq.carried <= budgetBytes);
      }
      await answerAll(seq);
      assert.deepEqual(seq.taken.toSorted((a, b) => a - b), range(0, count));
      const { delivered, lost } = await shutdown();
      assert.deepEqual({ delivered, lost }, { delivered: 0, lost: 0 });
    }),
    { numRuns: rounds(40) },
  );
});

test("a queue that leases lines while others are leased loses, doubles and reorders none", { timeout }, () => {
  const operation = fc.record({
    kind: fc.constantFrom("push", "push", "lease", "lease", "settle", "release", "discard"),
    n: fc.integer({ min: 1, max: 6 }),
    which: fc.nat({ max: 3 }),
  });
  fc.assert(fc.property(fc.array(operation, { maxLength: 80 }), fc.integer({ min: 3, max: 40 }), (operations, queueSize) => {
    const lost: number[] = [];
    const bounds = { queueSize, maxQueueBytes: 1e6, overflow: "drop-oldest" } as const;
    const queue = new MemoryQueue(bounds, ({ count, first, lines }) => {
      const told = new TextDecoder().decode(lines?.()).split("\n").filter(Boolean).map(Number);
      assert.deepEqual(told, range(first, first + count - 1));
      lost.push(...told);
    });
    const leases: Lease[] = [];
    const settled: number[] = [];
    let pushed = 0;
    const linesOf = (lease: Lease, count: number): number[] =>
      new TextDecoder().decode(lease.body(count)).split("\n").filter(Boolean).map(Number);
    for (const { kind, n, which } of operations) {
      const lease = leases[which % Math.max(1, leases.length)];
      if (kind === "push") { for (let i = 0; i < n; i++) pushLine(queue, String(pushed++)); }
      else if (kind === "lease") {
        const next = queue.lease({ batchSize: n, maxBatchBytes: 1e6 }, { nowMs: 0, untilMs: Infinity });
        if (next !== undefined) leases.push(next);
      } else if (lease !== undefined) {
        const count = Math.min(n, lease.count);
        if (kind === "release") lease.release();
        else if (kind === "discard") lease.discard(count, "rejected");
        else {
          settled.push(...linesOf(lease, count));
          lease.settle(count);
        }
        if (kind === "release" || lease.count === 0) leases.splice(leases.indexOf(lease), 1);
      }
      const left = pushed - settled.length - lost.length;
      assert.equal(queue.size, left);
      assert.equal(queue.countBefore(pushed), left);
    }
    const rest = new TextDecoder().decode(queue.peek(Infinity)).split("\n").filter(Boolean).map(Number);
    assert.deepEqual(rest, rest.toSorted((a, b) => a - b));
    assert.deepEqual([...rest, ...settled, ...lost].sort((a, b) => a - b), range(0, pushed - 1));
    queue.clear("closed");
    assert.equal(queue.size + queue.bytes, 0);
  }));
});

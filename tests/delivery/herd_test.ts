/** Many processes that lose the same Seq at the same moment: they come back one after the other, each with one request at a time. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogEvent, SeqHandler } from "../../mod.ts";
import { isBrief } from "../support/effort.ts";
import { QuickClock } from "../support/quick_clock.ts";
import { seeded } from "../support/seeded.ts";
import { hearDiagnostics } from "../support/seq.ts";

/** Nothing here but arithmetic and a clock of the tests. */
const skip = isBrief && "the newest Node tries it, and the arithmetic is the same everywhere";
const count = 200;
const second = 1000;
const outageMs = 300 * second;

/** One process: its handler, and when its requests began. */
interface Member {
  readonly seq: SeqHandler;
  readonly begunMs: number[];
}

/** Processes that ship to one server, whose replies the test decides. */
class Herd {
  readonly clock = new QuickClock();
  answer: (member: number) => Promise<Response> = () => Promise.reject(new TypeError("fetch failed"));
  readonly members: Member[];
  /** Requests that began while another of the same process was under way. */
  overlaps = 0;

  constructor(seed: number) {
    this.members = Array.from({ length: count }, (_, i) => {
      const random = seeded(seed + i * 7919);
      const begunMs: number[] = [];
      let isUnderWay = false;
      const fetch = async (): Promise<Response> => {
        if (isUnderWay) this.overlaps++; // what a fetch throws would count as an outage
        isUnderWay = true;
        begunMs.push(this.clock.steadyMs);
        try {
          return await this.answer(i);
        } finally {
          isUnderWay = false;
        }
      };
      const seq = new SeqHandler({ serverUrl: "http://seq.test", clock: this.clock, random, fetch, batchSize: 10 });
      return { seq, begunMs };
    });
  }

  /** Each logs so many events, at the same moment. */
  log(events: number): void {
    const event: LogEvent = {
      timestampMs: 1e12,
      level: "info",
      loggerName: "",
      messageTemplate: "Hello",
      properties: {},
      message: "Hello",
    };
    for (const { seq } of this.members) for (let i = 0; i < events; i++) seq.handle(event);
  }

  /** The first request of each from a moment on. */
  firstFrom(ms: number): number[] {
    return this.members.map(({ begunMs }) => begunMs.find((at) => at >= ms) ?? Infinity);
  }

  async close(): Promise<void> {
    assert.equal(this.overlaps, 0, "one request at a time");
    for (const { seq } of this.members) await seq.close();
  }
}

/** The most that fall into one span of that length. */
function most(times: readonly number[], spanMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(...sorted.map((from, i) => sorted.slice(i).filter((at) => at < from + spanMs).length));
}

test("200 processes that lose one Seq at once come back spread over a minute: at most 15 in any second, none later", { skip }, async () => {
  using _ = hearDiagnostics();
  const herd = new Herd(1);
  herd.log(35);
  await herd.clock.advance(outageMs);
  const { begunMs } = herd.members[0]!;
  assert.ok(begunMs.length >= 8 && begunMs.length <= 40, `${begunMs.length} attempts in five minutes`);
  herd.answer = () => new Promise((resolve) => herd.clock.setTimeout(() => resolve(new Response("{}", { status: 201 })), 200));
  const recoveredMs = herd.clock.steadyMs;
  await herd.clock.advance(61 * second);
  const first = herd.firstFrom(recoveredMs);
  assert.ok(Math.max(...first) <= recoveredMs + 60 * second, "each has come back within maxBackoffMs");
  assert.ok(most(first, second) <= 15, `${most(first, second)} come back within a second`);
  for (const { seq, begunMs } of herd.members) {
    const after = begunMs.filter((at) => at >= recoveredMs);
    assert.ok(after[1]! - after[0]! >= 200, "one probe; the rest waits for its answer");
    const { delivered, queued, state } = seq.stats();
    assert.deepEqual({ delivered, queued, state }, { delivered: 35, queued: 0, state: "ok" });
  }
  await herd.close();
});

test("200 processes spread from the first attempt on, and further with each failure", { skip }, async () => {
  using _ = hearDiagnostics();
  const herd = new Herd(2);
  herd.log(1);
  await herd.clock.advance(30 * second);
  const attempts = (n: number): number[] => herd.members.map(({ begunMs }) => begunMs[n]!);
  assert.equal(most(attempts(0), 1), count, "all have lost it at the same moment");
  const crowds = [1, 2, 3, 4].map((n) => most(attempts(n), 100));
  for (const [i, crowd] of [75, 40, 25, 20].entries()) assert.ok(crowds[i]! <= crowd, `within 100 ms of attempt ${i + 2}: ${crowds[i]}`);
  await herd.close();
});

test("200 processes that a Retry-After has sent away come back after it, not all at its moment", async () => {
  using _ = hearDiagnostics();
  const herd = new Herd(3);
  const backMs = 30 * second;
  const until = new Date(herd.clock.now() + backMs).toUTCString();
  herd.answer = () => {
    const isBack = herd.clock.steadyMs >= backMs;
    return Promise.resolve(new Response("{}", isBack ? { status: 201 } : { status: 503, headers: { "retry-after": until } }));
  };
  herd.log(1);
  await herd.clock.advance(35 * second);
  for (const { begunMs, seq } of herd.members) {
    assert.equal(begunMs.length, 2);
    assert.ok(begunMs[1]! >= backMs);
    assert.equal(seq.stats().delivered, 1);
  }
  const crowd = most(herd.firstFrom(1), 50);
  assert.ok(crowd <= 40, `${crowd} within 50 ms`);
  await herd.close();
});

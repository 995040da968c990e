/** An hour without Seq, in fake time, at 10 000 events a second: memory stays within its bounds, and everything is accounted for. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, MemoryHandler, SeqHandler } from "../../mod.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { rounds } from "../support/effort.ts";

const perSecond = 10_000;
const seconds = rounds(3600);

test(
  `an outage of ${seconds} seconds at 10 000 events a second stays within the bounds, and is told by one event`,
  { timeout: 300_000 },
  async () => {
    using diagnostics = hearDiagnostics();
    const clock = new FakeClock();
    const utf8 = new TextDecoder();
    let isUp = false;
    let requests = 0;
    const lines: string[] = [];
    const seq = new SeqHandler({
      serverUrl: "http://seq.test",
      clock,
      fetch: (_url, init) => {
        requests++;
        if (!isUp) return Promise.reject(new TypeError("fetch failed"));
        lines.push(...utf8.decode(init?.body as Uint8Array).split("\n").filter(Boolean));
        return Promise.resolve(new Response("{}", { status: 201 }));
      },
    });
    const memory = new MemoryHandler();
    const added = getLogger("outage").addHandler(memory);
    getLogger("outage").warn("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo", Text: "x".repeat(100) });
    added[Symbol.dispose]();
    const event = memory.events[0]!; // one that was logged: its line is written but once
    let mostBytes = 0;
    for (let second = 0; second < seconds; second++) {
      for (let n = 0; n < perSecond; n++) seq.handle(event);
      await Promise.resolve();
      mostBytes = Math.max(mostBytes, seq.stats().queuedBytes);
      clock.jump(1000);
      if (second % 10 === 0) await clock.advance(0);
    }
    const { queued, lost } = seq.stats();
    assert.ok(mostBytes <= 33_554_432, `${mostBytes} bytes`);
    assert.equal(queued + lost.overflow!, perSecond * seconds);
    assert.ok(queued >= 50_000 && queued <= 100_000, `${queued} are kept`);
    assert.ok(requests < 600, `${requests} requests: the waits grow`);
    isUp = true;
    for (let i = 0; i < 100 && seq.stats().queued > 0; i++) {
      await clock.advance(61_000);
      await turn();
    }
    const { delivered, queued: left, state } = seq.stats();
    assert.deepEqual({ left, state, delivered }, { left: 0, state: "ok", delivered: queued + 1 });
    const told = lines.filter((line) => line.includes("were dropped"));
    assert.equal(told.length, 1);
    assert.equal(JSON.parse(told[0]!).Count, lost.overflow);
    assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["unreachable", "overflow", "recovered"]);
    await seq.close();
  },
);

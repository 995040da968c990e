/** The memory of the process while Seq is down: a full queue stays within a small factor of its bound, and an empty one gives it back. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { getLogger, SeqHandler } from "../../mod.ts";
import { isFull } from "../support/effort.ts";
import { QuickClock, settle } from "../support/quick_clock.ts";
import { hearDiagnostics } from "../support/seq.ts";

const mebibyte = 1_048_576;
const bound = 32 * mebibyte;
/** How much more than the bytes of its events a full queue may take: it has chunks that are not full, and a copy of what is under way. */
const factor = 2.5;

/** Collects garbage at once; only Node lets a program ask for it, and only there are the figures those of one heap. */
function collector(): (() => void) | undefined {
  if ("Bun" in globalThis || "Deno" in globalThis) return undefined;
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc") as () => void;
}
const collect = collector();

/** What the process holds after everything that can be forgotten is forgotten. */
async function held(): Promise<number> {
  for (let i = 0; i < 2; i++) {
    await settle();
    collect!();
  }
  const { heapUsed, external } = process.memoryUsage(); // in which its arrayBuffers are
  return heapUsed + external;
}

/** How something is logged: so many events in each tick, with a text of so many characters. */
interface Load {
  readonly perTick: number;
  readonly characters: number | readonly number[];
  readonly ticks: number;
}

const loads: Record<string, Load> = {
  "10 000 events a second, one in each tick": { perTick: 1, characters: 250, ticks: 100_000 },
  "100 000 events a second, a thousand in each tick": { perTick: 1000, characters: 250, ticks: 200 },
  "small events and large ones in turn": { perTick: 1, characters: [10, 66_000], ticks: 3000 },
};

for (const [name, { perTick, characters, ticks }] of Object.entries(loads)) {
  test(`a full queue takes less than ${factor} times its bound while Seq is down: ${name}`, {
    timeout: 300_000,
    skip: collect === undefined ? "only Node tells what a program holds" : !isFull && "one Node is enough",
  }, async () => {
    using _ = hearDiagnostics();
    const clock = new QuickClock();
    let answer = (): Promise<Response> => Promise.reject(new TypeError("fetch failed"));
    const fetch = (): Promise<Response> => answer();
    const seq = new SeqHandler({ serverUrl: "http://seq.test", clock, fetch });
    const logger = getLogger("memory");
    using _added = logger.addHandler(seq);
    const sizes = [characters].flat();
    const before = await held();
    let mostBytes = 0;
    let most = 0;
    for (let tick = 0; tick < ticks; tick++) {
      for (let i = 0; i < perTick; i++) logger.warn("Order {OrderId}", { OrderId: tick, Text: "x".repeat(sizes[tick % sizes.length]!) });
      await Promise.resolve();
      mostBytes = Math.max(mostBytes, seq.stats().queuedBytes);
      if (tick % Math.ceil(ticks / 30) === 0) await clock.advance(5000);
      if (tick % Math.ceil(ticks / 5) === 0) most = Math.max(most, await held() - before);
    }
    answer = () => new Promise(() => {});
    await clock.advance(61_000); // a request is under way: it has a copy of its events
    most = Math.max(most, await held() - before);
    const { queued, lost } = seq.stats();
    assert.ok(lost.overflow! > 0 && queued > 0, "the queue was full");
    assert.ok(mostBytes <= bound, `${mostBytes} bytes of events`);
    assert.ok(most < bound * factor, `${(most / mebibyte).toFixed(1)} MiB are held for ${(mostBytes / mebibyte).toFixed(1)} MiB of events`);
    if (process.env.SHOW) {
      console.log(name, (most / mebibyte).toFixed(1), (mostBytes / mebibyte).toFixed(1), (most / bound).toFixed(2), queued);
    }
    answer = () => Promise.resolve(new Response("{}", { status: 201 }));
    await clock.advance(120_000); // the request that hangs is given up, and what is queued delivered
    assert.equal(seq.stats().queued, 0);
    const left = await held() - before; // spare chunks are 2 MiB; the rest is code that has become warm
    assert.ok(left < 12 * mebibyte, `${(left / mebibyte).toFixed(1)} MiB are held by an empty queue`);
    await seq.close();
  });
}

/** Logging in the real workerd, where work is bound to a request: nothing starts by itself, and no request depends on another's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlushResult, HandlerStats } from "../../../mod.ts";
import { type RunningCollector, serveCollector } from "../../support/collector.ts";
import { range } from "../../support/shipping.ts";
import { startWorker, type TestWorker, type WorkerOptions } from "../../support/workerd.ts";

const timeout = 600_000;

const bare: WorkerOptions = { compatibilityDate: "2026-04-01" };
const kinds: Record<string, WorkerOptions> = {
  "without flags": bare,
  "with nodejs_compat": { ...bare, compatibilityFlags: ["nodejs_compat"] },
  "of an old date": { compatibilityDate: "2023-01-01" },
  "of the newest date": {},
};

/** A Worker and the collector it ships to. */
interface Stage {
  readonly seq: RunningCollector;
  readonly worker: TestWorker;
  /** Sends the Worker a request, and answers with what it said. */
  ask<T>(path: string, init?: RequestInit): Promise<T>;
}

/** A lease of this length ends soon; a longer one outlasts any request here, so that nothing is sent twice because a machine is busy. */
const soon: WorkerOptions = { ...bare, constants: { REQUEST_TIMEOUT_MS: "2000" } };

/** Starts a Worker; the address of its Seq, and how long a lease lasts, are baked in. */
function start(name: string, seq: RunningCollector, { constants, ...options }: WorkerOptions): Promise<TestWorker> {
  return startWorker(`tests/runtimes/workerd/${name}_worker.ts`, {
    ...options,
    constants: { SERVER_URL: seq.url, REQUEST_TIMEOUT_MS: "60000", ...constants },
  });
}

async function withWorker(name: string, options: WorkerOptions, act: (stage: Stage) => Promise<void>): Promise<void> {
  const seq = await serveCollector({ port: 0 });
  const worker = await start(name, seq, options);
  const ask = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const response = await worker.dispatchFetch(`http://worker${path}`, init);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return (text === "ok" ? text : JSON.parse(text)) as T;
  };
  try {
    await act({ seq, worker, ask });
    assert.doesNotMatch(worker.output.join("\n"), /different request|since ended|never settle|would never|hung|global scope/i);
  } finally {
    await worker.dispose();
    await seq.close();
  }
}

const numbers = ({ events }: RunningCollector): number[] => events.map(({ properties }) => properties.N as number);
/** Asks again until the answer is as it should be, because the Worker gets a reply of Seq later than the test sees it. Returns the last. */
async function settled<T>(question: () => Promise<T>, isSettled: (answer: T) => boolean): Promise<T> {
  let answer = await question();
  for (let i = 0; i < 500 && !isSettled(answer); i++) answer = await question();
  return answer;
}

type Told = HandlerStats & { told: string[] };
const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);

for (const [kind, options] of Object.entries(kinds)) {
  test(`a Worker ${kind} logs at module scope and in requests, and ctx.waitUntil(flush()) delivers all`, { timeout }, async () => {
    await withWorker("log", options, async ({ seq, worker, ask }) => {
      await ask("/log?n=1");
      await ask("/wait?n=2");
      await seq.until(3);
      const result = await ask<FlushResult>("/flush?n=3");
      assert.deepEqual([result.pending, result.lost], [0, 0]);
      assert.deepEqual(numbers(seq), range(0, 3));
      for (const { timestamp, properties } of seq.events) {
        assert.ok(Number(timestamp.slice(0, 4)) >= 2020, timestamp);
        assert.deepEqual(Object.keys(properties).sort(), ["N", "SourceContext"]);
      }
      assert.deepEqual(worker.output, []);
    });
  });

  test(`a Worker ${kind} that passes waitUntil on needs no flush`, { timeout }, async () => {
    await withWorker("wait_until", options, async ({ seq, worker, ask }) => {
      for (const n of range(1, 3)) await ask(`/?n=${n}`);
      await seq.until(4);
      await Promise.all(range(4, 12).map((n) => ask(`/?n=${n}`)));
      await seq.until(13);
      assert.deepEqual(sorted(numbers(seq)), range(0, 12));
      assert.deepEqual(await ask<string[]>("/"), []);
      assert.deepEqual(worker.output, []);
    });
  });

  test(`flush() at the module scope of a Worker ${kind} neither throws nor loses anything`, { timeout }, async () => {
    const seq = await serveCollector({ port: 0 });
    const worker = await start("early_flush", seq, options);
    try {
      const response = await worker.dispatchFetch("http://worker/");
      const { early, thrown, late } = await response.json() as { early: FlushResult; thrown?: string; late: FlushResult };
      assert.equal(thrown, undefined);
      assert.deepEqual({ early, late }, { early: { delivered: 0, pending: 1, lost: 0 }, late: { delivered: 1, pending: 0, lost: 0 } });
      assert.deepEqual(numbers(seq), [0]);
      assert.ok(Number(seq.events[0]!.timestamp.slice(0, 4)) >= 2020, seq.events[0]!.timestamp);
      assert.doesNotMatch(worker.output.join("\n"), /cannot be reached/, "it is the place and not Seq that is wrong");
    } finally {
      await worker.dispose();
      await seq.close();
    }
  });
}

test("the times of a Worker's events show the order in which they were logged", { timeout }, async () => {
  await withWorker("log", bare, async ({ seq, ask }) => {
    await ask("/log?n=1");
    await ask("/log?n=2");
    await ask("/flush?n=3");
    const inOrder = [...seq.events].sort((a, b) => a.timestamp < b.timestamp ? -1 : 1);
    assert.deepEqual(
      inOrder.map(({ properties }) => properties.N),
      range(0, 3),
      JSON.stringify(seq.events.map(({ timestamp }) => timestamp)),
    );
  });
});

test("nothing starts by itself in a Worker", { timeout }, async () => {
  await withWorker("log", bare, async ({ seq, ask }) => {
    for (const n of range(1, 10)) await ask(`/log?n=${n}`);
    const { queued, delivered, told } = await ask<Told>("/stats");
    assert.deepEqual({ queued, delivered, told, requests: seq.requests.length }, { queued: 11, delivered: 0, told: [], requests: 0 });
    await ask("/flush");
    assert.deepEqual(numbers(seq), range(0, 10));
  });
});

test("20 concurrent requests that each flush deliver every event, whichever does it", { timeout }, async () => {
  for (const path of ["/wait", "/flush"]) {
    await withWorker("log", bare, async ({ seq, worker, ask }) => {
      await Promise.all(range(1, 20).map((n) => ask(`${path}?n=${n}`)));
      await seq.until(21);
      assert.deepEqual(sorted(numbers(seq)), range(0, 20));
      const { queued, delivered, lost, told } = await settled(() => ask<Told>("/stats"), ({ queued }) => queued === 0);
      assert.deepEqual({ queued, delivered, lost, told }, { queued: 0, delivered: 21, lost: {}, told: [] });
      assert.deepEqual(worker.output, []);
    });
  }
});

test("20 concurrent requests that each flush into an outage lose nothing", { timeout }, async () => {
  await withWorker("log", bare, async ({ seq, ask }) => {
    seq.fail([{ status: 503, times: 3 }, { delayMs: 100 }, { status: 429, times: 2 }]);
    const results = await Promise.all(range(1, 20).map((n) => ask<FlushResult>(`/flush?n=${n}`)));
    for (const { pending, lost } of results) assert.deepEqual({ pending, lost }, { pending: 0, lost: 0 });
    assert.deepEqual(sorted([...new Set(numbers(seq))]), range(0, 20));
  });
});

test("two requests that flush while Seq is slow each see all of their events delivered, once", { timeout }, async () => {
  await withWorker("log", bare, async ({ seq, ask }) => {
    seq.fail({ delayMs: 250 });
    const first = ask<FlushResult>("/flush?n=1");
    await seq.untilRequests(1);
    const second = ask<FlushResult>("/flush?n=2");
    assert.deepEqual(await first, { delivered: 2, pending: 0, lost: 0 });
    assert.deepEqual(await second, { delivered: 3, pending: 0, lost: 0 });
    assert.deepEqual(numbers(seq), range(0, 2));
  });
});

/** Logs in a request that ends when its flush has reached Seq, which hangs. */
async function leaveAmidFlush({ seq, ask }: Stage): Promise<void> {
  seq.fail({ hang: true });
  const leaving = ask("/leave?n=1");
  await seq.untilRequests(1);
  await ask("/go");
  await leaving;
}

test("a request that ends during its flush leaves no stuck lease: a later one delivers", { timeout }, async () => {
  await withWorker("log", soon, async (stage) => {
    await leaveAmidFlush(stage);
    assert.deepEqual(await stage.ask("/flush?n=2"), { delivered: 3, pending: 0, lost: 0 });
    assert.deepEqual(numbers(stage.seq), range(0, 2));
  });
});

test("a request that ends before its flush has sent anything leaves no stuck lease", { timeout }, async () => {
  await withWorker("log", soon, async ({ seq, ask }) => {
    await ask("/drop?n=1");
    assert.equal((await ask<FlushResult>("/flush?n=2")).pending, 0);
    assert.deepEqual([...new Set(numbers(seq))], range(0, 2));
  });
});

test("a request that its client cancels during its flush leaves no stuck lease: a later one delivers", { timeout }, async () => {
  await withWorker("log", soon, async ({ seq, ask }) => {
    seq.fail({ hang: true });
    const client = new AbortController();
    const cancelled = assert.rejects(ask("/flush?n=1", { signal: client.signal }));
    await seq.untilRequests(1);
    client.abort();
    await cancelled;
    assert.deepEqual(await ask("/flush?n=2"), { delivered: 3, pending: 0, lost: 0 });
    assert.deepEqual([...new Set(numbers(seq))], range(0, 2));
  });
});

test("a flush that waits for a lease returns at its deadline, and the events are sent with the next", { timeout }, async () => {
  await withWorker("log", soon, async (stage) => {
    await leaveAmidFlush(stage);
    assert.deepEqual(await stage.ask("/flush?n=2&timeoutMs=50"), { delivered: 0, pending: 3, lost: 0 });
    assert.deepEqual(await stage.ask("/flush"), { delivered: 3, pending: 0, lost: 0 });
  });
});

test("a Worker that passes waitUntil on delivers after an outage with a later request's event", { timeout }, async () => {
  await withWorker("wait_until", bare, async ({ seq, ask }) => {
    seq.fail({ status: 503 });
    await ask("/?n=1");
    await seq.untilRequests(1);
    let n = 1;
    while (seq.received < 2 && n < 500) await ask(`/?n=${++n}`);
    await seq.until(n + 1);
    assert.deepEqual(sorted(numbers(seq)), range(0, n));
    const told = await settled(() => ask<string[]>("/"), ({ length }) => length >= 2);
    assert.deepEqual(told.map((said) => said.split(":")[0]), ["unreachable", "recovered"]);
  });
});

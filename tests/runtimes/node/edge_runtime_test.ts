/** Logging in Vercel's Edge runtime, by its emulation: work is bound to a request there, too. */

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { type RunningCollector, serveCollector } from "../../support/collector.ts";
import { repository } from "../../support/install.ts";
import { range } from "../../support/shipping.ts";
import { bundleWorker } from "../../support/workerd.ts";

/** What a handler gets in addition to the request. */
interface Beside {
  waitUntil(work: Promise<unknown>): void;
}

type Handle = (request: { readonly url: string }, beside?: Beside) => Promise<Response>;

const requireHere = createRequire(join(repository, "tests/runtimes/package.json"));

/** Calls the handler of edge_worker.ts in a runtime of its own, which has these globals in addition to its own. */
async function edge(seq: RunningCollector, globals: object = {}): Promise<(n: number, beside?: Beside) => Promise<Response>> {
  const { EdgeRuntime } = requireHere("edge-runtime");
  const runtime = new EdgeRuntime({ extend: (context: object) => Object.assign(context, globals) });
  runtime.evaluate(await bundleWorker("tests/runtimes/programs/edge_worker.ts", { SERVER_URL: seq.url }));
  const { handle, Request } = runtime.evaluate("({ handle, Request })") as { handle: Handle; Request: typeof globalThis.Request };
  return (n, beside) => handle(new Request(`http://edge.test/orders?n=${n}`), beside);
}

async function withSeq(act: (seq: RunningCollector) => Promise<void>): Promise<void> {
  const seq = await serveCollector({ port: 0 });
  try {
    await act(seq);
  } finally {
    await seq.close();
  }
}

/** The events have these numbers, and with `hasContext` the ids of their requests. */
function check({ events }: RunningCollector, numbers: readonly number[], hasContext: boolean): void {
  const own = events.filter(({ properties }) => properties.N !== undefined);
  assert.deepEqual(own.map(({ properties }) => properties.N as number).sort((a, b) => a - b), numbers);
  assert.equal(events.length, 2 * numbers.length);
  for (const { properties } of own) {
    const completed = events.filter(({ properties: { RequestId, StatusCode } }) =>
      RequestId === properties.RequestId && StatusCode === 200
    );
    assert.equal(completed.length, hasContext ? 1 : 0);
  }
}

test("on Vercel's Edge runtime events are delivered in the request's waitUntil, after the response", async () => {
  await withSeq(async (seq) => {
    const handle = await edge(seq, { AsyncLocalStorage }); // which Vercel has, and its emulation has not
    const work: Promise<unknown>[] = [];
    const responses = await Promise.all(range(1, 20).map((n) => handle(n, { waitUntil: (promise) => void work.push(promise) })));
    assert.ok(responses.every(({ status }) => status === 200));
    assert.ok(work.length >= 20);
    await Promise.all(work);
    check(seq, range(1, 20), true);
  });
});

test("on Vercel's Edge runtime without waitUntil the response waits for its events", async () => {
  await withSeq(async (seq) => {
    const handle = await edge(seq);
    for (const n of range(1, 3)) {
      await handle(n);
      check(seq, range(1, n), false);
    }
  });
});

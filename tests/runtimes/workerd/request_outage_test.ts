/** Requests whose clients leave, and a Seq that fails: nothing hangs, no request is delayed, nothing is lost. */

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { serveCollector } from "../../support/collector.ts";
import { oneOfThree } from "../../support/effort.ts";
import { range } from "../../support/shipping.ts";
import { unusedPort } from "../../support/unused_port.ts";
import type { WorkerOptions } from "../../support/workerd.ts";
import { access, arrival, bare, completion, inner, onStage, type Stage } from "./request_stage.ts";

const timeout = 600_000;
const room: WorkerOptions = { durableObjects: { ROOM: "TestRoom" } };

/** Begins a request whose client leaves when it has that many bytes of the body; without a number, when the test decides. */
function leave(url: URL, bytes?: number): () => void {
  const sent = httpRequest(url, (response) => {
    let got = 0;
    response.on("error", () => {});
    response.on("data", ({ length }: Uint8Array) => (got += length) >= (bytes ?? Infinity) && response.destroy());
  });
  sent.on("error", () => {}).end();
  return () => void sent.destroy();
}

/** The numbers of the events of `/work`, each of which logs three. */
const worked = ({ seq }: Stage): unknown[] =>
  [...new Set(inner(seq).map(({ properties }) => properties.N))].sort((a, b) => Number(a) - Number(b));

for (const [kind, options] of Object.entries(bare)) {
  const skipNext = oneOfThree(options.workerd);
  const on = (more: WorkerOptions, act: (stage: Stage) => Promise<void>): Promise<void> =>
    onStage("request_log", { ...options, ...room, ...more }, act);

  test(`clients that leave hold up nothing, and what was logged for them arrives ${kind}`, { timeout, skip: skipNext() }, async () => {
    for (const compatibilityFlags of [[], ["enable_request_signal"]]) {
      await on({ compatibilityFlags }, async (stage) => {
        const left = range(1, 10).map((n) => leave(new URL(`/never?n=${n}`, stage.worker.url)));
        await Promise.all(range(1, 10).map((n) => arrival(stage, `Event ${n}: begun`)));
        left.forEach((end) => end());
        leave(new URL("/endless?n=20", stage.worker.url), 25);
        const [endless] = await completion(stage, 1);
        assert.deepEqual([endless!.properties.StatusCode, endless!.properties.Aborted], [200, true]);
        await Promise.all(range(21, 30).map((n) => stage.ask(`/work?n=${n}`)));
        await completion(stage, 11);
        assert.deepEqual(worked(stage), range(1, 10).concat(range(20, 30)));
        assert.deepEqual(stage.worker.output, []);
      });
    }
  });

  test(`a Seq that hangs delays no request, and gets all once it is well ${kind}`, { timeout, skip: skipNext() }, async () => {
    await on({ bindings: { REQUEST_TIMEOUT_MS: 400 } }, async (stage) => {
      stage.seq.fail([{ hang: true }, { hang: true }]);
      await Promise.all(range(1, 20).map((n) => stage.ask(`/work?n=${n}`)));
      assert.ok(stage.seq.requests.every(({ status }) => status === null), "all were answered while it hung");
      await stage.seq.untilRequests(2);
      await stage.ask("/work?n=21");
      await stage.seq.untilRequests(({ status }) => status === 201);
      await completion(stage, 21);
      await stage.ask("/work?n=22");
      await arrival(stage, "Event 22: third");
      assert.deepEqual(worked(stage), range(1, 22));
    });
  });

  test(`a Seq that is slow or answers 503 gets all ${kind}`, { timeout, skip: skipNext() }, async () => {
    await on({}, async (stage) => {
      stage.seq.fail([{ delayMs: 1000 }, { status: 503, times: 3 }]);
      for (const n of range(1, 10)) await stage.ask(`/work?n=${n}`);
      await completion(stage, 10);
      let n = 10;
      for (let queued = 1; queued > 0 && n < 200; ({ queued } = await stage.stats())) await stage.ask(`/work?n=${++n}`);
      await completion(stage, n);
      const { queued, delivered, lost, told } = await stage.stats();
      assert.deepEqual({ queued, delivered, lost }, { queued: 0, delivered: 4 * n, lost: {} });
      assert.equal(stage.seq.received, 4 * n, "each event once");
      assert.deepEqual(told.map((said) => said.split(":")[0]), ["no-context", "unreachable", "recovered"]);
    });
  });

  test(`a Seq that is not there delays no request, and gets all once it is ${kind}`, { timeout, skip: skipNext() }, async () => {
    const port = await unusedPort();
    await on({ bindings: { SEQ_URL: `http://127.0.0.1:${port}` } }, async (stage) => {
      await Promise.all(range(1, 50).map((n) => stage.ask(`/work?n=${n}`)));
      const seq = await serveCollector({ port });
      try {
        let n = 50;
        while (seq.received === 0 && n < 500) await stage.ask(`/work?n=${++n}`);
        await seq.until(4 * n);
        assert.equal(access(seq).length, n);
        assert.equal(seq.received, 4 * n, "each event once");
      } finally {
        await seq.close();
      }
    });
  });

  test(`a method of a Durable Object is logged as a call, whatever its arguments ${kind}`, { timeout, skip: skipNext() }, async () => {
    await on({}, async (stage) => {
      assert.equal(await stage.ask("/method"), "5");
      await arrival(stage, "Event 5: added");
      await arrival(stage, "Call of add ended with ok");
      await arrival(stage, "HTTP GET /method responded 200");
      assert.equal((await stage.stats()).configured, 1);
    });
  });
}

/** logRequests(handler, { configure }): configured by the environment of the first request, once; a mistake costs no response. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { oneOfThree } from "../../support/effort.ts";
import { range } from "../../support/shipping.ts";
import { bare, onStage, type Stage } from "./request_stage.ts";

const timeout = 600_000;

for (const [kind, options] of Object.entries(bare)) {
  const skipNext = oneOfThree(options.workerd);
  const inWay = (WAY: string, act: (stage: Stage) => Promise<void>): Promise<void> =>
    onStage("configure_env", { ...options, bindings: { WAY } }, act);

  for (const way of ["answers", "calls", "reads"]) {
    test(`concurrent first requests configure once, where the function ${way} ${kind}`, { timeout, skip: skipNext() }, async () => {
      await inWay(way, async ({ seq, worker, ask }) => {
        await Promise.all(range(1, 50).map((n) => ask(`/a/${n}`)));
        await seq.until(100);
        assert.equal(await ask("/configured"), "1");
        const paths = seq.events.filter(({ message }) => message.startsWith("Asked")).map(({ properties }) => properties.Path);
        assert.deepEqual([...paths].sort(), range(1, 50).map((n) => `/a/${n}`).sort());
        assert.match(worker.output.join("\n"), /^seqlog: This runtime has no AsyncLocalStorage[^\n]*$/);
      });
    });
  }

  test(`another environment configures again, and loses nothing ${kind}`, { timeout, skip: skipNext() }, async () => {
    await inWay("answers", async ({ seq, ask }) => {
      await ask("/a?times=3");
      await seq.until(8);
      assert.equal(await ask("/configured"), "5", "the first, three others, and the first again");
      assert.equal(seq.events.filter(({ message }) => message === "Asked for /inner").length, 3);
    });
  });

  test(`a wrong configuration is reported once, and 100 requests are served ${kind}`, { timeout, skip: skipNext() }, async () => {
    for (const [way, said] of [["misses", /serverUrl/], ["throws", /There is no key/]] as const) {
      await inWay(way, async ({ worker, ask }) => {
        await Promise.all(range(1, 50).map((n) => ask(`/a/${n}`)));
        for (const n of range(51, 100)) await ask(`/a/${n}`);
        assert.equal(await ask("/configured"), "1");
        const errors = worker.output.filter((line) => !line.includes("AsyncLocalStorage"));
        assert.equal(errors.filter((line) => line.includes("seqlog:")).length, 1, errors.join("\n"));
        assert.match(errors.join("\n"), said);
      });
    }
  });

  test(`a first request that never comes back from configuring holds up no other ${kind}`, { timeout, skip: skipNext() }, async () => {
    await inWay("hangs", async ({ seq, worker, ask }) => {
      const client = new AbortController();
      const first = assert.rejects(worker.dispatchFetch("http://worker/first", { signal: client.signal }));
      while (await ask("/begun") === "0"); // only then is it the first
      const others = range(1, 20).map((n) => ask(`/a/${n}`));
      await Promise.all(others);
      client.abort();
      await first;
      await seq.until(40);
      assert.equal(await ask("/configured"), "2");
    });
  });
}

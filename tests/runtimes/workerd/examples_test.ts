import assert from "node:assert/strict";
import { test } from "node:test";
import { serveCollector } from "../../../src/collector/serve.ts";
import { startWorker } from "../../support/workerd.ts";

for (const compatibilityFlags of [[], ["nodejs_compat"]]) {
  test(`examples/worker logs after its response: flags ${compatibilityFlags.join(" ") || "none"}`, async () => {
    const seq = await serveCollector({ port: 0 });
    const worker = await startWorker("examples/worker/worker.ts", {
      compatibilityDate: "2026-04-01",
      compatibilityFlags,
      bindings: { SEQ_URL: seq.url },
    });
    try {
      for (const path of ["/orders/1", "/orders/2"]) {
        assert.equal(await (await worker.dispatchFetch(`http://worker${path}`)).text(), "Shipped\n");
      }
      await seq.until(2);
      assert.deepEqual(seq.events.map(({ message }) => message), ["GET /orders/1", "GET /orders/2"]);
      assert.deepEqual(worker.output, []);
    } finally {
      await worker.dispose();
      await seq.close();
    }
  });
}

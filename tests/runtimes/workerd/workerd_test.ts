import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { startWorker, type WorkerOptions } from "../../support/workerd.ts";

const kinds: { name: string; options: WorkerOptions; process: string }[] = [
  { name: "bare", options: { compatibilityDate: "2026-04-01" }, process: "undefined" },
  { name: "nodejs_compat", options: { compatibilityDate: "2026-04-01", compatibilityFlags: ["nodejs_compat"] }, process: "object" },
  { name: "newest date", options: {}, process: "object" },
];

for (const { name, options, process } of kinds) {
  test(`a Worker answers, and reaches this machine: ${name}`, async () => {
    const server = createServer((_, response) => response.end("from outside"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const worker = await startWorker("tests/runtimes/workerd/answer_worker.ts", options);
    try {
      const { port } = server.address() as AddressInfo;
      const response = await worker.dispatchFetch(`http://worker/?from=http://127.0.0.1:${port}/`);
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { agent: "Cloudflare-Workers", process, text: "from outside" });
    } finally {
      await worker.dispose();
      server.close();
      server.closeAllConnections();
    }
  });
}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { serveCollector } from "../../support/collector.ts";
import { oneOfThree } from "../../support/effort.ts";
import { startWorker } from "../../support/workerd.ts";
import { bare } from "./request_stage.ts";

/** What `wrangler` would read. */
function wranglerOf(folder: string): { main: string; compatibility_date: string; compatibility_flags: string[] } {
  const text = readFileSync(new URL(`../../../${folder}/wrangler.jsonc`, import.meta.url), "utf8");
  return JSON.parse(text.replace(/^ *\/\/.*$/gm, ""));
}

for (const folder of ["examples/worker", "examples/worker-yaml"]) {
  for (const [kind, options] of Object.entries(bare)) {
    const skipNext = oneOfThree(options.workerd);
    for (const flags of [undefined, [], ["nodejs_compat"]]) {
      test(`${folder} logs its requests ${kind}: flags ${flags?.join() ?? "of its own"}`, { skip: skipNext() }, async () => {
        const { main, compatibility_date: compatibilityDate, compatibility_flags: own } = wranglerOf(folder);
        const compatibilityFlags = flags ?? own;
        const seq = await serveCollector({ port: 0 });
        const bindings = { SEQ_URL: seq.url };
        const worker = await startWorker(`${folder}/${main}`, { ...options, compatibilityDate, compatibilityFlags, bindings });
        try {
          for (const path of ["/orders/1", "/orders/2"]) {
            assert.equal(await (await worker.dispatchFetch(`http://worker${path}`)).text(), "Shipped\n");
          }
          await seq.until(4);
          const said = seq.events.map(({ message }) => message.replace(/ in .*/, ""));
          assert.deepEqual(said, [1, 2].flatMap((n) => [`GET /orders/${n}`, `HTTP GET /orders/${n} responded 200`]));
          for (const { properties } of seq.events) {
            assert.equal(properties.Application, "shop");
            assert.equal("RequestId" in properties, compatibilityFlags.length > 0 || "StatusCode" in properties);
          }
          assert.ok(compatibilityFlags.length === 0 || worker.output.length === 0, worker.output.join("\n"));
        } finally {
          await worker.dispose();
          await seq.close();
        }
      });
    }
  }
}

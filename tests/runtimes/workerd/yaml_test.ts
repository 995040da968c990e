/** YAML in a Worker: from a text, with its bindings as the environment; files and modules are refused with a cure. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { serveCollector } from "../../support/collector.ts";
import { startWorker } from "../../support/workerd.ts";

for (const compatibilityFlags of [[], ["nodejs_compat"]]) {
  const title = `with ${compatibilityFlags.join() || "no flag"}`;
  const compatibilityDate = "2026-01-01"; // a later one brings nodejs_compat

  test(`configureFromYaml() in a Worker ${title} ships by the file's handler`, async () => {
    const seq = await serveCollector({ port: 0 });
    await using worker = await startWorker("tests/runtimes/workerd/yaml_worker.ts", {
      compatibilityDate,
      compatibilityFlags,
      bindings: { SEQ_URL: seq.url, OTHER: { not: "text" } },
    });
    try {
      await (await worker.dispatchFetch("http://worker.test/a")).text();
      await seq.until(1);
      const [event] = seq.events;
      assert.equal(event?.message, "/a was asked for");
      assert.equal(event?.properties.LoggerName, "worker");
      assert.deepEqual(worker.output, []);
    } finally {
      await seq.close();
    }
  });

  test(`configureFromYaml() in a Worker ${title} says what cannot be there`, async () => {
    await using worker = await startWorker("tests/runtimes/workerd/yaml_worker.ts", {
      compatibilityDate,
      compatibilityFlags,
      bindings: { SEQ_URL: "http://seq.test" },
    });
    type Issue = { path: string; message: string };
    const response = await worker.dispatchFetch("http://worker.test/mistakes");
    const [inText, ofFile, notText] = await response.json() as [Issue[], Issue[], Issue[]];
    const told = new Map(inText.map(({ path, message }) => [path, message]));
    assert.match(told.get("handlers.s.server_url") ?? "", /\$\{file:\/run\/x}/);
    assert.match(told.get("handlers.m.class") ?? "", /this runtime loads no modules.*handlers/);
    assert.match(told.get("handlers.f.filename") ?? told.get("handlers.f") ?? "", /no files/);
    assert.deepEqual(ofFile.map(({ path }) => path), ["logging.yml"]);
    assert.match(ofFile[0]!.message, /configureFromYaml/);
    assert.match(notText.map(({ message }) => message).join(), /SERVICE.*not text/);
  });
}

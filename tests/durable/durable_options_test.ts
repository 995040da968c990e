/** The Seq handler with a queue on disk: what was not delivered is the next process's, by object and by YAML. */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError, configure, flush, getLogger, shutdown } from "../../mod.ts";
import { serveCollector } from "../support/collector.ts";
import { configureFromYaml } from "../../src/yaml/yaml.ts";
import { durableQueue } from "../../src/durable/durable_queue.ts";
import { FakeSeq, hearDiagnostics } from "../support/seq.ts";

const timeout = 300_000;

/** A folder that goes with the test. */
function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "seqlog-durable-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Every file below a folder. */
const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".clef"));

test("shutdown() leaves on disk what Seq did not take, and the next configuration delivers it", { timeout }, async () => {
  using _ = hearDiagnostics();
  using dir = folder();
  const away = new FakeSeq();
  away.status = 503;
  configure({ serverUrl: "http://seq.test", fetch: away.fetch, queue: durableQueue({ path: dir.path }) });
  for (let n = 1; n <= 5; n++) getLogger("shop").info("Order {OrderId}", { OrderId: n });
  assert.deepEqual(await shutdown({ timeoutMs: 50 }), { delivered: 0, pending: 5, lost: 0 });
  const [file = ""] = filesIn(dir.path);
  const lines = readFileSync(join(dir.path, file), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ OrderId }) => OrderId), [1, 2, 3, 4, 5]);
  const seq = await serveCollector({ port: 0 });
  configure({ serverUrl: seq.url, buffer: durableQueue({ path: dir.path }) });
  await seq.until(5); // nothing has to be logged for it
  assert.deepEqual(seq.events.map(({ properties }) => properties.OrderId), [1, 2, 3, 4, 5]);
  const { pending, lost } = await shutdown();
  assert.deepEqual({ pending, lost }, { pending: 0, lost: 0 });
  assert.deepEqual(filesIn(dir.path), []);
  await seq.close();
});

test("queue: { path } in YAML is a queue on disk, and a wrong option of it is told with its place", { timeout }, async () => {
  using dir = folder();
  const seq = await serveCollector({ port: 0 });
  const yaml = (option: string): string =>
    JSON.stringify({
      root: { level: "info", handlers: ["seq"] },
      handlers: { seq: { class: "seq", server_url: seq.url, [option]: { path: dir.path } } },
    });
  for (const option of ["queue", "buffer"]) {
    await configureFromYaml(yaml(option), { parseYaml: JSON.parse });
    getLogger("shop").info("Order {OrderId}", { OrderId: option });
    assert.equal(filesIn(dir.path).length, 0, "nothing is on disk before the tick ends");
    await Promise.resolve();
    assert.equal(filesIn(dir.path).length, 1);
    await flush();
    await shutdown();
  }
  assert.deepEqual(seq.events.map(({ properties }) => properties.OrderId), ["queue", "buffer"]);
  const wrong = { handlers: { s: { class: "seq", server_url: seq.url, queue: { path: dir.path, maxbytes: 5 } } } };
  await assert.rejects(configureFromYaml(JSON.stringify(wrong), { parseYaml: JSON.parse }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.issues[0]?.path, "handlers.s.queue.maxbytes");
    assert.match(error.issues[0].message, /did you mean maxBytes\?/);
    return true;
  });
  assert.throws(
    () => configure({ handlers: { s: { class: "seq", serverUrl: seq.url, queue: { path: dir.path } } } }),
    /durableQueue of the entry \.\/durable/,
  );
  await seq.close();
});

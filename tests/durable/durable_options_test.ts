/** The Seq handler with a queue on disk, by object and by YAML: the next process delivers what one process did not. */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError, configure, flush, getLogger, shutdown } from "../../mod.ts";
import { serveCollector } from "../support/collector.ts";
import { configureFromYaml } from "../../src/yaml/yaml.ts";
import { durableQueue } from "../../src/durable/durable_queue.ts";
import { processEnding } from "../../src/runtime/writes_at_exit.ts";
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
  const seq = await serveCollector({ port: 0 });
  configure({ serverUrl: seq.url, fetch: away.fetch, queue: durableQueue({ path: dir.path }) });
  for (let n = 1; n <= 5; n++) getLogger("shop").info("Order {OrderId}", { OrderId: n });
  assert.deepEqual(await shutdown({ timeoutMs: 50 }), { delivered: 0, pending: 5, lost: 0 });
  const [file = ""] = filesIn(dir.path);
  const lines = readFileSync(join(dir.path, file), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ OrderId }) => OrderId), [1, 2, 3, 4, 5]);
  configure({ serverUrl: seq.url, buffer: durableQueue({ path: dir.path }) });
  await seq.until(5); // nothing has to be logged for it
  assert.deepEqual(seq.events.map(({ properties }) => properties.OrderId), [1, 2, 3, 4, 5]);
  const { pending, lost } = await shutdown();
  assert.deepEqual({ pending, lost }, { pending: 0, lost: 0 });
  assert.deepEqual(filesIn(dir.path), []);
  await seq.close();
});

test("queue: { path } in YAML is a queue on disk, and a wrong option of it is reported with its path", { timeout }, async () => {
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
    assert.match(error.issues[0].message, /did you mean max_bytes\?/);
    return true;
  });
  assert.throws(
    () => configure({ handlers: { s: { class: "seq", serverUrl: seq.url, queue: { path: dir.path } } } }),
    /durableQueue\(\{ path \}\) of \.\/durable, or \{ path \} in a YAML file/,
  );
  await seq.close();
});

// ---- whose events they are ----

test("events that wait for one server are never sent to another, whatever the handlers are called", { timeout }, async () => {
  using _ = hearDiagnostics();
  using dir = folder();
  const [away, other, back] = [new FakeSeq(), new FakeSeq(), new FakeSeq()];
  away.status = 503;
  configure({ serverUrl: "http://one.test", fetch: away.fetch, queue: durableQueue({ path: dir.path }) });
  getLogger("shop").info("{N}", { N: 1 });
  await shutdown({ timeoutMs: 20 });
  configure({ serverUrl: "http://two.test", fetch: other.fetch, queue: durableQueue({ path: dir.path }) });
  getLogger("shop").info("{N}", { N: 2 });
  await shutdown();
  assert.deepEqual(other.events.map(({ N }) => N), [2]);
  configure({ serverUrl: "http://one.test/", fetch: back.fetch, queue: durableQueue({ path: dir.path }) });
  await flush();
  await shutdown();
  assert.deepEqual(back.events.map(({ N }) => N), [1], "a final slash makes no other server");
  assert.deepEqual(readdirSync(dir.path), []);
});

// ---- what is let go ----

/** How many timers, and folders in force, are left. */
const foldersOf = (path: string): string[] => readdirSync(path).filter((name) => !name.endsWith(".seen"));

test("sixty configurations with one folder leave one folder and one queue; shutdown() leaves none", { timeout }, async () => {
  using _ = hearDiagnostics();
  using dir = folder();
  const writers = processEnding().writers.size;
  for (let n = 1; n <= 60; n++) {
    const seq = new FakeSeq();
    configure({ serverUrl: `http://seq${n}.test`, fetch: seq.fetch, queue: durableQueue({ path: dir.path }) });
    getLogger("shop").info("{N}", { N: n });
    await flush();
  }
  await flush();
  assert.deepEqual([foldersOf(dir.path).length, processEnding().writers.size - writers], [1, 1]);
  await shutdown();
  assert.deepEqual([foldersOf(dir.path).length, processEnding().writers.size - writers], [0, 0]);
});

test("another queue, or another option of it, is another queue: what waits is drained, and new events go where they were asked to", {
  timeout,
}, async () => {
  using _ = hearDiagnostics();
  using dir = folder();
  const seq = new FakeSeq();
  const fresh = (extra: object): void => void configure({ serverUrl: "http://seq.test", fetch: seq.fetch, ...extra });
  const at = (name: string): string => join(dir.path, name);
  let n = 0;
  const queues = [
    undefined,
    durableQueue({ path: at("a") }),
    durableQueue({ path: at("b") }),
    durableQueue({ path: at("b"), fsync: true }),
    durableQueue({ path: at("b"), fsync: true, maxBytes: 1000 }),
    undefined,
  ];
  for (const queue of queues) {
    seq.status = 503;
    fresh({ queue });
    getLogger("shop").info("{N}", { N: ++n });
    await flush({ timeoutMs: 20 });
    if (queue !== undefined) assert.ok(filesIn(dir.path).length > 0, "on disk");
  }
  seq.status = 201;
  await flush();
  await shutdown();
  assert.deepEqual([...new Set(seq.events.map(({ N }) => N))].sort(), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(filesIn(dir.path), []);
});

test("the same queue asked for again continues", { timeout }, async () => {
  using _ = hearDiagnostics();
  using dir = folder();
  const seq = new FakeSeq();
  for (let n = 1; n <= 3; n++) {
    seq.status = n === 3 ? 201 : 503;
    configure({ serverUrl: "http://seq.test", fetch: seq.fetch, queue: durableQueue({ path: dir.path }) });
    getLogger("shop").info("{N}", { N: n });
    await flush({ timeoutMs: n === 3 ? 10_000 : 20 });
    assert.equal(foldersOf(dir.path).length, 1);
  }
  await shutdown();
  assert.deepEqual([...new Set(seq.events.map(({ N }) => N))], [1, 2, 3], "in order");
});

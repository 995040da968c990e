/** Configuring by the environment that a Worker is given with each request. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, getLogger, MemoryHandler, shutdown } from "../../mod.ts";
import { configureOnce, isConfigured } from "../../src/http/worker_env.ts";
import { hearConsole } from "../support/seq.ts";

test("configureOnce() configures once for each environment, also where requests come at once", async () => {
  const asked: unknown[] = [];
  const configures = async (env: unknown): Promise<void> => {
    asked.push(env);
    await null;
  };
  const [a, b] = [{}, {}];
  assert.equal(isConfigured(configures, a), false);
  await Promise.all([1, 2, 3].map(() => configureOnce(configures, a)));
  assert.equal(isConfigured(configures, a), true);
  assert.equal(isConfigured(configures, b), false);
  await configureOnce(configures, b);
  assert.deepEqual(asked, [a, b]);
});

test("configureOnce() applies a configuration that is returned, and leaves what configure() returned alone", async () => {
  const memory = new MemoryHandler();
  await configureOnce(() => ({ handlers: { memory }, root: { level: "info", handlers: ["memory"] } }), {});
  getLogger("worker").info("Hello");
  assert.equal(memory.events.length, 1);
  const other = new MemoryHandler();
  await configureOnce(() => configure({ handlers: { other }, root: { level: "info", handlers: ["other"] } }), {});
  getLogger("worker").info("Hello");
  assert.deepEqual([memory.events.length, other.events.length], [1, 1]);
  await shutdown();
});

test("configureOnce() never rejects: what is wrong goes to the console", async () => {
  using hearing = hearConsole();
  await configureOnce(() => ({ serverUrl: 7 }), {});
  await configureOnce(() => {
    throw new TypeError("There is no key");
  }, {});
  const said = hearing.heard.map(({ text }) => text);
  assert.equal(said.length, 2);
  assert.match(said[0]!, /^seqlog: Cannot configure logging:/);
  assert.match(said[1]!, /^seqlog: Cannot configure logging: TypeError: There is no key/);
});

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { ConfigError, configure, type ContextStorage, getLogger, shutdown, withContext } from "../mod.ts";
import { hearRequests } from "./support/access.ts";

test("withContext() gives its properties to all that is awaited in it, and to nothing else", async () => {
  await using heard = hearRequests();
  const logger = getLogger("app");
  const work = async (job: number): Promise<void> => {
    await withContext({ Job: job }, async () => {
      logger.info("a");
      await new Promise((resolve) => setTimeout(resolve, job % 3));
      queueMicrotask(() => logger.info("b"));
      await withContext({ Step: 1 }, async () => {
        await null;
        logger.info("c");
      });
      logger.info("d");
    });
  };
  await Promise.all(Array.from({ length: 50 }, (_, job) => work(job)));
  logger.info("outside");
  assert.equal(heard.others.length, 201);
  for (let job = 0; job < 50; job++) {
    const mine = heard.others.filter(({ properties }) => properties.Job === job);
    assert.deepEqual(mine.map(({ message, properties }) => [message, properties.Step]), [["a", undefined], ["b", undefined], ["c", 1], [
      "d",
      undefined,
    ]]);
  }
  assert.deepEqual(heard.others.at(-1)!.properties, {});
});

test("the option asyncLocalStorage passes the class, or an instance that stays the program's own", async () => {
  let runs = 0;
  class Counted extends AsyncLocalStorage<unknown> implements ContextStorage {
    override run<T>(store: unknown, fn: () => T): T {
      runs++;
      return super.run(store, fn);
    }
  }
  const own = new Counted();
  for (const asyncLocalStorage of [Counted, own]) {
    await using heard = hearRequests({ asyncLocalStorage });
    runs = 0;
    const seen = withContext({ A: 1 }, () => (getLogger("app").info("in"), own.getStore()));
    assert.equal(seen, undefined, "what is kept in the program's instance is the program's");
    assert.equal(runs, 1);
    assert.deepEqual(heard.others[0]!.properties, { A: 1 });
  }
  const left = { asyncLocalStorage: AsyncLocalStorage as new () => ContextStorage };
  configure({ serverUrl: null, ...left });
  await shutdown();
});

test("the option asyncLocalStorage takes nothing else", () => {
  for (const wrong of [{}, "AsyncLocalStorage", class {}, () => {}]) {
    assert.throws(() => configure({ serverUrl: null, asyncLocalStorage: wrong as unknown as ContextStorage }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.issues.map(({ path }) => path), ["asyncLocalStorage"]);
      return true;
    });
  }
});

/** The context in which the library's own work runs, and that this work logs no events about itself. */

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { flush, getLogger, type LogEvent, MemoryHandler, withContext } from "../../mod.ts";
import { isInOwnRequest, runOutside, runOwnRequest } from "../../src/runtime/async_context.ts";
import { turn } from "../support/fake_clock.ts";
import { range, ship } from "../support/shipping.ts";

const timeout = 60_000;

test("runOutside() runs work in no context, also what it begins", async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen = await storage.run("request 7", async () => {
    const outside = runOutside(() => new Promise<unknown>((resolve) => setTimeout(() => resolve(storage.getStore()), 0)));
    return [storage.getStore(), await outside, storage.getStore()];
  });
  assert.deepEqual(seen, ["request 7", undefined, "request 7"]);
});

test("isInOwnRequest() holds in what a request of the library's own causes, and nowhere else", async () => {
  let later = false;
  const inside = runOwnRequest(async () => {
    const atOnce = isInOwnRequest();
    await turn();
    later = isInOwnRequest();
    return atOnce;
  });
  assert.equal(isInOwnRequest(), false);
  assert.deepEqual([await inside, later, isInOwnRequest()], [true, true, false]);
});

test(
  "a delivery that a log call begins knows nothing of the call's context: fetch, apiKey and retries run outside",
  { timeout },
  async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const memory = new MemoryHandler();
    const added = getLogger("app").addHandler(memory);
    await using seq = await ship({
      minBackoffMs: 10,
      maxBackoffMs: 10,
      apiKey: () => {
        seen.push(storage.getStore());
        getLogger("app").warn("The key is asked for");
        return "key";
      },
    });
    seq.collector.fail({ status: 503 });
    storage.run("request 7", () => withContext({ RequestId: "7" }, () => seq.log()));
    await seq.failed(1);
    await seq.clock.advance(10);
    await seq.delivered(1);
    await storage.run("request 8", () => withContext({ RequestId: "8" }, () => flush({ timeoutMs: 1000 })));
    assert.ok(seen.length >= 2);
    assert.deepEqual(seen.filter((store) => store !== undefined), []);
    const own = memory.events.filter(({ messageTemplate }: LogEvent) => messageTemplate === "The key is asked for");
    assert.deepEqual(own.filter(({ properties }) => "RequestId" in properties), []);
    added[Symbol.dispose]();
  },
);

test(
  "who wraps fetch and logs every request starts no loop: such events go with the next request of the program's",
  { timeout },
  async () => {
    let requests = 0;
    await using seq = await ship({
      fetch: async (url, init) => {
        requests++;
        getLogger("http").info("POST {Url} begins", { Url: String(url) });
        await turn();
        getLogger("http").info("POST {Url} goes on", { Url: String(url) });
        const response = await globalThis.fetch(url, init);
        getLogger("http").info("POST {Url} answers {Status}", { Url: String(url), Status: response.status });
        return response;
      },
    });
    seq.log();
    await seq.delivered(1);
    for (const _ of range(1, 20)) {
      await seq.clock.advance(2000);
      await turn();
    }
    assert.equal(requests, 1, "no request is made for events about a request");
    assert.equal(seq.seq.stats().queued, 3);
    seq.log();
    await seq.delivered(5);
    assert.equal(requests, 2);
    await flush();
    assert.equal(requests, 3, "who asks for a flush gets all that waits");
  },
);

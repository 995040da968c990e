/** How handlers are flushed together: at an end until nothing waits, and never longer than the deadline. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, type FlushOptions, type FlushResult, getLogger, Handler, shutdown } from "../mod.ts";
import { callGuarded, flushHandlers, flushUntilEmpty } from "../src/flush_handlers.ts";
import type { HandlerStats } from "../src/handler_stats.ts";
import { FakeSeq, hearDiagnostics } from "./support/seq.ts";

/** A handler whose queue grows by what is logged while it flushes. */
class Growing extends Handler {
  flushes = 0;
  retries = 0;

  readonly logged: number[];
  readonly pending: number;

  constructor(logged: number[], pending = 0) {
    super();
    this.logged = logged;
    this.pending = pending;
  }

  emit(): void {}

  override stats(): HandlerStats {
    return { state: "ok", queued: this.logged.length, queuedBytes: 0, delivered: this.flushes, retries: this.retries, lost: {} };
  }

  override flush(_options?: FlushOptions): Promise<FlushResult> {
    this.flushes++;
    if (this.pending > 0) this.retries++;
    return Promise.resolve({ delivered: this.logged.pop() ?? 0, pending: this.pending, lost: 0 });
  }
}

const flushed = (...handlers: Handler[]) => ({ handlers, isRetired: () => false });

test("flushUntilEmpty() continues until nothing waits, and sums what was delivered", async () => {
  const handler = new Growing([1, 2, 3, 4]);
  const results = await flushUntilEmpty(() => flushed(handler), { timeoutMs: 60_000 });
  assert.deepEqual(results.get(handler), { delivered: 10, pending: 0, lost: 0 });
  assert.equal(handler.flushes, 4);
});

test("flushUntilEmpty() flushes a last time after half of its time if the program never stops logging", async () => {
  const handler = new Growing(Array(1_000_000).fill(1));
  await flushUntilEmpty(() => flushed(handler), { timeoutMs: 400 });
  assert.ok(handler.flushes >= 2 && handler.flushes <= 12, `${handler.flushes} flushes`);
});

test("flushUntilEmpty() does not go on where the deadline has left something", async () => {
  const handler = new Growing([1, 1], 7);
  assert.deepEqual((await flushUntilEmpty(() => flushed(handler), { timeoutMs: 60_000 })).get(handler)?.pending, 7);
  assert.equal(handler.flushes, 1);
});

test("flushHandlers() gives up a retired handler whose server fails again and again, and tries it once the next time", async () => {
  class Dead extends Growing {
    override stats(): HandlerStats {
      return { ...super.stats(), delivered: 0 };
    }
  }
  const handler = new Dead([], 3);
  const retired = { handlers: [handler], isRetired: () => true };
  assert.equal((await flushHandlers(retired, { timeoutMs: 60_000 })).get(handler)?.pending, 3);
  const { flushes } = handler;
  await flushHandlers(retired, { timeoutMs: 60_000 });
  assert.equal(handler.flushes, flushes + 1);
});

test("flushHandlers() waits for a slice of a retired handler that a busy machine ends late, and counts it", async () => {
  class Late extends Growing {
    override flush(): Promise<FlushResult> {
      return new Promise((resolve) => setTimeout(() => resolve({ delivered: 2, pending: 0, lost: 0 }), 600));
    }
  }
  const handler = new Late([1, 1]);
  const retired = { handlers: [handler], isRetired: () => true };
  assert.deepEqual((await flushHandlers(retired, { timeoutMs: 60_000 })).get(handler), { delivered: 2, pending: 0, lost: 0 });
});

for (const isRetired of [false, true]) {
  test(`flushHandlers() counts as pending what a ${isRetired ? "retired " : ""}handler has queued whose flush fails or hangs`, async () => {
    using _diagnostics = hearDiagnostics();
    class Failing extends Growing {
      override flush(): Promise<FlushResult> {
        throw new Error("Gone");
      }
    }
    class Hanging extends Growing {
      override flush(): Promise<FlushResult> {
        return new Promise(() => {});
      }
    }
    const handlers = [new Failing([1, 1, 1]), new Hanging([1, 1])];
    const results = await flushHandlers({ handlers, isRetired: () => isRetired }, { timeoutMs: 10 });
    assert.deepEqual([...results.values()].map(({ pending }) => pending), [3, 2]);
  });
}

test("callGuarded() reports what a handler throws or rejects with", async () => {
  using hearing = hearDiagnostics();
  const handler = new Growing([]);
  for (
    const fail of [() => Promise.reject(new Error("rejected")), () => {
      throw new Error("thrown");
    }]
  ) assert.equal(await callGuarded(handler, "flushed", fail), undefined);
  assert.deepEqual(hearing.heard.map(({ code }) => code), ["handler-failed", "handler-failed"]);
});

test("shutdown() delivers what is logged while its last request is under way", async () => {
  const seq = new FakeSeq();
  let late = 3;
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await seq.fetch(input, init);
    if (late > 0) getLogger("ends").info("Late {Left}", { Left: late-- });
    return response;
  };
  configure({ serverUrl: "http://seq.test", fetch, periodMs: 600_000 });
  getLogger("ends").info("First");
  assert.deepEqual(await shutdown(), { delivered: 4, pending: 0, lost: 0 });
  assert.equal(seq.events.length, 4);
});

test("neither flush() nor shutdown() waits long for a handler that configure has moved away from a dead server", async () => {
  const live = new FakeSeq();
  const dead = () => Promise.reject(new Error("down"));
  configure({ serverUrl: "http://dead.test", fetch: dead, minBackoffMs: 600_000, maxBackoffMs: 600_000 });
  getLogger("ends").info("Stays");
  const logging = configure({ serverUrl: "http://live.test", fetch: live.fetch });
  getLogger("ends").info("Goes");
  assert.deepEqual(await logging.flush({ timeoutMs: 600_000 }), { delivered: 1, pending: 1, lost: 0 }); // a deadline that no test outlives
  assert.deepEqual(await logging.shutdown({ timeoutMs: 600_000 }), { delivered: 0, pending: 0, lost: 1 });
});

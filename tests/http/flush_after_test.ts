/** flushAfter(): events are delivered before the reply, as long as the call's own time allows. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flushAfter, type FlushAfterOptions, getLogger } from "../../mod.ts";
import { issuesOf } from "../support/issues.ts";
import { hearDiagnostics, observe } from "../support/seq.ts";
import { ship } from "../support/shipping.ts";

const log = getLogger("flush_after");

test("flushAfter() returns what the function returns, after its events are delivered", async () => {
  await using it = observe({ periodMs: 600_000 });
  const handler = flushAfter(async (event: { N: number }) => {
    await Promise.resolve();
    log.info("Event {N}", event);
    return { statusCode: 200 };
  });
  for (const N of [1, 2, 3]) {
    assert.deepEqual(await handler({ N }), { statusCode: 200 });
    assert.deepEqual(it.seq.events.map((event) => event.N), [1, 2, 3].slice(0, N));
  }
});

test("flushAfter() calls the function with all its arguments and its `this`", async () => {
  await using _ = observe();
  const thing = {
    name: "thing",
    handler: flushAfter(async function (this: { name: string }, ...all: unknown[]) {
      return await Promise.resolve([this.name, ...all]);
    }),
  };
  const context = { getRemainingTimeInMillis: () => 3000 };
  assert.deepEqual(await thing.handler({ a: 1 }, context, 3), ["thing", { a: 1 }, context, 3]);
});

test("flushAfter() delivers and throws on what the function throws, the very same thing", async () => {
  await using it = observe({ periodMs: 600_000 });
  const thrown = new Error("No paper");
  const handlers = [
    flushAfter(() => {
      log.error("Event {N}", { N: 1 });
      throw thrown;
    }),
    flushAfter(async () => {
      await Promise.resolve();
      log.error("Event {N}", { N: 2 });
      throw thrown;
    }),
  ];
  for (const handler of handlers) await assert.rejects(handler(), (error) => error === thrown);
  assert.deepEqual(it.seq.events.map(({ N }) => N), [1, 2]);
});

test("flushAfter() delivers what is logged by several calls at once, each before its own reply", async () => {
  await using it = observe({ periodMs: 600_000 });
  const handler = flushAfter(async (N: number) => {
    for (let turn = 0; turn < N % 7; turn++) await Promise.resolve();
    log.info("Event {N}", { N });
    return N;
  });
  const calls = Array.from({ length: 50 }, async (_, N) => {
    assert.equal(await handler(N), N);
    assert.ok(it.seq.events.some((event) => event.N === N), `event ${N} is there before its answer`);
  });
  await Promise.all(calls);
  assert.deepEqual(it.seq.events.map(({ N }) => N as number).sort((a, b) => a - b), Array.from({ length: 50 }, (_, N) => N));
});

/** How long a call waits for a server that never answers, by the clock of the test. */
async function waited(options: FlushAfterOptions | undefined, context?: unknown): Promise<number> {
  await using it = await ship();
  it.hold();
  const handler = flushAfter(async (_event: object, _context?: unknown) => {
    it.log();
    return await Promise.resolve("answer");
  }, options);
  const startMs = it.clock.now();
  let isOver = false;
  const answer = handler({}, context).finally(() => (isOver = true));
  await it.collector.until(1);
  while (!isOver) {
    if (it.clock.now() - startMs > 20_000) throw new Error("The answer does not come");
    await it.clock.advance(50);
  }
  assert.equal(await answer, "answer");
  return it.clock.now() - startMs;
}

const remaining = (left: unknown): object => ({ getRemainingTimeInMillis: () => left });

for (
  const [what, wantedMs, options, context] of [
    ["two seconds", 2000, undefined, undefined],
    ["the option timeoutMs", 300, { timeoutMs: 300 }, undefined],
    ["what the context of AWS Lambda leaves, but half a second", 700, {}, remaining(1200)],
    ["what the context leaves, but the option marginMs", 1100, { timeoutMs: 5000, marginMs: 100 }, remaining(1200)],
    ["no longer than timeoutMs, though the context leaves more", 2000, {}, remaining(900_000)],
    ["as ever where the context says no number", 2000, {}, remaining("soon")],
    ["as ever where the second argument is no context", 2000, {}, { waitUntil: () => {} }],
  ] as const
) {
  test(`flushAfter() waits for a server that hangs: ${what}`, async () => {
    const ms = await waited(options, context);
    assert.ok(ms >= wantedMs && ms <= wantedMs + 100, `${ms} ms`);
  });
}

test("flushAfter() returns at once where no time is left; the events are sent with the next call", async () => {
  await using it = await ship();
  it.hold();
  const handler = flushAfter(async (_event: unknown, _context?: object) => await Promise.resolve(it.log()));
  await handler({}, remaining(100));
  await handler({}, remaining(-5));
  it.release();
  await handler({});
  // On a busy machine the request that is given up may have arrived before it was held, and its event is then sent again.
  assert.deepEqual([...new Set(it.numbers)], [1, 2, 3]);
});

test("flushAfter() waits for no request of an earlier call: one that hangs is given up, and its events are sent with the next", async () => {
  await using it = await ship({ requestTimeoutMs: 3_600_000, periodMs: 600_000 });
  const handler = flushAfter(async () => await Promise.resolve(it.log()), { timeoutMs: 300 });
  it.collector.fail([{ hang: true }]);
  const first = handler();
  await it.collector.untilRequests(1);
  await it.clock.advance(300);
  await first;
  assert.deepEqual([it.collector.received, it.seq.stats().queued], [0, 1]);
  await handler();
  assert.deepEqual([it.numbers, it.codes], [[1, 2], ["unreachable", "recovered"]]);
});

test("flushAfter() takes a context that throws for one that says nothing", async () => {
  await using it = observe();
  const context = {
    getRemainingTimeInMillis() {
      throw new Error("No clock");
    },
  };
  const handler = flushAfter(async (_event: object, _context: object) => await Promise.resolve(log.info("Event {N}", { N: 1 })));
  await handler({}, context);
  assert.deepEqual(it.seq.events.map(({ N }) => N), [1]);
});

test("flushAfter() returns although delivery fails or nothing is configured", async () => {
  using diagnostics = hearDiagnostics();
  const handler = flushAfter(async () => {
    log.error("x");
    return await Promise.resolve(7);
  }, { timeoutMs: 20 });
  const logging = configure({ serverUrl: "http://seq.test", fetch: () => Promise.reject(new Error("Down")) });
  assert.equal(await handler(), 7);
  await logging.shutdown({ timeoutMs: 0 });
  assert.equal(await flushAfter(async () => await Promise.resolve(8))(), 8);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["unreachable", "lost"]);
});

test("flushAfter() refuses wrong options, and lists them all", async () => {
  const handler = async (): Promise<void> => await Promise.resolve();
  const issues = await issuesOf(() => flushAfter(handler, { timeoutMs: -1, marginMs: "soon", timeout: 5 } as never));
  assert.deepEqual(issues.map(({ path }) => path), ["timeoutMs", "marginMs", "timeout"]);
  assert.match(issues[2]!.message, /did you mean timeoutMs\?/);
  assert.throws(() => flushAfter("handler" as never), /^TypeError: Cannot call flushAfter\(\): handler is not a function$/);
});

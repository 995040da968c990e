/** How a process ends that logs: the same on every runtime whose work outlives the call. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlushResult } from "../../mod.ts";
import { type RunningCollector, serveCollector, type ServeOptions } from "../support/collector.ts";
import { oneOfThree } from "../support/effort.ts";
import { range } from "../support/shipping.ts";
import { findRuntime, type ProgramResult, runProgram, type RuntimeName } from "../support/runtimes.ts";
import type { HoldsEnd } from "./programs/holds_spans.ts";
import { deadUrl } from "../support/unused_port.ts";

const timeout = 600_000;
/** A program that is not held by something of the library's is over long before. */
const timeoutMs = 300_000;
/** Longer than any program may run here: a timer of this length that holds the process is found out. */
const forEver = 600_000;
const key = "S3cret-K3y";

const numbers = ({ events }: RunningCollector): unknown[] => events.map(({ properties }) => properties.N);

/** Fails unless the program came to its natural end. */
function assertEnded({ code, signal, timedOut, stdout, stderr }: ProgramResult): void {
  assert.deepEqual({ code, signal, timedOut }, { code: 0, signal: null, timedOut: false }, `${stdout}${stderr}`);
}

/** How many events the program says are lost, each time it says so. */
function lossesToldIn(stderr: string): number[] {
  return Array.from(stderr.matchAll(/(\d+) events? could not be delivered/g), ([, count]) => Number(count));
}

/** Declares the tests of endings for a runtime. */
export function testEndings(runtime: RuntimeName): void {
  const isMissing = findRuntime(runtime) === undefined;
  const skipNext = oneOfThree(runtime);
  const run = (program: string, ...args: unknown[]): Promise<ProgramResult> =>
    runProgram(runtime, `tests/runtimes/programs/${program}.ts`, {
      args: args.map((arg) => typeof arg === "string" ? arg : JSON.stringify(arg)),
      timeoutMs,
    });
  const ending = (does: string, body: () => Promise<void>): void => {
    test(`the natural end on ${runtime} ${does}`, { timeout, skip: isMissing || skipNext() }, body);
  };
  const withCollector = (does: string, body: (seq: RunningCollector) => Promise<void>, serve: ServeOptions = {}): void => {
    ending(does, async () => {
      await using seq = await serveCollector({ port: 0, ...serve });
      await body(seq);
    });
  };

  withCollector("delivers 5 events that nobody has flushed", async (seq) => {
    const result = await run("ends", { serverUrl: seq.url }, 5);
    assertEnded(result);
    assert.deepEqual(numbers(seq), range(1, 5));
    assert.deepEqual([result.stdout, result.stderr], ["The last line\n", ""]);
  });

  withCollector("delivers 20 000 events that nobody has flushed", async (seq) => {
    const result = await run("ends", { serverUrl: seq.url, batchSize: 900, exitTimeoutMs: forEver }, 20_000);
    assertEnded(result);
    assert.deepEqual(numbers(seq), range(1, 20_000));
    assert.equal(result.stderr, "");
  });

  withCollector("does not wait for a period, and delivers what waits for it", async (seq) => {
    const result = await run("ends_late", { serverUrl: seq.url, periodMs: forEver });
    assertEnded(result);
    assert.deepEqual(numbers(seq), [1, 2, 3]);
    assert.equal(result.stderr, "");
  });

  withCollector("is not held up by the time-out of a request that was answered", async (seq) => {
    const result = await run("ends", { serverUrl: seq.url, requestTimeoutMs: forEver, exitTimeoutMs: forEver }, 1);
    assertEnded(result);
    assert.equal(seq.received, 1);
  });

  withCollector("tries again after a failure, and delivers", async (seq) => {
    seq.fail({ status: 503, times: 2 });
    const result = await run("ends", { serverUrl: seq.url, minBackoffMs: 50, maxBackoffMs: 100, exitTimeoutMs: forEver }, 5);
    assertEnded(result);
    assert.deepEqual(numbers(seq), range(1, 5));
  });

  withCollector("delivers for a handler that was replaced, too", async (seq) => {
    await using other = await serveCollector({ port: 0 });
    const result = await run(
      "ends",
      [seq, other].map(({ url }) => ({ serverUrl: url, retireTimeoutMs: forEver, exitTimeoutMs: forEver })),
      3,
    );
    assertEnded(result);
    assert.deepEqual([numbers(seq), numbers(other)], [[1, 2, 3], [4, 5, 6]]);
  });

  ending("comes in time with Seq refused, and says once how many events are left", async () => {
    const result = await run("ends", { serverUrl: await deadUrl(), apiKey: key, exitTimeoutMs: 500, minBackoffMs: 100 }, 7);
    assertEnded(result);
    assert.deepEqual(lossesToldIn(result.stderr), [7]);
    assert.equal(result.stdout, "The last line\n");
    assert.ok(!result.stderr.includes(key), result.stderr);
  });

  ending("comes in time with Seq refused and a long back-off", async () => {
    const backoff = { minBackoffMs: forEver, maxBackoffMs: forEver, retireTimeoutMs: forEver };
    const result = await run("ends", { serverUrl: await deadUrl(), exitTimeoutMs: 500, ...backoff }, 7);
    assertEnded(result);
    assert.deepEqual(lossesToldIn(result.stderr), [7]);
  });

  withCollector("comes with Seq hanging, once its request has timed out, and says once how many events are left", async (seq) => {
    seq.fail({ hang: true, times: Infinity });
    const result = await run("ends", { serverUrl: seq.url, exitTimeoutMs: 500, requestTimeoutMs: 700 }, 7); // no runtime reports its end while a request is open
    assertEnded(result);
    assert.deepEqual(lossesToldIn(result.stderr), [7]);
  });

  withCollector("comes in time though the program logs whenever it ends", async (seq) => {
    const result = await run("logs_at_end", { serverUrl: seq.url, exitTimeoutMs: 2000 });
    assertEnded(result);
    assert.deepEqual(numbers(seq), range(1, seq.received));
    assert.ok(seq.received >= 1);
  });

  const heldEnds: Readonly<Record<HoldsEnd, string>> = {
    beforeExit: "the natural end",
    exit: "process.exit()",
    throw: "an uncaught error",
    SIGTERM: "a signal",
  };
  for (const [end, name] of Object.entries(heldEnds)) {
    test(
      `${name} on ${runtime} gives up spans that wait, and counts and reports them`,
      { timeout, skip: isMissing || skipNext() },
      async () => {
        await using seq = await serveCollector({ port: 0 });
        const { stdout, stderr } = await run("holds_spans", { serverUrl: seq.url, handleSignals: true, handleUncaught: true }, end);
        assert.match(stderr, /given up: the program ends first \[spans-dropped, 2 times\]/, stdout);
        if (end === "exit") return assert.match(stderr, /"RequestPath":"\/inner"/); // what is lost is printed
        const request = seq.events.find(({ properties }) => properties.RequestPath === "/inner");
        assert.deepEqual([request?.properties.StatusCode, request?.clef["@st"]], [200, undefined]);
      },
    );
  }

  ending("is there at once with only the console configured", async () => {
    const result = await run("ends", { serverUrl: null }, 2);
    assertEnded(result);
    const lines = `${result.stdout}${result.stderr}`.trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => /Event \d|The last line/.exec(line)?.[0]), ["Event 1", "Event 2", "The last line"]);
  });

  test(`await flush() on ${runtime} waits for a slow Seq`, { timeout, skip: isMissing || skipNext() }, async () => {
    await using seq = await serveCollector({ port: 0 });
    seq.fail({ delayMs: 700 });
    const result = await run("flushes", { serverUrl: seq.url }, 3);
    assertEnded(result);
    const wanted: FlushResult = { delivered: 3, pending: 0, lost: 0 };
    assert.deepEqual(JSON.parse(result.stdout), wanted);
  });

  test(`await flush() on ${runtime} holds the process through a back-off`, { timeout, skip: isMissing || skipNext() }, async () => {
    await using seq = await serveCollector({ port: 0 });
    seq.fail({ status: 503 });
    const result = await run("flushes", { serverUrl: seq.url, minBackoffMs: 400, maxBackoffMs: 400 }, 3);
    assertEnded(result);
    assert.deepEqual(JSON.parse(result.stdout), { delivered: 3, pending: 0, lost: 0 });
  });

  test(`await flush() on ${runtime} returns at its deadline with Seq refused`, { timeout, skip: isMissing || skipNext() }, async () => {
    const result = await run("flushes", { serverUrl: await deadUrl(), exitTimeoutMs: 100 }, 3, { timeoutMs: 400 });
    assertEnded(result);
    assert.deepEqual(JSON.parse(result.stdout), { delivered: 0, pending: 3, lost: 0 });
    assert.deepEqual(lossesToldIn(result.stderr), [3]);
  });

  test(`console.log() of a handler on ${runtime} does not tell its key`, { timeout, skip: isMissing || skipNext() }, async () => {
    const result = await run("prints_handler", key);
    assertEnded(result);
    assert.match(result.stdout, /SeqHandler/);
    assert.ok(!`${result.stdout}${result.stderr}`.includes(key), `${result.stdout}${result.stderr}`);
  });
}

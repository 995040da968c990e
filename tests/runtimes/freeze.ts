/** A process that is frozen between calls, as AWS Lambda does it: what a call has logged is there before its answer, whatever happens meanwhile. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { type RunningCollector, serveCollector } from "../support/collector.ts";
import { eventually } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { repository } from "../support/install.ts";
import { cleanEnvironment, commandLine, findRuntime, type RuntimeName } from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";
import { unusedPort } from "../support/unused_port.ts";
import type { Invocation } from "./programs/freezes.ts";

const timeout = 600_000;
const program = join(repository, "tests/runtimes/programs/freezes.ts");

/** What a call has answered. */
interface Answer {
  readonly Id: string;
  readonly result: string;
  readonly tookMs: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly queued: number;
}

/** A function that runs only while it is called. */
interface Frozen extends AsyncDisposable {
  /** Thaws it, calls it, freezes it again. */
  call(invocation: Invocation): Promise<Answer>;
}

function freeze(runtime: RuntimeName, ...args: readonly string[]): Frozen {
  const [binary = "", ...line] = commandLine(runtime, program, { args });
  const child = spawn(binary, line, { cwd: repository, env: cleanEnvironment(), stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async call(invocation) {
      child.kill("SIGCONT");
      child.stdin.write(`${JSON.stringify(invocation)}\n`);
      const { value } = await lines.next();
      child.kill("SIGSTOP");
      return JSON.parse(value);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** How many events of each call the collector has. */
function counts({ events }: RunningCollector): Record<string, number> {
  const found: Record<string, Set<unknown>> = {};
  for (const { properties } of events) (found[String(properties.Id)] ??= new Set()).add(properties.N);
  return Object.fromEntries(Object.entries(found).map(([id, numbers]) => [id, numbers.size]));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const fine = ({ result, lost }: Answer): void => assert.deepEqual({ result, lost }, { result: "fine", lost: {} });

/** Declares the tests of frozen processes for a runtime. */
export function testFreeze(runtime: RuntimeName): void {
  const skip = findRuntime(runtime) === undefined;
  const declare = (does: string, body: () => Promise<void>): void => void test(`${runtime}: flushAfter() ${does}`, { timeout, skip }, body);

  declare("has all events of a call at Seq before the answer, though the process is frozen after it", async () => {
    await using seq = await serveCollector({ port: 0 });
    await using lambda = freeze(runtime, seq.url);
    for (const n of range(1, 6)) {
      fine(await lambda.call({ Id: `${n}`, count: n }));
      assert.equal(counts(seq)[n], n);
      await pause(n === 3 ? 2500 : 50); // beyond the period once
    }
    const { result } = await lambda.call({ Id: "throws", count: 2, throws: true });
    assert.deepEqual([result, counts(seq).throws], ["failed: No paper", 2]);
    assert.equal(seq.received, 23);
  });

  declare("loses nothing by a connection that is closed while the process is frozen", async () => {
    let seq = await serveCollector({ port: await unusedPort() });
    await using lambda = freeze(runtime, seq.url, JSON.stringify({ minBackoffMs: 50, maxBackoffMs: 200 }));
    for (const n of range(1, 4)) {
      fine(await lambda.call({ Id: `${n}`, count: 3 }));
      assert.equal(counts(seq)[n], 3);
      await seq.close();
      seq = await serveCollector({ port: seq.port });
      await pause(100);
    }
    await seq.close();
  });

  declare("goes on after a freeze in the midst of a request that hangs, and waits for no time that has passed", async () => {
    const requestTimeoutMs = 3000;
    await using seq = await serveCollector({ port: 0 });
    await using lambda = freeze(
      runtime,
      seq.url,
      JSON.stringify({ requestTimeoutMs, minBackoffMs: requestTimeoutMs, maxBackoffMs: requestTimeoutMs }),
    );
    fine(await lambda.call({ Id: "before", count: 1 }));
    seq.fail({ hang: true });
    const hanging = await lambda.call({ Id: "hanging", count: 2, allowedMs: 800 });
    assert.deepEqual([hanging.result, hanging.queued], ["fine", 2]);
    assert.ok(hanging.tookMs < requestTimeoutMs, `${hanging.tookMs} ms`);
    await pause(requestTimeoutMs + 500);
    const after = await lambda.call({ Id: "after", count: 3 });
    fine(after);
    assert.deepEqual([counts(seq), after.queued], [{ before: 1, hanging: 2, after: 3 }, 0]);
  });

  declare("does not wait for the back-off of calls before", async () => {
    await using seq = await serveCollector({ port: 0 });
    await using lambda = freeze(runtime, seq.url, JSON.stringify({ minBackoffMs: 60_000 }));
    seq.fail({ status: 503 });
    const failing = await lambda.call({ Id: "failing", count: 2, untilRefused: true, allowedMs: 0 });
    assert.deepEqual([failing.result, failing.queued], ["fine", 2]);
    await pause(1500);
    fine(await lambda.call({ Id: "next", count: 1 }));
    assert.deepEqual(counts(seq), { failing: 2, next: 1 });
  });

  declare("loses nothing of a queue on disk that another process has taken over meanwhile", async () => {
    using folder = new Folder();
    await using seq = await serveCollector({ port: 0 });
    await using lambda = freeze(runtime, seq.url, "{}", folder.path);
    fine(await lambda.call({ Id: "before", count: 1 }));
    seq.fail({ status: 503 });
    await lambda.call({ Id: "failing", count: 5, allowedMs: 600 });
    await using other = freeze(runtime, seq.url, "{}", folder.path);
    for (let n = 1; counts(seq).failing !== 5 && n < 400; n++) {
      await other.call({ Id: `other ${n}`, count: 1 });
      await pause(150);
    }
    const { lost } = await lambda.call({ Id: "after", count: 4 });
    assert.deepEqual(lost, {}, "what another process has taken over is no loss");
    await eventually(() => counts(seq).after === 4, "what was logged after the thaw is there");
    const { before, failing, after } = counts(seq);
    assert.deepEqual({ before, failing, after }, { before: 1, failing: 5, after: 4 });
  });
}

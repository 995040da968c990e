/** Threads of one process: each ships by itself, its events tell which one it was, and how it ends decides what becomes of those that wait. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type RunningCollector, serveCollector } from "../support/collector.ts";
import { eventually } from "../support/fake_clock.ts";
import { findRuntime, type RuntimeName, startProgram } from "../support/runtimes.ts";
import type { Ending } from "./programs/thread.ts";

const timeout = 600_000;
const timeoutMs = 300_000;
const program = "tests/runtimes/programs/threads.ts";

type Numbers = Readonly<Partial<Record<Ending, readonly number[]>>>;

/** The numbers of events by how their thread has ended. */
function byEnding(events: readonly Record<string, unknown>[]): Numbers {
  const found: Record<string, Set<number>> = {};
  for (const { Ending, N } of events) (found[Ending as string] ??= new Set()).add(N as number);
  return Object.fromEntries(Object.entries(found).map(([ending, numbers]) => [ending, [...numbers].sort()]));
}

const arrived = ({ events }: RunningCollector): Numbers => byEnding(events.map(({ properties }) => properties));
/** What was printed to stderr as lost. */
const printed = (stderr: string): Numbers =>
  byEnding(stderr.split("\n").filter((line) => line.startsWith('{"@t":')).map((line) => JSON.parse(line)));

/** Fails unless the events of each thread, and of no other, have a number of their own. */
function assertTold({ events }: RunningCollector, name: "ThreadId" | "InstanceId"): void {
  const pairs = new Set(events.map(({ properties }) => `${properties.Ending} ${properties[name] ?? "none"}`));
  const endings = new Set(events.map(({ properties }) => properties.Ending));
  const ids = new Set(events.map(({ properties }) => properties[name]));
  assert.deepEqual([pairs.size, ids.size, ids.has(undefined)], [endings.size, endings.size, false], [...pairs].join());
  assert.equal(new Set(events.map(({ properties }) => properties.ProcessId)).size, 1);
}

/** Declares the tests of threads for a runtime. */
export function testThreads(runtime: RuntimeName): void {
  const skip = findRuntime(runtime) === undefined;
  const isDeno = runtime.startsWith("deno");
  const declare = (does: string, body: (seq: RunningCollector) => Promise<void>): void =>
    void test(`${runtime}: ${does}`, { timeout, skip }, async () => {
      await using seq = await serveCollector({ port: 0 });
      await body(seq);
    });

  declare("worker threads ship by themselves: what waits is delivered, or told, unless the thread is terminated", async (seq) => {
    const endings: Ending[] = ["naturally", "after shutdown", "process.exit", "throw", "terminated"];
    const { code, stdout, stderr } = await startProgram(runtime, program, { args: [seq.url, "threads", ...endings], timeoutMs }).ended;
    assert.equal(code, 0, stdout + stderr);
    const all = [1, 2, 3];
    assert.deepEqual(arrived(seq), { "after shutdown": all, "process.exit": [1], throw: [1], terminated: [1], naturally: all }, stderr);
    assert.deepEqual(printed(stderr), { "process.exit": [2, 3], throw: [2, 3] });
    assert.deepEqual(stdout.split("\n").sort().slice(1), [
      ...["after shutdown: ended with 0", "naturally: ended with 0", "process.exit: ended with 3", "terminated: ended with 1"],
      ...["throw: Crash", "throw: ended with 1"],
    ]);
    assertTold(seq, "ThreadId");
  });

  if (runtime.startsWith("node")) return;

  declare("Web Workers ship by themselves; what waits when one is ended from outside is lost", async (seq) => {
    const endings: Ending[] = [
      "naturally",
      "never",
      "after shutdown",
      "process.exit",
      "terminated",
      ...(isDeno ? ["closed" as const] : []),
    ];
    const running = startProgram(runtime, program, { args: [seq.url, "web", ...endings], timeoutMs });
    const all = [1, 2, 3];
    await eventually(
      () =>
        (["naturally", "never", "after shutdown"] as const).every((ending) => arrived(seq)[ending]?.length === 3) &&
        endings.every((ending) => arrived(seq)[ending] !== undefined),
      "those that live, or end by themselves, have delivered, and the others their first event",
    );
    running.kill("SIGKILL");
    const { stderr } = await running.ended;
    const gone = { "process.exit": [1], terminated: [1], ...(isDeno && { closed: [1] }) };
    assert.deepEqual(arrived(seq), { naturally: all, never: all, "after shutdown": all, ...gone });
    assert.deepEqual(printed(stderr), { "process.exit": [2, 3] });
    assertTold(seq, isDeno ? "InstanceId" : "ThreadId");
  });
}

/** A process with a queue on disk that ends: in whatever way it does, and kill -9 is one, what was logged in a tick that had ended is there. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { serveCollector } from "../support/collector.ts";
import { folderIn, foldersIn, Life } from "../support/durable.ts";
import { isFull, oneOfThree } from "../support/effort.ts";
import { eventually } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { findRuntime, type Program, type ProgramOptions, runProgram, type RuntimeName, startProgram } from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";
import { deadUrl } from "../support/unused_port.ts";

const timeout = 600_000;
const timeoutMs = 300_000;
const program = "tests/runtimes/programs/durable_ticks.ts";

/** What is left in a folder, by another process that has waited for long enough. */
async function idsIn(root: string): Promise<string[]> {
  using life = new Life(root);
  await life.outwait();
  const ids = life.drain().map((line) => JSON.parse(line).Id);
  life.end();
  return ids;
}

/** What a program said of its lines before it was killed. */
function readStory(name: string, output: string): { readonly ended: string[]; readonly taken: string[] } {
  const said = output.split("\n").slice(0, -1); // the last line may be half a one
  const last = Math.max(0, ...said.filter((line) => line.startsWith("ended ")).map((line) => Number(line.slice(6))));
  return {
    ended: range(1, last).map((n) => `${name}:${n}`),
    taken: said.filter((line) => line.startsWith("took ")).flatMap((line) => line.slice(5).split(" ")),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a program that puts lines into the folder, and kills it at some moment; answers what it had said. */
async function liveAndDie(runtime: RuntimeName, root: string, name: string, does: string): Promise<ReturnType<typeof readStory>> {
  const running = startProgram(runtime, program, { args: [root, name, does], timeoutMs });
  await running.waitFor(name.endsWith("0") ? "ready" : "ended "); // every tenth may die before its first tick has ended
  await pause(Math.random() ** 2 * 60);
  running.kill("SIGKILL");
  const { stdout, stderr } = await running.ended;
  assert.equal(stderr, "");
  return readStory(name, stdout);
}

/** Fails unless each line that was on disk was delivered or is still there. */
async function assertAllThere(root: string, stories: readonly ReturnType<typeof readStory>[]): Promise<void> {
  const left = await idsIn(root);
  const there = new Set([...left, ...stories.flatMap(({ taken }) => taken)]);
  const ended = stories.flatMap(({ ended }) => ended);
  assert.deepEqual(ended.filter((id) => !there.has(id)), []);
  assert.ok(ended.length > 0, "some ticks had ended");
  assert.deepEqual(readdirSync(root), []);
}

/** The ways in which a process ends, with its exit code, and how many lines it has logged. */
const endings: readonly (readonly [ending: string, code: number | null, count?: number])[] = [
  ["naturally", 0],
  ["process.exit", 3],
  ["throw", 1],
  ["reject", 1],
  ["SIGTERM in the next tick", null],
  ["logging as it exits", 3, 22],
  ["delivering all", 0, 0],
];

/** Declares the tests of queues on disk for a runtime, with so many rounds of kill -9 in full runs. */
export function testDurable(runtime: RuntimeName, fullRounds: number): void {
  const skip = findRuntime(runtime) === undefined;
  const skipNext = oneOfThree(runtime);
  const rounds = isFull ? fullRounds : Math.ceil(fullRounds / 5);

  test(`a queue on disk on ${runtime} has all ticks that had ended, through ${rounds} rounds of kill -9`, { timeout, skip }, async () => {
    using folder = new Folder();
    const stories: ReturnType<typeof readStory>[] = [];
    for (const round of range(1, rounds)) {
      stories.push(await liveAndDie(runtime, folder.path, `r${round}`, round % 2 === 0 ? "until killed" : "until killed, draining"));
    }
    await assertAllThere(folder.path, stories);
  });

  for (const count of [2, 4]) {
    test(`${count} processes on ${runtime} that share a folder lose nothing, through kill -9 of each`, { timeout, skip }, async () => {
      using folder = new Folder();
      const lives = range(1, count).map(async (process) => {
        const stories = [];
        for (const round of range(1, Math.ceil(rounds / 10))) {
          stories.push(await liveAndDie(runtime, folder.path, `p${process}r${round}`, "until killed, draining"));
        }
        return stories;
      });
      await assertAllThere(folder.path, (await Promise.all(lives)).flat());
    });
  }

  for (const [ending, code, count = 20] of [...endings, ...(runtime.startsWith("deno") ? [["Deno.exit", 3] as const] : [])]) {
    test(`a queue on disk on ${runtime} has what was logged before the process ended: ${ending}`, {
      timeout,
      skip: skip || skipNext(),
    }, async () => {
      using folder = new Folder();
      const result = await runTicks(runtime, folder.path, ending);
      assert.deepEqual([result.code, result.timedOut], [code, false], `${result.stdout}${result.stderr}`);
      const isOrderly = code !== null && !(runtime.startsWith("deno") && code === 1);
      const heartbeats = foldersIn(folder.path).map((path) => readFileSync(join(path, "heartbeat"), "utf8"));
      assert.equal(heartbeats.every((text) => text.startsWith("released")), isOrderly, "the next process need not wait");
      assert.deepEqual((await idsIn(folder.path)).sort(), range(1, count).map((n) => `it:${n}`).sort());
    });
  }

  test(`events on ${runtime} that a process could not deliver before kill -9 are delivered by the next, which logs nothing`, {
    timeout,
    skip: skip || skipNext(),
  }, async () => {
    using folder = new Folder();
    await using seq = await serveCollector({ port: 0 });
    const dead = await deadUrl();
    const run = (url: string, count: number, does: string): Program =>
      startProgram(runtime, "tests/runtimes/programs/durable_logs.ts", { args: [url, folder.path, `${count}`, does], timeoutMs });
    const first = run(dead, 500, "waits");
    await first.waitFor("logged");
    first.kill("SIGKILL");
    await first.ended;
    const second = await run(dead, 100, "exits").ended;
    assert.deepEqual([second.code, second.stdout, second.stderr], [3, "", ""]);
    const third = run(seq.url, 0, "waits");
    await eventually(
      () => new Set(seq.events.map(({ properties }) => `${properties.ProcessId} ${properties.N}`)).size >= 600,
      "all are delivered",
    );
    await eventually(
      () => foldersIn(folder.path).every((path) => readdirSync(path).join() === "heartbeat"),
      "what is delivered is deleted",
    );
    third.kill("SIGKILL");
    await third.ended;
  });

  test(
    `events on ${runtime} that kill -9 has left are the next process's at once, however short it lives, but not those of one that lives`,
    {
      timeout,
      skip: skip || process.platform !== "linux" || skipNext(),
    },
    async () => {
      using folder = new Folder();
      await using seq = await serveCollector({ port: 0 });
      const dead = await deadUrl();
      const args = [dead, folder.path, "50", "waits", "0", "3600000"];
      const first = startProgram(runtime, "tests/runtimes/programs/durable_logs.ts", { args, timeoutMs });
      await first.waitFor("logged");
      const ended = { delivered: 0, pending: 0, lost: 0 };
      const only = (delivered: number): object => ({ flushed: { ...ended, delivered }, stats: { queued: 0, lost: {} }, ended });
      assert.deepEqual(await runToShutdown(runtime, seq.url, folder.path, 3, 60_000, 3_600_000), only(3), "it lives");
      first.kill("SIGKILL");
      await first.ended;
      assert.deepEqual(await runToShutdown(runtime, seq.url, folder.path, 3, 60_000, 3_600_000), only(53));
      assert.deepEqual(readdirSync(folder.path), []);
    },
  );

  test(`events on ${runtime} that flush() and shutdown() could not deliver are pending, not lost, and the next process's`, {
    timeout,
    skip: skip || skipNext(),
  }, async () => {
    using folder = new Folder();
    const dead = await deadUrl();
    const waits = (count: number): object => ({ delivered: 0, pending: count, lost: 0 });
    for (const count of [50, 80]) { // the second takes over what the first has left
      const said = await runToShutdown(runtime, dead, folder.path, count === 50 ? 50 : 30, 5000);
      assert.deepEqual(said, { flushed: waits(count), stats: { queued: count, lost: {} }, ended: waits(count) });
      assert.equal(readFileSync(join(folderIn(folder.path), "heartbeat"), "utf8").trim(), "released");
    }
    await using seq = await serveCollector({ port: Number(new URL(dead).port) }); // the same server: what is for another one stays where it is
    const none = { delivered: 0, pending: 0, lost: 0 };
    const all = { flushed: { ...none, delivered: 81 }, stats: { queued: 0, lost: {} }, ended: none };
    assert.deepEqual(await runToShutdown(runtime, seq.url, folder.path, 1, 60_000), all);
    const numbers = seq.events.map(({ properties }) => properties.N as number);
    const left = numbers[0] === 1 && numbers[1] === 1 ? numbers.slice(1) : numbers.slice(0, -1); // its own line may go before what it finds, or after
    assert.deepEqual(left, [...range(1, 50), ...range(1, 30)]);
    assert.equal(numbers.length, 81);
    assert.deepEqual(readdirSync(folder.path), []);
  });
}

/** Runs a program that logs with a queue on disk until it has shut down; answers what it said of its events. */
async function runToShutdown(
  runtime: RuntimeName,
  url: string,
  root: string,
  count: number,
  forMs: number,
  claimAfterMs = 1000,
): Promise<unknown> {
  const args = [url, root, `${count}`, "ends", `${forMs}`, `${claimAfterMs}`];
  const { code, stdout, stderr } = await runProgram(runtime, "tests/runtimes/programs/durable_logs.ts", { args, timeoutMs });
  assert.deepEqual([code, stderr], [0, ""], stdout);
  return JSON.parse(stdout);
}

/** Runs a program that logs 20 lines and ends in that way. */
export function runTicks(runtime: RuntimeName, root: string, ending: string, options: ProgramOptions = {}): ReturnType<typeof runProgram> {
  return runProgram(runtime, program, { args: [root, "it", `20 and ${ending}`], timeoutMs, ...options });
}

/** Starts a program that logs lines until it is killed. */
export function startTicks(runtime: RuntimeName, root: string): Program {
  return startProgram(runtime, program, { args: [root, "killed", "until killed"], timeoutMs });
}

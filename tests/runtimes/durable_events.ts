/** Processes that log with a queue on disk and are killed: what was logged in a tick that had ended is at the server, be it up, down or failing. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { type Fault, type RunningCollector, serveCollector } from "../support/collector.ts";
import { chunksIn, foldersIn } from "../support/durable.ts";
import { isFull, oneOfThree } from "../support/effort.ts";
import { eventually } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { findRuntime, type Program, type RuntimeName, startProgram } from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";
import { deadUrl } from "../support/unused_port.ts";

const timeout = 600_000;
const timeoutMs = 300_000;

/** What a program said of its events. */
interface Story {
  readonly name: string;
  /** How many it has logged, or was about to log. */
  readonly logged: number;
  /** How many of them were on disk. */
  readonly ended: number;
}

/** The highest number that the program said behind a word; 0 if it never said it. */
function lastOf(word: string, output: string): number {
  const said = output.split("\n").slice(0, -1); // the last line may be half a one
  return Math.max(0, ...said.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length))));
}

const idsOf = (name: string, count: number): string[] => range(1, count).map((n) => `${name}:${n}`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Servers in all the states that there are. */
class Servers implements AsyncDisposable {
  readonly #collectors: RunningCollector[] = [];
  urls: string[] = [];

  static async start(): Promise<Servers> {
    const self = new Servers();
    const faults: (Fault | undefined)[] = [undefined, { status: 503 }, { delayMs: 40 }, { reset: "after" }];
    for (const fault of faults) {
      const collector = await serveCollector({ port: 0, keepEvents: 1_000_000 });
      if (fault !== undefined) collector.fail({ ...fault, times: Infinity });
      self.#collectors.push(collector);
    }
    self.urls = [...self.#collectors.map(({ url }) => url), await deadUrl()];
    return self;
  }

  /** That of the one which is well. */
  get up(): string {
    return this.urls[0]!;
  }

  /** That where nothing listens. */
  get down(): string {
    return this.urls.at(-1)!;
  }

  /** Which events are at any of them. */
  get ids(): Set<string> {
    return new Set(this.#collectors.flatMap(({ events }) => events.map(({ properties }) => properties.Id as string)));
  }

  /** How many events each has taken in; the last, which is down, is not among them. */
  get received(): number[] {
    return this.#collectors.map(({ received }) => received);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const collector of this.#collectors) await collector.close();
  }
}

/** Starts a program that logs until it is killed. */
function startLogging(runtime: RuntimeName, url: string, root: string, name: string, pauseMs = 0): Program {
  return startProgram(runtime, "tests/runtimes/programs/durable_events.ts", { args: [url, root, name, `${pauseMs}`], timeoutMs });
}

/** Kills a program; answers what it had said. */
async function kill(running: Program, name: string): Promise<Story> {
  running.kill("SIGKILL");
  const { stdout, stderr } = await running.ended;
  assert.equal(stderr, "");
  return { name, logged: lastOf("logs", stdout), ended: lastOf("ended", stdout) };
}

/** Plays rounds, so many at a time. */
async function playRounds(rounds: number, atOnce: number, play: (round: number) => Promise<Story>): Promise<Story[]> {
  const stories: Story[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < rounds) stories.push(await play(++next));
  };
  await Promise.all(range(1, atOnce).map(lane));
  return stories;
}

/** Whether nothing is left but the empty queue of one process. */
function isDelivered(root: string): boolean {
  try {
    const names = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name !== "filler");
    return names.length === 2 && names.some((name) => name.endsWith("heartbeat"));
  } catch {
    return false; // a folder is deleted at this moment
  }
}

/** Lets a last process, which logs nothing, deliver what is left, and fails unless all that had ended is at the servers, and nothing else. */
async function assertDelivered(runtime: RuntimeName, servers: Servers, root: string, stories: readonly Story[]): Promise<void> {
  const ended = stories.flatMap(({ name, ended }) => idsOf(name, ended));
  const missing = (): string[] => {
    const { ids } = servers;
    return ended.filter((id) => !ids.has(id));
  };
  const last = startProgram(runtime, "tests/runtimes/programs/durable_logs.ts", { args: [servers.up, root, "0", "waits"], timeoutMs });
  await last.waitFor("logged");
  await eventually(() => isDelivered(root), "what is delivered is deleted, and nothing is left");
  last.kill("SIGKILL");
  await last.ended;
  assert.deepEqual(missing().slice(0, 10), []);
  assert.ok(ended.length > 0, "some ticks had ended");
  const logged = new Set(stories.flatMap(({ name, logged }) => idsOf(name, logged)));
  assert.deepEqual([...servers.ids].filter((id) => !logged.has(id)), [], "nothing else is there");
}

/** Mounts a disk of 192 KiB; false where that is not allowed. */
function mountSmallDisk(path: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=192k,mode=700", "tmpfs", path]).status === 0;
}

/** Takes what room is left on a disk. */
function fill(path: string): void {
  try {
    for (;;) appendFileSync(path, new Uint8Array(1024));
  } catch (error) {
    assert.equal((error as { code?: string }).code, "ENOSPC");
  }
}

const canMount = ((): boolean => {
  using folder = new Folder();
  const isMounted = process.platform === "linux" && mountSmallDisk(folder.path);
  if (isMounted) spawnSync("umount", [folder.path]);
  return isMounted;
})();

/** Declares the tests of logging with a queue on disk for a runtime, with so many rounds of kill -9 and some more in full runs. */
export function testDurableEvents(runtime: RuntimeName, fullRounds: number): void {
  const rounds = isFull ? fullRounds : Math.max(4, Math.ceil(fullRounds / 10));
  const isMissing = findRuntime(runtime) === undefined;
  const skipNext = oneOfThree(runtime);

  for (const atOnce of [2, 4]) {
    const count = atOnce === 2 ? rounds : Math.max(isFull ? 8 : 4, Math.floor(rounds / 4));
    test(`what was logged on ${runtime} by ${atOnce} processes at a time is at the server, through ${count} rounds of kill -9`, {
      timeout,
      skip: isMissing || skipNext(),
    }, async () => {
      using folder = new Folder();
      await using servers = await Servers.start();
      const stories = await playRounds(count, atOnce, async (round) => {
        const name = `r${round}`;
        const url = servers.urls[round % servers.urls.length]!;
        const before = servers.received[0]!;
        const running = startLogging(runtime, url, folder.path, name);
        await running.waitFor(round % 10 === 0 ? "logs " : "ended "); // every tenth may die before its first tick has ended
        if (url === servers.up) await eventually(() => servers.received[0]! > before, "it delivers while it logs");
        await pause(Math.random() ** 2 * 80);
        return await kill(running, name);
      });
      assert.equal(servers.received[1], 0, "that one answers 503");
      await assertDelivered(runtime, servers, folder.path, stories);
    });
  }

  const diskRounds = Math.max(4, Math.floor(rounds / 4));
  test(`what was on disk on ${runtime} is at the server although the disk is full, through ${diskRounds} rounds of kill -9`, {
    timeout,
    skip: isMissing || (!canMount && "no disk can be mounted here") || skipNext(),
  }, async () => {
    using folder = new Folder();
    await using servers = await Servers.start();
    const root = folder.at("disk");
    mkdirSync(root);
    assert.ok(mountSmallDisk(root));
    try {
      let full = 0;
      const stories = await playRounds(diskRounds, 2, async (round) => {
        const name = `f${round}`;
        const running = startLogging(runtime, servers.down, root, name);
        await running.waitFor(round < 3 || full > 0 ? "held " : "logs ");
        await pause(Math.random() ** 2 * 80);
        if (running.output().includes("\nheld ")) full++;
        return await kill(running, name);
      });
      assert.ok(full >= diskRounds / 2, `${full} of ${diskRounds} had no room`);
      fill(join(root, "filler"));
      const last = startLogging(runtime, servers.up, root, "last", 5);
      await last.waitFor("told disk-failed");
      await last.waitFor("told disk-recovered");
      const held = lastOf("held", last.output());
      assert.ok(held > 0, "it logged while the disk was full");
      await eventually(() => {
        const { ids } = servers;
        return idsOf("last", held).every((id) => ids.has(id));
      }, "those are delivered while it lives");
      const before = lastOf("logs", last.output());
      await eventually(() => lastOf("ended", last.output()) > before, "there is room again, and events are on disk");
      stories.push(await kill(last, "last"));
      await assertDelivered(runtime, servers, root, stories);
    } finally {
      spawnSync("umount", ["--lazy", root]);
    }
  });

  test(`what a process on ${runtime} has left on disk can be read by people, and posted by hand`, {
    timeout,
    skip: isMissing || skipNext(),
  }, async () => {
    using folder = new Folder();
    await using servers = await Servers.start();
    const running = startLogging(runtime, servers.down, folder.path, "it");
    await eventually(() => lastOf("ended", running.output()) > 200, "some ticks have ended");
    const { ended, logged } = await kill(running, "it");
    const paths = foldersIn(folder.path).flatMap((path) => chunksIn(path).map((name) => join(path, name)));
    const text = paths.map((path) => readFileSync(path, "utf8")).join(""); // cat *.clef
    assert.ok(text.startsWith('{"@t":"') && text.endsWith("}\n"), text.slice(-100));
    const headers = { "Content-Type": "application/vnd.serilog.clef" };
    const response = await fetch(`${servers.up}/ingest/clef`, { method: "POST", headers, body: text });
    assert.equal(response.status, 201, await response.text());
    const { ids } = servers;
    assert.deepEqual(idsOf("it", ended).filter((id) => !ids.has(id)), []);
    assert.ok(ids.size <= logged);
  });
}

/** Three processes behind one port (examples/cluster): under load, through a rolling restart, and through kill -9 of one of them. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { type CollectedEvent, type RunningCollector, serveCollector } from "../support/collector.ts";
import { isFull } from "../support/effort.ts";
import { eventually } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { atOnce, freePort, Load } from "../support/load.ts";
import { findRuntime, type Program, type RuntimeName, startProgram } from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";

const timeout = 600_000;
const timeoutMs = 300_000;
/** So many requests that each of three workers gets some. */
const some = isFull ? 150 : 60;

/** A cluster that runs, and what it says to Seq. */
interface Cluster {
  readonly program: Program;
  readonly seq: RunningCollector;
  readonly load: Load;
}

async function start(runtime: RuntimeName, seq: RunningCollector, ...args: readonly string[]): Promise<Cluster> {
  const port = await freePort();
  const env = { SEQ_URL: seq.url, PORT: `${port}`, WORKERS: "3" };
  const program = startProgram(runtime, "examples/cluster/cluster.ts", { args, env, timeoutMs });
  await program.waitFor(`3 workers listen on port ${port}`);
  return { program, seq, load: new Load(port, seq) };
}

/** Ends it as a container is ended, and answers what it has printed to stderr. */
async function stop({ program }: Cluster): Promise<string> {
  program.kill("SIGTERM");
  const { code, signal, timedOut, stdout, stderr } = await program.ended;
  assert.deepEqual({ code, signal, timedOut }, { code: 0, signal: null, timedOut: false }, stdout.slice(-2000) + stderr);
  return stderr;
}

/** By the order: the processes of its events, of the application or of the access log. */
function events({ seq }: Cluster, kind: "shop.orders" | "gunicorn.access"): Map<number, number[]> {
  const orderOf = ({ properties: { Order, RequestPath } }: CollectedEvent): number =>
    Number(Order ?? String(RequestPath).split("/").at(-1));
  const found = new Map<number, number[]>();
  for (const event of seq.events.filter(({ properties }) => properties.LoggerName === kind)) {
    const order = orderOf(event);
    found.set(order, [...(found.get(order) ?? []), event.properties.ProcessId as number]);
  }
  return found;
}

/** Fails unless both events of each answered request arrived once, from the process that has answered. */
function assertOnce(cluster: Cluster, answered: readonly (readonly [order: number, pid: number])[]): void {
  for (const kind of ["shop.orders", "gunicorn.access"] as const) {
    const found = events(cluster, kind);
    const wrong = answered.filter(([order, pid]) => found.get(order)?.join() !== `${pid}`);
    assert.deepEqual(wrong.map(([order, pid]) => [order, pid, found.get(order)]), [], `${kind}: an event is missing, twice, or another's`);
  }
}

/** Fails unless each request was answered, but for a few that had reached nobody: a server that closes cuts connections on which nothing has come yet. */
function assertReached(cluster: Cluster): void {
  const { failed } = cluster.load;
  assert.ok(failed.length <= atOnce, `the requests ${failed.join()} failed`);
  for (const kind of ["shop.orders", "gunicorn.access"] as const) {
    assert.deepEqual(failed.filter((order) => events(cluster, kind).has(order)), [], "one that failed had reached a worker");
  }
}

/** Kills one of the workers that answer, and waits until a new one has taken its place. */
async function killOne({ program, load }: Cluster): Promise<number> {
  const pid = [...load.since()][0]!;
  process.kill(pid, "SIGKILL");
  load.forgive();
  await program.waitFor("died by SIGKILL");
  await program.waitFor("Worker 4 is there");
  return pid;
}

/** Keeps a cluster under load while something is done to it. */
async function underLoad<T>({ load }: Cluster, act: () => Promise<T>): Promise<T> {
  let isOver = false;
  const running = load.run(() => isOver);
  try {
    return await act();
  } finally {
    isOver = true;
    await running;
  }
}

/** What is laid over the example's file so that its handler keeps events on disk. */
function durableOverlay(path: string): string {
  const seq = { class: "seq", logger_name_property: "LoggerName", queue: { path, claim_after_ms: 1000 } };
  return JSON.stringify({ handlers: { seq: { ...seq, formatter: null, auto_flush_timeout: null, json_encoder_class: null } } });
}

/** Fails unless all three have answered; but Deno's primary forgets a new worker at times, and then gives it no connection. */
function assertShared(runtime: RuntimeName, answering: ReadonlySet<number>): void {
  if (runtime === "deno") assert.ok(answering.size >= 1);
  else assert.equal(answering.size, 3);
}

/** Declares the tests of clusters for a runtime. */
export function testCluster(runtime: RuntimeName): void {
  const skip = findRuntime(runtime) === undefined;
  const declare = (does: string, body: (seq: RunningCollector, t: TestContext) => Promise<void>): void =>
    void test(`${runtime}: three workers behind one port ${does}`, { timeout, skip }, async (t) => {
      await using seq = await serveCollector({ port: 0 });
      await body(seq, t);
    });

  declare("tell of every request once, and which of them it was, through a rolling restart under load", async (seq, t) => {
    const cluster = await start(runtime, seq);
    const { program, load } = cluster;
    await load.run(() => load.last >= some);
    const before = load.since();
    assertShared(runtime, before);
    const last = await underLoad(cluster, async () => {
      program.kill("SIGHUP");
      await program.waitFor("The workers are new");
      return load.last;
    });
    await load.run(() => load.last >= last + 2 * atOnce);
    if (runtime === "deno" && load.since(last + atOnce).size === 0) {
      await stop(cluster);
      return t.skip("Deno's primary has forgotten all of its new workers: nobody answers");
    }
    await load.run(() => load.last >= last + some);
    const after = load.since(last + atOnce);
    assert.deepEqual([...after].filter((pid) => before.has(pid)), []);
    const stderr = await stop(cluster);
    assert.doesNotMatch(stderr, /seqlog/);
    assertReached(cluster);
    assertOnce(cluster, [...load.answered]);
    assertShared(runtime, after);
    const ready = seq.events.filter((event) => event.messageTemplate.startsWith("A worker takes requests"));
    const ids = ready.map(({ properties }) => properties.WorkerId);
    assert.deepEqual(ids.sort(), range(1, 6));
  });

  declare("lose by kill -9 of one only what that one still had in memory", async (seq) => {
    const cluster = await start(runtime, seq);
    const { load } = cluster;
    await load.run(() => load.last >= some);
    const killed = await underLoad(cluster, () => killOne(cluster));
    const { last } = load;
    await load.run(() => load.last >= last + some);
    await stop(cluster);
    assert.deepEqual(load.failed.filter((order) => order > last), []);
    assertShared(runtime, load.since(last));
    assertOnce(cluster, [...load.answered].filter(([, pid]) => pid !== killed));
    const own = [...load.answered].filter(([, pid]) => pid === killed).map(([order]) => order);
    const arrived = own.filter((order) => events(cluster, "shop.orders").has(order));
    assert.ok(arrived.length > 0, "what it had delivered stays");
  });

  declare("lose nothing that was answered by kill -9 of one, with a queue on disk", async (seq) => {
    using folder = new Folder();
    const overlay = folder.at("durable.yml");
    writeFileSync(overlay, durableOverlay(folder.at("queue")));
    const cluster = await start(runtime, seq, overlay);
    const { load } = cluster;
    await load.run(() => load.last >= some);
    const killed = await underLoad(cluster, () => killOne(cluster));
    const answered = [...load.answered];
    const missing = (kind: Parameters<typeof events>[1]): (readonly [number, number])[] => {
      const found = events(cluster, kind);
      return answered.filter(([order, pid]) => !found.get(order)?.includes(pid));
    };
    await eventually(() => missing("shop.orders").length === 0, "an event of each answered request has arrived");
    await stop(cluster);
    const untold = missing("gunicorn.access"); // which is logged once the answer is sent
    assert.deepEqual(untold.filter(([, pid]) => pid !== killed), []);
    assert.ok(untold.length <= atOnce, `${untold.length} requests were answered, and their end not logged`);
  });
}

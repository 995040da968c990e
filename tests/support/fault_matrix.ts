/** A matrix of faults: what is logged while a server fails, and what has to be there when it has recovered. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import process from "node:process";
import type { QueueFactory, SeqOptions } from "../../mod.ts";
import { durableQueue } from "../../src/durable/durable_queue.ts";
import { foldersIn } from "./durable.ts";
import { eventually, FakeClock } from "./fake_clock.ts";
import { type FaultyServerOptions, type RawFault, serveFaulty } from "./faulty_server.ts";
import { Folder } from "./folder.ts";
import { range, ship, type Shipping } from "./shipping.ts";

/** The time that every test of the matrix has. */
export const timeout = 600_000;
type EverySecond = Required<Pick<SeqOptions, "minBackoffMs" | "maxBackoffMs" | "requestTimeoutMs">> & Pick<SeqOptions, "queue">;

/** With these bounds every wait is a second, and so is the time of a request, by the fake clock. */
export const everySecond: EverySecond = {
  ...{ minBackoffMs: 1000, maxBackoffMs: 1000, requestTimeoutMs: 1000 },
  get queue(): QueueFactory | undefined {
    return makeQueue?.();
  },
};

let makeQueue: (() => QueueFactory) | undefined;
/** Fails where events that are delivered or lost are still on disk. */
let checkDisk = (): void => {};

/** From now on the matrix is played with queues on disk, each in a folder of its own. */
export function useDurableQueues(): void {
  const folder = new Folder();
  process.once("exit", () => folder[Symbol.dispose]());
  let count = 0;
  makeQueue = () => durableQueue({ path: folder.at(`${++count}`), chunkBytes: 2000, clock: new FakeClock() });
  checkDisk = () => {
    const names = foldersIn(folder.at(`${count}`)).flatMap((path) => readdirSync(path));
    assert.deepEqual(names.filter((name) => !/^rejected(?:\.1)?\.clef$/.test(name)), ["heartbeat"]);
  };
}

/** What is expected in the end; all that is left out is as if nothing had failed. */
export interface Expected {
  /** How many attempts have failed. `"any"` where the runtime may try again by itself. Default: 0. */
  readonly failures?: number | "any";
  /** The numbers of the events that have to be lost. Default: none. */
  readonly lost?: readonly number[];
  /** Whether events may be there twice, because the client could not know that they were accepted. Default: false. */
  readonly mayRepeat?: boolean;
  /** What the library says of itself. Default: `unreachable` and `recovered`, if attempts have failed. */
  readonly codes?: readonly string[];
}

/**
 * Waits until all that was logged is delivered or lost; time passes by what each failure asks for, and for hanging requests.
 *
 * @param hanging How many connections or requests hang that the server has met, those that were given up included. A runtime may open a
 * connection before it has a request for it, so a connection counts only once a request has been begun since the last failure.
 */
export async function arrive(
  seq: Shipping,
  { waitMs = 1000, hanging = () => 0 }: { waitMs?: number; hanging?: () => number } = {},
): Promise<void> {
  let isOver = false;
  let failures = seq.seq.stats().retries;
  let [givenUp, begun] = [0, 0];
  const flushing = seq.seq.flush({ timeoutMs: 1e9 }).finally(() => isOver = true);
  const hasFailed = (): boolean => isOver || seq.seq.stats().retries > failures;
  const hangs = (): boolean => hanging() > givenUp && seq.sent.length > begun;
  while (!isOver) {
    await eventually(() => hasFailed() || hangs(), "all has arrived, or a request fails or hangs");
    if (!hasFailed()) {
      givenUp++;
      await seq.clock.advance(everySecond.requestTimeoutMs);
      await eventually(hasFailed, "a request that hangs is given up");
    }
    if (isOver) break;
    [failures, begun] = [seq.seq.stats().retries, seq.sent.length];
    assert.ok(failures < 100, `it fails for ever: ${JSON.stringify(seq.seq.stats())}`);
    await seq.clock.advance(waitMs);
  }
  await flushing;
}

/** Compares what there is with what has to be. */
export function verify(seq: Shipping, count: number, { failures = 0, lost = [], mayRepeat = false, codes }: Expected): void {
  const good = range(1, count).filter((n) => !lost.includes(n));
  assert.deepEqual(mayRepeat ? [...new Set(seq.numbers)] : seq.numbers, good);
  const { state, queued, delivered, retries, lost: losses } = seq.seq.stats();
  assert.deepEqual({ state, queued, delivered, lost: losses }, {
    state: "ok",
    queued: 0,
    delivered: good.length,
    lost: lost.length === 0 ? {} : { rejected: lost.length },
  });
  checkDisk();
  if (failures === "any") return;
  assert.equal(retries, failures);
  assert.deepEqual(seq.codes, codes ?? [...failures === 0 ? [] : ["unreachable", "recovered"], ...lost.map(() => "rejected")]);
}

/** A row of the matrix: a server that speaks HTTP by hand. */
export interface Row extends Expected, FaultyServerOptions {
  readonly faults: readonly RawFault[];
  /** How many events each tick logs. Default: 5, 1, 3. */
  readonly ticks?: readonly number[];
  /** What each event carries in addition to its number. Default: nothing. */
  readonly properties?: object;
  readonly options?: Partial<SeqOptions>;
}

/** Plays a row: logs while the server fails, waits, and compares. Answers how many requests the server has read. */
export async function play({ faults, ticks = [5, 1, 3], properties, options, keepAlive, tls, ...expected }: Row): Promise<number> {
  await using server = await serveFaulty(faults, { keepAlive, tls });
  await using seq = await ship({ ...everySecond, ...options, serverUrl: server.url });
  server.behind = seq.collector.fetch;
  for (const count of ticks) {
    seq.log(count, properties);
    await Promise.resolve();
  }
  await arrive(seq, { hanging: () => server.hanging });
  assert.equal(server.faults.length, 0, "every fault was met");
  verify(seq, ticks.reduce((sum, count) => sum + count, 0), expected);
  return server.requests;
}

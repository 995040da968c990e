/**
 * Puts lines into a queue on disk, tick after tick, and says after each which of them are on disk now.
 *
 * Arguments: the folder; a name, which its lines bear; what it does: `until killed`, `until killed, draining`, or `20 and` with one of `endings`.
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { setImmediate } from "node:timers";
import { durableQueue } from "../../../src/durable/durable_queue.ts";
import { ConfigError } from "../../../src/option_schema.ts";
import { pushLine } from "../../support/push_line.ts";

const [path = "", name = "", does = ""] = process.argv.slice(2);
const bounds = { queueSize: 1_000_000, maxQueueBytes: 10_000_000, overflow: "drop-oldest" } as const;
let last = 0;

/** Writes to stdout at once, whatever becomes of the process then; where the reader is slow, it waits. */
function say(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}

const endings: Readonly<Record<string, () => void>> = {
  naturally: () => {},
  "process.exit": () => process.exit(3),
  "Deno.exit": () => (globalThis as unknown as { Deno: { exit(code: number): void } }).Deno.exit(3),
  throw: () => {
    throw new Error("Crash");
  },
  reject: () => void Promise.reject(new Error("Crash")),
  "SIGTERM in the next tick": () => {
    queue.endTick(); // what the delivery does as the tick ends
    setTimeout(() => process.kill(process.pid, "SIGTERM"));
  },
  "logging as it exits": () => {
    process.on("exit", () => push(2));
    process.exit(3);
  },
  "delivering all": () => {
    if (queue.isSearching) return void setTimeout(endings["delivering all"]!); // what others have left comes first
    queue.endTick();
    drain();
  },
};

function push(count: number): void {
  for (let i = 0; i < count; i++) {
    pushLine(queue, JSON.stringify({ Id: `${name}:${++last}`, Text: "x".repeat(last * 31 % 97 === 0 ? 20_000 : last % 50) }));
  }
}

function drain(): void {
  const lease = queue.lease({ batchSize: 25, maxBatchBytes: 100_000 }, { nowMs: Date.now(), untilMs: Infinity });
  if (lease === undefined) return;
  const lines = new TextDecoder().decode(lease.body()).split("\n");
  say(`took ${lines.map((line) => JSON.parse(line).Id).join(" ")}`);
  lease.settle(lease.count);
}

function turn(): void {
  push(1 + last % 40);
  queue.endTick();
  say(`ended ${last}`);
  if (does.endsWith("draining")) drain();
  setImmediate(turn);
}

function makeQueue(): ReturnType<ReturnType<typeof durableQueue>> {
  try {
    return durableQueue({ path, chunkBytes: 50_000 })({ bounds, onLoss: () => {}, name: "seq", wake: () => {} });
  } catch (error) {
    if (error instanceof ConfigError) say(error.message);
    process.exit(error instanceof ConfigError ? 4 : 5);
  }
}

const queue = makeQueue();
say("ready");
if (does.startsWith("until killed")) turn();
else {
  push(20);
  endings[does.slice("20 and ".length)]!();
}

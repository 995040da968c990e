/**
 * Logs to a Seq with a queue on disk, in bursts, while it flushes and configures again, until it ends in one way or another.
 *
 * Arguments: the URL of Seq; the folder; the name of this life; a seed; how it ends: `naturally`, `shutdown`, `exit`, `SIGTERM`, `SIGKILL`, `steady`
 * (which continues until SIGTERM, and prints what it holds), or `drain` (which logs nothing, and delivers all that others have left).
 *
 * It says `ended N` once the tick has ended in which its events up to number N were logged: from then on none of them may be lost.
 */

import { readdirSync } from "node:fs";
import process from "node:process";
import { configure, flush, getLogger, onDiagnostic, shutdown, stats } from "../../../mod.ts";
import { durableQueue } from "../../../src/durable/durable_queue.ts";
import { seeded } from "../../support/seeded.ts";

const [url = "", path = "", name = "", seed = "1", ending = ""] = process.argv.slice(2);
const random = seeded(Number(seed));
const upTo = (most: number): number => Math.floor(random() * (most + 1));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const { Bun, gc = () => Bun?.gc(true) } = globalThis as { gc?: () => void; Bun?: { gc(isSync: boolean): void } };

onDiagnostic(({ code, message }) => {
  if (["lost", "gone", "overflow", "unreadable", "disk-failed", "handler-failed"].includes(code)) {
    console.log(`told ${code}: ${message}`);
  }
});

let isOver = false;
if (ending === "steady") process.on("SIGTERM", () => isOver = true);

/** Puts a configuration into force: sometimes with another queue, which lets the old one drain first. */
function configureAnew(): void {
  configure({
    serverUrl: url,
    queue: durableQueue({ path, claimAfterMs: 5000, chunkBytes: random() < 0.5 ? 65_536 : 1_048_576 }),
    periodMs: 10 * (1 + upTo(20)),
    batchSize: ending === "drain" ? 10_000 : 1 + upTo(500),
    requestTimeoutMs: 1000,
    minBackoffMs: 20,
    maxBackoffMs: 200,
    exitTimeoutMs: 500,
    handleSignals: ending === "SIGTERM" ? { timeoutMs: 500 } : false,
  });
}

/** Says what the process holds. */
function tellHeld(): void {
  gc();
  const files = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  const timers = process.getActiveResourcesInfo?.().filter((what) => what === "Timeout").length ?? 0;
  console.log(`held ${JSON.stringify({ heap: process.memoryUsage().heapUsed, files, timers })}`);
}

configureAnew();
if (ending === "drain") {
  for (let tries = 0; tries < 100; tries++) {
    await flush({ timeoutMs: 10_000 });
    if (stats().seq!.queued === 0 && readdirSync(path).filter((one) => !one.endsWith(".seen")).length <= 1) break;
    await pause(100);
  }
  await shutdown({ timeoutMs: 5000 });
  process.exit(0);
}

const steps = 10 + upTo(100);
let logged = 0;
for (let step = 0; ending === "steady" ? !isOver : step < steps; step++) {
  for (let left = upTo(20); left > 0; left--) {
    getLogger("soak").warn("Event {N}", { Life: name, N: ++logged, Text: "x".repeat(random() < 0.02 ? 60_000 : upTo(500)) });
  }
  await pause(0);
  console.log(`ended ${logged}`);
  const action = random();
  if (action < 0.05) await flush({ timeoutMs: upTo(200) });
  else if (action < 0.1) configureAnew();
  if (ending === "steady" && step % 25 === 24) tellHeld();
  await pause(upTo(20));
}
if (ending === "SIGKILL" || ending === "SIGTERM") {
  process.kill(process.pid, ending);
  await pause(60_000);
}
if (ending === "shutdown" || ending === "steady") await shutdown({ timeoutMs: 500 });
if (ending === "exit") process.exit(0);

/**
 * Logs numbered events to a Seq with a queue on disk, tick after tick until it is killed, and says of each tick what became of it: `logs` before it,
 * and when it has ended `ended` if its events are on disk, or `held` if they are in memory because the disk fails. What the library says of that, it
 * says, too: `told` and the code.
 *
 * Arguments: the URL of Seq; the folder; a name, which its events bear; how many milliseconds it waits between two ticks.
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { setImmediate } from "node:timers";
import { configure, getLogger, onDiagnostic } from "../../../mod.ts";
import { durableQueue } from "../../../src/durable/durable_queue.ts";
import { sameServer } from "./same_server.ts";

const [url = "", path = "", name = "", pauseMs = ""] = process.argv.slice(2);
let last = 0;
let isOnDisk = true;

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

onDiagnostic(({ code, message }) => {
  if (message.startsWith("Cannot keep events on disk")) isOnDisk = false;
  if (code === "disk-recovered") isOnDisk = true;
  if (/^disk-|^lost$|^overflow$/.test(code)) say(`told ${code}`);
});
configure({
  ...{ serverUrl: "http://seq.test", fetch: sameServer(url), periodMs: 0, batchSize: 200, minBackoffMs: 10, maxBackoffMs: 50 },
  queue: durableQueue({ path, chunkBytes: 20_000, claimAfterMs: 1000 }),
});
const logger = getLogger("durable");

function turn(): void {
  const count = 1 + last % 9;
  say(`logs ${last + count}`);
  for (let i = 0; i < count; i++) logger.info("Event {Id} {Text}", { Id: `${name}:${++last}`, Text: "x".repeat(last * 31 % 60) });
  (Number(pauseMs) > 0 ? setTimeout : setImmediate)(() => {
    say(`${isOnDisk ? "ended" : "held"} ${last}`);
    turn();
  }, Number(pauseMs));
}

turn();

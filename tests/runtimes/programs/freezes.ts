/**
 * Answers invocations as AWS Lambda's runtime does: one line of JSON each on its standard input, one line each on its standard output; between them it is frozen.
 *
 * Arguments: the URL of Seq; options of the shorthand, as JSON; the folder of a queue on disk, if there is to be one.
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { configure, flushAfter, getLogger, onDiagnostic, stats } from "../../../mod.ts";
import { durableQueue } from "../../../src/durable/durable_queue.ts";

/** One invocation. */
export interface Invocation {
  readonly Id: string;
  /** How many events it logs. */
  readonly count: number;
  readonly throws?: boolean;
  /** Whether it continues until a request of its events has failed. */
  readonly untilRefused?: boolean;
  /** For how long it may run. */
  readonly allowedMs?: number;
}

const [serverUrl = "", options = "{}", path = ""] = process.argv.slice(2);
onDiagnostic(() => {}); // what fails is tried again: the test looks at the events
configure({ serverUrl, ...JSON.parse(options), ...(path !== "" && { queue: durableQueue({ path, claimAfterMs: 1000 }) }) });

const handler = flushAfter(async ({ Id, count, throws, untilRefused }: Invocation, _context: object) => {
  for (let N = 1; N <= count; N++) {
    getLogger("lambda").info("Event {N} of {Id}", { N, Id });
    await new Promise((resolve) => setTimeout(resolve));
  }
  while (untilRefused && stats().seq?.retries === 0) await new Promise((resolve) => setTimeout(resolve));
  if (throws) throw new Error("No paper");
  return "fine";
}, { timeoutMs: 30_000 }); // on a machine that is busy, a delivery takes its time; what an invocation is allowed is less where that matters

for await (const line of createInterface({ input: process.stdin })) {
  const invocation: Invocation = JSON.parse(line);
  const beganMs = Date.now();
  const context = { getRemainingTimeInMillis: () => beganMs + (invocation.allowedMs ?? 60_000) - Date.now() };
  const result = await handler(invocation, context).catch(({ message }: Error) => `failed: ${message}`);
  const { seq } = stats();
  console.log(JSON.stringify({ Id: invocation.Id, result, tookMs: Date.now() - beganMs, lost: seq?.lost, queued: seq?.queued }));
}

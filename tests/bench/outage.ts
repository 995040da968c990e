/** What an outage of Seq leaves in the memory of the program that goes on logging. */

import type { MemoryFigures } from "./order.ts";
import { measure, refusedUrl, type Stage } from "./processes.ts";
import { formatMiB, formatNumber } from "./report.ts";

const events = 1_000_000;

/** Logs while every connection is refused, and prints what is kept. */
export async function benchOutage(stage: Stage): Promise<void> {
  const figures = await measure<MemoryFigures>(stage, { part: "memory", subject: "seqlog", url: await refusedUrl(), events });
  const { before, after, highest, queued, queuedBytes, lost } = figures;
  console.log(`\nAn outage: ${formatNumber(events)} events logged while Seq refuses every connection\n`);
  console.log(`  RSS ${formatMiB(before)} MiB before, ${formatMiB(after)} MiB after, ${formatMiB(highest)} MiB at most`);
  console.log(
    `  ${formatNumber(queued)} events are queued (${formatMiB(queuedBytes)} MiB), ${formatNumber(lost)} were dropped and counted`,
  );
  if (queued + lost !== events) throw new Error(`${events - queued - lost} events are neither queued nor counted`);
}

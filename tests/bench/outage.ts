/** How much memory a program needs that logs while Seq is down. */

import { judge } from "./goals.ts";
import type { MemoryFigures } from "./order.ts";
import { measure, refusedUrl, type Stage, startReceiver } from "./processes.ts";
import { formatMiB, formatNumber, type Target } from "./report.ts";

const events = 1_000_000;
/** Logged while Seq still takes them: an outage begins in a program that runs, whose engine has its usual memory. */
const warmUp = 200_000;
/** The default of the option. */
const maxQueueBytes = 33_554_432;

/** Logs while Seq is up and then while every connection is refused, and prints what is kept. */
export async function benchOutage(stage: Stage): Promise<Target[]> {
  const receiver = await startReceiver(stage.folder);
  const task = { part: "memory", subject: "seqlog", url: receiver.url, outageUrl: await refusedUrl(), events, warmUp } as const;
  const figures = await measure<MemoryFigures>(stage, task).finally(() => receiver.stop());
  const { before, after, highest, longestTickMs, queued, queuedBytes, lost } = figures;
  console.log(`\nAn outage: ${formatNumber(events)} events logged while Seq refuses every connection\n`);
  console.log(`  RSS ${formatMiB(before)} MiB before, ${formatMiB(after)} MiB after, ${formatMiB(highest)} MiB at most`);
  console.log(
    `  ${formatNumber(queued)} events are queued (${formatMiB(queuedBytes)} MiB), ${formatNumber(lost)} were dropped and counted`,
  );
  console.log(`  the longest tick of 1 000 events took ${formatNumber(longestTickMs)} ms`);
  if (queued + lost !== events) throw new Error(`${events - queued - lost} events are neither queued nor counted`);
  return [
    ...judge("outage memory", (highest - before) / maxQueueBytes, stage.runtime),
    ...judge("outage longest tick, ms", longestTickMs, stage.runtime),
  ];
}

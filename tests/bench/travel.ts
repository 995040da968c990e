/** The cost of an event from the call to the server's reply. */

import type { Arrival, TravelFigures } from "./order.ts";
import { measure, type Receiver, type Stage, startReceiver } from "./processes.ts";
import { judge } from "./goals.ts";
import { formatNumber, formatTable, inTurns, median, type Target, titles } from "./report.ts";

const rounds = 5;
const events = 200_000;
/** Logged before the measurement begins, so that the compiler has done its work. */
const warmUp = 50_000;

const notes = `
  The logging process's CPU time alone, user and system; the receiver is another process, and every event arrived there exactly once.
  LogTape has no sink for Seq: its records are made CLEF by hand. pino's lines are posted as they are, which Seq would not take.
  Both, and the bare loop, go by one fetch per 1 000 events, one at a time; @x/seqlog and seq-logging by their own batches.
  The queue of @x/seqlog, which is bounded, has room for all events here, as the others' have: while a program logs
  without a pause, Deno takes ten times as long to send a body of 1 MiB.`;

/** A run, and what it came to at the other end. */
interface Travel extends TravelFigures {
  readonly arrival: Arrival;
  readonly perCpuSecond: number;
}

/** Sends the events of every subject, and prints what that cost. */
export async function benchTravel(stage: Stage): Promise<Target[]> {
  console.log(`\nFrom the call to the server: ${formatNumber(events)} events, in ticks of 1 000\n`);
  const receiver = await startReceiver(stage.folder);
  try {
    const travels = await inTurns(Object.keys(titles), rounds, (subject) => travel(stage, receiver, subject));
    const speeds = new Map([...travels].map(([subject, runs]) => [subject, median(runs.map(({ perCpuSecond }) => perCpuSecond))]));
    console.log(`${format(travels, speeds)}\n${notes}`);
    const ours = speeds.get("seqlog")!;
    return [
      ...["bare", "seq_logging"].flatMap((peer) => judge(`travel to ${peer}`, ours / speeds.get(peer)!, stage.runtime)),
      ...judge("durable to memory", speeds.get("seqlog_durable")! / ours, stage.runtime),
    ];
  } finally {
    receiver.stop();
  }
}

/** One run; rejects if an event got lost, or arrived twice. */
async function travel(stage: Stage, receiver: Receiver, subject: string): Promise<Travel> {
  const figures = await measure<TravelFigures>(stage, { part: "e2e", subject, url: receiver.url, events, warmUp });
  const arrival = await receiver.arrival();
  if (arrival.events !== events + warmUp || arrival.distinct !== events + warmUp) {
    throw new Error(`Of ${events + warmUp} events of ${titles[subject]}, ${arrival.events} arrived, ${arrival.distinct} of them different`);
  }
  return { ...figures, arrival, perCpuSecond: (events / figures.cpuMs) * 1000 };
}

function format(travels: ReadonlyMap<string, readonly Travel[]>, speeds: ReadonlyMap<string, number>): string {
  const rows = [...travels].map(([subject, runs]) => {
    const speed = speeds.get(subject)!;
    const { requests, bytes } = runs.at(-1)!.arrival;
    return [
      titles[subject]!,
      formatNumber(speed),
      formatNumber(Math.max(...runs.map(({ perCpuSecond }) => perCpuSecond))),
      (speed / speeds.get("bare")!).toFixed(2),
      formatNumber(1e9 / speed),
      formatNumber(median(runs.map(({ wallMs }) => wallMs))),
      formatNumber(requests),
      formatNumber(bytes / (events + warmUp)),
    ];
  });
  return formatTable([
    ["events per CPU second", "median", "best", "to bare", "ns per event", "wall ms", "requests", "bytes per event"],
    ...rows,
  ]);
}

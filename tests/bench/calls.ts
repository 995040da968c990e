/** What one call costs its caller. */

import type { CallFigures, Variant } from "./order.ts";
import { measure, type Stage } from "./processes.ts";
import { judge } from "./goals.ts";
import { formatNumber, formatTable, inTurns, median, type Target, titles } from "./report.ts";

const repetitions = 5;
/** A disabled call of so many nanoseconds cannot be distinguished from one that costs nothing. */
const noiseNs = 3;

const variants: Readonly<Record<Variant, string>> = {
  plain: "enabled, three properties",
  bound: "enabled, of a child with two bound properties",
  context: "enabled, with five bound properties, and two of the context",
  nested: "enabled, with a nested object and a list",
  many: "enabled, with 20 properties",
  long: "enabled, with 10 kB of text",
  foreign: "enabled, with text beyond ASCII",
  error: "enabled, with an error",
  disabled: "disabled",
};
/** Which loggers know a kind of call. */
const knows: Readonly<Record<string, readonly string[]>> = {
  logtape: ["plain", "bound", "nested", "disabled"],
  seq_logging: ["plain", "bound", "nested"],
};

const notes = `
  The median of the rounds of a process, that of the calmest of ${repetitions}; the minimum of all their rounds.
  10 000 calls in a tick; what a logger puts off to the end of the tick is in the last columns only, and what it sends in none.
  pino and LogTape drop the line that they have made. seq-logging only queues, and makes its JSON when it sends; it has neither
  levels nor child loggers. The goals compare medians with the tick's end: this library's line is then encoded and queued.`;

interface Summary {
  readonly median: number;
  readonly minimum: number;
  readonly withTick: number;
}

/** Measures each kind of call of each logger, and prints it. */
export async function benchCalls(stage: Stage): Promise<Target[]> {
  console.log("\nOne call, in nanoseconds, and its ratio to pino's");
  const targets: Target[] = [];
  for (const variant of Object.keys(variants) as Variant[]) {
    const subjects = ["seqlog", "pino", "logtape", "seq_logging"].filter((subject) => knows[subject]?.includes(variant) ?? true);
    const figures = await inTurns(subjects, repetitions, (subject) => measure<CallFigures>(stage, { part: "calls", subject, variant }));
    const summaries = new Map([...figures].map(([subject, runs]) => [subject, summarize(runs)]));
    console.log(`\n${format(variants[variant], summaries)}`);
    const [ours, pinos] = ["seqlog", "pino"].map((subject) => summaries.get(subject)!.withTick) as [number, number];
    const isNoise = variant === "disabled" && ours - pinos <= noiseNs;
    targets.push(...judge(`call ${variant}`, isNoise ? Math.min(1, ours / pinos) : ours / pinos, stage.runtime));
  }
  console.log(notes);
  return targets;
}

/** Of the processes the one with the lowest median counts: what else the machine does can only make a call slower. */
function summarize(runs: readonly CallFigures[]): Summary {
  const medians = runs.map(({ samples }) => ({
    call: median(samples.map(({ call }) => call)),
    withTick: median(samples.map(({ withTick }) => withTick)),
  }));
  return {
    median: Math.min(...medians.map(({ call }) => call)),
    minimum: Math.min(...runs.flatMap(({ samples }) => samples.map(({ call }) => call))),
    withTick: Math.min(...medians.map(({ withTick }) => withTick)),
  };
}

function format(title: string, summaries: ReadonlyMap<string, Summary>): string {
  const pino = summaries.get("pino")!;
  const rows = [...summaries].map(([subject, { median, minimum, withTick }]) => {
    const ratios = [median / pino.median, minimum / pino.minimum, withTick / pino.withTick].map((ratio) => ratio.toFixed(2));
    return [titles[subject]!, formatNumber(median), formatNumber(minimum), ...ratios.slice(0, 2), formatNumber(withTick), ratios[2]!];
  });
  return formatTable([[title, "median", "minimum", "ratio of medians", "of minima", "median with tick's end", "its ratio"], ...rows]);
}

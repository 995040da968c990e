/** What a span costs, as a multiple of a log call with the same properties. */

import { judge } from "./goals.ts";
import type { SpanFigures } from "./order.ts";
import { measure, type Stage } from "./processes.ts";
import { formatNumber, formatTable, median, type Target } from "./report.ts";

const repetitions = 3;

const notes = `
  Three properties each, in nanoseconds with the end of the tick: the lines are then encoded and queued. The subjects take turns in one process;
  the medians of their rounds, and of ${repetitions} processes.`;

/** Measures spans and a log call in turns, and prints both. */
export async function benchSpans(stage: Stage): Promise<Target[]> {
  console.log("\nOne span, begun and ended\n");
  const runs: SpanFigures[] = [];
  for (let i = 0; i < repetitions; i++) runs.push(await measure<SpanFigures>(stage, { part: "spans", subject: "spans" }));
  const names = Object.keys(runs[0]!);
  const costs = names.map((name) => median(runs.map((figures) => figures[name]!)));
  const ratios = names.map((name) => median(runs.map((figures) => figures[name]! / figures["log call"]!)));
  const rows = names.map((name, i) => [name, formatNumber(costs[i]!), ratios[i]!.toFixed(2)]);
  console.log(`${formatTable([["", "median", "to a log call"], ...rows])}\n${notes}`);
  return names.flatMap((name, i) => judge(name, ratios[i]!, stage.runtime));
}

/** Whether a call costs the same however deep its logger is, however much is queued, and however many templates there are. */

import { judge } from "./goals.ts";
import type { GrowthFigures } from "./order.ts";
import { measure, type Stage } from "./processes.ts";
import { formatNumber, formatTable, type Target } from "./report.ts";

const titles: Readonly<Record<keyof GrowthFigures, string>> = {
  loggersDeep: "loggers deep",
  queued: "events queued",
  templates: "templates",
};

/** Measures a call by three amounts, and prints it. */
export async function benchGrowth(stage: Stage): Promise<Target[]> {
  const figures = await measure<GrowthFigures>(stage, { part: "growth", subject: "seqlog" });
  console.log("\nOne call, in nanoseconds, its line encoded and queued, the least of 12 rounds");
  return (Object.keys(titles) as (keyof GrowthFigures)[]).flatMap((what) => {
    const amounts = Object.entries(figures[what]);
    const rows = amounts.map(([amount, ns]) => [formatNumber(Number(amount)), formatNumber(ns)]);
    console.log(`\n${formatTable([[titles[what], "ns"], ...rows])}`);
    const costs = amounts.map(([, ns]) => ns);
    return judge(`growth ${what}`, Math.max(...costs) / costs[0]!, stage.runtime);
  });
}

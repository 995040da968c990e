/** What the benchmark is to come to, as ratios in one run: the targets of the closing table. */

import type { RuntimeName } from "../support/runtimes.ts";
import type { Target } from "./report.ts";

/** The figure on each runtime; where there is one number, it holds on all. */
type Goal = number | Readonly<Record<"node20" | "node" | "deno" | "bun", number>>;

const goal = (node20: number, node: number, deno: number, bun = deno): Goal => ({ node20, node, deno, bun });
const values = goal(1.1, 1.3, 1.5);

/** At most these ratios. */
const most: Readonly<Record<string, Goal>> = {
  "call plain": goal(0.8, 0.8, 1),
  "call context": goal(0.9, 0.9, 1),
  "call nested": values,
  "call many": values,
  "call long": values,
  "call foreign": values,
  "call error": values,
  "call disabled": 1,
  "span, startSpan": 2,
  "span, withSpan": 2,
  "child span, startSpan": 2,
  "child span, withSpan": 2,
  "unsampled span": 0.3,
  "growth loggersDeep": 1.1,
  "growth queued": 1.1,
  "growth templates": 1.1,
  "outage memory": 1.3,
  "outage longest tick, ms": 10,
  "request, to pino by hand": 1,
  "bytes getLogger": 10_000,
  "bytes SeqHandler + getLogger": 18_000,
  "bytes configure + getLogger": 22_000,
};

/** At least these ratios. */
const least: Readonly<Record<string, Goal>> = {
  "travel to bare": goal(3, 2.5, 2, 1),
  "travel to seq_logging": goal(12, 6, 6, 4),
  "durable to memory": 0.7,
};

/** Returns the row of a figure in the closing table; nothing where there is no goal for it. */
export function judge(what: string, figure: number, runtime: RuntimeName): Target[] {
  const isMost = Object.hasOwn(most, what);
  const goal = isMost ? most[what] : least[what];
  if (goal === undefined) return [];
  const limit = typeof goal === "number" ? goal : goal[runtime as "node20" | "node" | "deno" | "bun"] ?? goal.node;
  const isMet = isMost ? figure <= limit : figure >= limit;
  const digits = limit >= 1000 ? 0 : 2;
  return [{ what, wanted: `${isMost ? "<=" : ">="} ${limit}`, figure: figure.toFixed(digits), isMet }];
}

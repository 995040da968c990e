/**
 * Measures this library, and for comparison pino, LogTape, seq-logging and a loop without a logger.
 *
 *     tsx tests/bench/bench.ts [calls] [spans] [e2e] [growth] [size] [memory] [requests] [--runtime node20|node|deno|bun] [--check]
 *
 * Without a part, all are measured; without a runtime, on the Node that runs this (called node20; node is the newest). It fails if
 * something broke or an event got lost; with `--check`, also if a goal is missed: for people and nightly runs, not for CI.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { install } from "../support/install.ts";
import type { RuntimeName } from "../support/runtimes.ts";
import { bundlePrograms } from "./bundle.ts";
import { benchCalls } from "./calls.ts";
import { benchGrowth } from "./growth.ts";
import { benchOutage } from "./outage.ts";
import type { Stage } from "./processes.ts";
import { formatTable, type Target } from "./report.ts";
import { benchRequests } from "./requests.ts";
import { benchSpans } from "./spans.ts";
import { benchSize } from "./size.ts";
import { benchTravel } from "./travel.ts";

const parts: Readonly<Record<string, (stage: Stage) => Promise<Target[]>>> = {
  calls: benchCalls,
  spans: benchSpans,
  e2e: benchTravel,
  growth: benchGrowth,
  size: benchSize,
  memory: benchOutage,
  requests: benchRequests,
};
const runtimes: readonly RuntimeName[] = ["node20", "node", "deno", "bun"];

function readArguments(): { chosen: readonly string[]; runtime: RuntimeName; isChecked: boolean } {
  const { values, positionals } = parseArgs({
    options: { runtime: { type: "string", default: "node20" }, check: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((word) => !Object.hasOwn(parts, word));
  if (unknown.length > 0) throw new Error(`Cannot measure ${unknown.join(", ")}: the parts are ${Object.keys(parts).join(", ")}`);
  const runtime = runtimes.find((name) => name === values.runtime);
  if (runtime === undefined) throw new Error(`Cannot run on "${values.runtime}": the runtimes are ${runtimes.join(", ")}`);
  return {
    chosen: Object.keys(parts).filter((part) => positionals.length === 0 || positionals.includes(part)),
    runtime,
    isChecked: values.check,
  };
}

const { chosen, runtime, isChecked } = readArguments();
if (runtime !== "node20") await install("tests/runtimes");
const folder = mkdtempSync(join(tmpdir(), "seqlog-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
await bundlePrograms(folder);

console.log(
  `On ${runtime === "node20" ? `Node ${process.versions.node}` : `${runtime} of tests/runtimes`}, ${process.platform} ${process.arch}`,
);
const targets: Target[] = [];
for (const part of chosen) targets.push(...await parts[part]!({ folder, runtime }));
if (targets.length > 0) {
  const rows = targets.map(({ what, wanted, figure, isMet }) => [what, wanted, figure, isMet ? "met" : "MISSED"]);
  console.log(`\nTargets\n\n${formatTable([["", "wanted", "measured", ""], ...rows])}`);
}
if (isChecked && targets.some(({ isMet }) => !isMet)) process.exitCode = 1;

/**
 * A long soak, by command: `npm run soak -- --minutes 10 [--runtime node|deno|bun] [--seed 1] [--lanes 3]`; without a runtime, all three in turn.
 */

import process from "node:process";
import { parseArgs } from "node:util";
import type { RuntimeName } from "../support/runtimes.ts";
import { assertSound, soak } from "./soak.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, runtime: { type: "string" }, seed: { type: "string" }, lanes: { type: "string" } },
});
const runtimes = values.runtime === undefined ? ["node", "deno", "bun"] as const : [values.runtime as RuntimeName];
for (const runtime of runtimes) {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${runtime}: ${values.minutes} minutes, seed ${seed}`);
  const result = await soak({ runtime, seconds: 60 * Number(values.minutes), seed, lanes: Number(values.lanes ?? 3) });
  const { lives, ended, copies, missing, held } = result;
  console.log(`${runtime}: ${lives} lives, ${ended} events, ${copies} copies, ${missing.length} missing, held ${JSON.stringify(held)}`);
  try {
    assertSound(result);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}

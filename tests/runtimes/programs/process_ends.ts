/** A program that goes on logging while it ends. */

import process from "node:process";
import { configure, getLogger, stats } from "../../../mod.ts";

/** What the program does. */
export interface EndsPlan {
  readonly options: object;
  /** How often it logs, and how many times once it is ready. */
  readonly everyMs: number;
  readonly times: number;
  /** Whether it also writes to the console by itself. */
  readonly prints?: boolean;
}

const plan: EndsPlan = JSON.parse(process.argv[2]!);
configure(plan.options as Parameters<typeof configure>[0]);
let n = 0;
let left = Infinity;
setInterval(() => {
  if (left-- <= 0) return;
  getLogger("ends").info("Event {N}", { N: ++n });
  if (plan.prints) console.log(`Line ${n}`);
}, plan.everyMs);
process.on("exit", () => process.stdout.write(`${JSON.stringify({ n, lost: stats().seq?.lost ?? {} })}\n`));
setTimeout(() => {
  console.log("Ready");
  left = plan.times;
}, 50);

/** A program that still logs while it ends. */

import { appendFileSync } from "node:fs";
import process from "node:process";
import { configure, getLogger, stats } from "../../../mod.ts";
import { durableQueue } from "../../../src/durable/durable_queue.ts";

/** What the program does. */
export interface EndsPlan {
  readonly options: object;
  /** How often it logs, and how many times once it is ready. */
  readonly everyMs: number;
  readonly times: number;
  /** Whether it also writes to the console by itself. */
  readonly prints?: boolean;
  /** The folder of a queue on disk, and the file that gets the number of each event. */
  readonly folder?: string;
  readonly numbers?: string;
  /** How it ends once it has logged all. */
  readonly ends?: "throw" | "exit";
}

const plan: EndsPlan = JSON.parse(process.argv[2]!);
const queue = plan.folder === undefined ? undefined : durableQueue({ path: plan.folder });
configure({ ...plan.options, ...(queue && { queue }) } as Parameters<typeof configure>[0]);
let n = 0;
let left = Infinity;
setInterval(() => {
  if (left-- <= 0) return left === -1 ? end() : undefined;
  if (plan.numbers !== undefined) appendFileSync(plan.numbers, `${n + 1}\n`);
  getLogger("ends").info("Event {N}", { N: ++n });
  if (plan.prints) console.log(`Line ${n}`);
}, plan.everyMs);

function end(): void {
  if (plan.ends === "exit") process.exit(3);
  if (plan.ends === "throw") throw new Error("Boom");
}

const say = (text: string): void => {
  if (plan.prints) console.log(text); // Bun's and Deno's console passes over what cannot be written, process.stdout throws
  else if (plan.numbers === undefined) process.stdout.write(`${text}\n`); // perhaps without a reader
};
process.on("exit", () => say(JSON.stringify({ n, lost: stats().seq?.lost ?? {} })));
setTimeout(() => {
  say("Ready");
  left = plan.times;
}, 50);

/**
 * How much is tried: `npm test -- full` tries all of what is random on the newest Node and a tenth elsewhere, and every cell of each matrix;
 * `npm test` tries a tenth and a fiftieth, and leaves out what {@linkcode leftToFull} names. A file that is run by hand is tried in full.
 */

import process from "node:process";

/** The variable by which tests/run.ts tells the part, between 0 and 1. */
export const effortVariable = "SEQLOG_TESTS_EFFORT";

const part = Number(process.env[effortVariable] ?? 1);

/** Whether all is tried. */
export const isFull: boolean = part === 1;

/** So many rounds where all are run, and less elsewhere, but not less than a number. */
export function rounds(all: number, least = 1): number {
  return Math.max(least, Math.round(all * part));
}

/** What only full runs try, in words: the run says so at its end. */
export const leftToFull: readonly string[] = [
  "nine tenths of what is random, such as seeds, rounds of kill -9, plays against Python and requests to servers under load",
  "the largest sizes: texts of 50 MB, lists of a million, a burst of 100 000 events, 50 poisoned events",
  "two thirds of the hard values in each adapter (each value is tried in one of them), and all in the log calls",
  "every second test of how a process ends, of its queue on disk and of its permissions, on Node 20 and on Deno 2.1",
  "one of two tests of request logs in each kind of Worker; Next, webpack for Node, TypeScript 5.9, a second build of the package",
];

/** The reason to skip every second test of those that are tried on the newest version as well: the lowest one differs in little. */
export function everySecond(runtime: string): () => string | false {
  let count = 0;
  const isLowest = runtime === "node20" || runtime === "deno2.1";
  return () => !isFull && isLowest && count++ % 2 === 1 && "full runs try it, and all runs try it on the newest version";
}

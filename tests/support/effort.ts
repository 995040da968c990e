/**
 * How much is tried: `npm test -- full` tries all of what is random on the newest Node and a tenth elsewhere, and every cell of each matrix;
 * `npm test` tries a tenth and a fiftieth, and leaves out what {@linkcode leftToFull} names. A file that is run by hand is tried in full.
 */

import process from "node:process";

/** The variable by which tests/run.ts passes the part, between 0 and 1. */
export const effortVariable = "SEQLOG_TESTS_EFFORT";

const part = Number(process.env[effortVariable] ?? 1);

/** Whether all is tried. */
export const isFull: boolean = part === 1;

/** Whether little is tried: the newest Node tries more, and the other runtimes differ in little of what large sizes and many rounds show. */
export const isBrief: boolean = part < 0.1;

/** So many rounds where all are run, and less elsewhere, but not less than a number. */
export function rounds(all: number, least = 1): number {
  return Math.max(least, Math.round(all * part));
}

/** What only full runs try, in words: the run says so at its end. */
export const leftToFull: readonly string[] = [
  "nine tenths of what is random, such as seeds, rounds of kill -9, plays against Python and requests to servers under load",
  "the largest sizes: texts of 50 MB, lists of a million, a burst of 100 000 events, 50 poisoned events",
  "on all but the newest Node, three tests of arithmetic and bounds, and values that stand in a list by themselves as well",
  "on Deno, tests of mere texts, numbers and fake clocks: the newest Node, which has its engine, tries them all",
  "two thirds of the hard values in each adapter (each value is tried in one of them), and all in the log calls",
  "two of three tests of how a process ends, of its queue on disk and of its permissions, on Node 20 and on Deno 2.1",
  "how a process ends, half of the table: of servers, queues and ends; and of listeners, errors and who comes first",
  "one of two tests of request logs in each kind of Worker, and two of three tests of the oldest workerd",
  "Next, webpack of the sources and of CommonJS, ncc of modules, TypeScript 5.9, a second build of the package",
];

/** The oldest versions promised, by the names that the tests give them. */
const oldest: readonly unknown[] = ["node20", "deno2.1", "old"];

/** The reason to skip two of three tests of those that are tried on the newest version as well: the lowest one differs in little. */
export function oneOfThree(runtime: unknown): () => string | false {
  let count = 0;
  const isOldest = oldest.includes(runtime);
  return () => !isFull && isOldest && count++ % 3 !== 0 && "full runs try it, and all runs try it on the newest version";
}

/** The reason to skip a cell of a table, such as in a chessboard's black fields: each row and each column has others that all runs try. */
export function black(row: number, column: number): string | false {
  return !isFull && (row + column) % 2 === 1 && "full runs try it, and all runs try others of its row and column";
}

/** How much of what is random is tried: all of it on one runtime, a part on the others, which differ in little of what it finds. */

import process from "node:process";

/** The variable by which tests/run.ts tells the part, between 0 and 1. */
export const effortVariable = "SEQLOG_TESTS_EFFORT";

const part = Number(process.env[effortVariable] ?? 1);

/** Whether all is tried. */
export const isFull: boolean = part === 1;

/** So many rounds where all are run, and less elsewhere. */
export function rounds(all: number): number {
  return Math.max(1, Math.round(all * part));
}

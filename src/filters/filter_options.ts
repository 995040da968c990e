/** What the options of filters have in common: how they are read, and regular expressions among them. */

import { levels, offRank, parseRank } from "../event/level.ts";
import { below, describe, must, type Reader, text, wrong } from "../option_schema.ts";
import { kindOf } from "../event/value_kind.ts";

/** Options of which one of these has to be there, and not be empty; the rule is that of the first. */
export function needing<T extends object>(read: Reader<T>, rule: string, ...names: readonly (string & keyof T)[]): Reader<T> {
  const readAll: Reader<T> = (given, path, issues) => {
    const known = read(given, path, issues) ?? {} as T;
    const isThere = (name: keyof T): boolean => name in known && Object(known[name]).length !== 0;
    if (!names.some(isThere)) issues.push(wrong(below(path, names[0]!), rule, known[names[0]!]));
    return known;
  };
  return describe(readAll, read.about);
}

/** A regular expression of one's own, whose state nobody shares. */
export const pattern: Reader<RegExp> = describe(
  must("a regular expression, or its source as text", (given) => {
    try {
      return typeof given === "string" || kindOf(given) === "RegExp" ? new RegExp(given) : undefined;
    } catch {
      return undefined; // the source is none
    }
  }),
  text.about,
);

const level = (read: (given: never) => string | undefined): Reader<string> =>
  describe(must("a level, by name or by Python's number", read, levels), { type: "level" });

/** The least severe level that passes; a number is Python's, and means the least severe level that is not below it. */
export const least: Reader<string> = level((given) => levels[parseRank(given) ?? offRank]);

/** The most severe level that passes; a number is Python's, and means the most severe level that is not above it. */
export const most: Reader<string> = level((given) => {
  const rank = parseRank(given);
  const number = Number(given);
  return levels[rank === undefined || Number.isNaN(number) ? rank ?? offRank : Math.min(Math.floor(number / 10), levels.length - 1)];
});

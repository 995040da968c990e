/** What the filters' options share: required options, regular expressions and levels. */

import { levels, offRank, parseRank } from "../event/level.ts";
import { below, describe, must, type Reader, text, wrong } from "../option_schema.ts";
import { kindOf } from "../event/value_kind.ts";

/** Makes a reader that requires at least one of the named options, not empty. The rule describes the first. */
// @__NO_SIDE_EFFECTS__
export function needing<T extends object>(read: Reader<T>, rule: string, ...names: readonly (string & keyof T)[]): Reader<T> {
  const readAll: Reader<T> = (given, path, issues) => {
    const known = read(given, path, issues) ?? {} as T;
    const isThere = (name: keyof T): boolean => name in known && Object(known[name]).length !== 0;
    if (!names.some(isThere)) issues.push(wrong(below(path, names[0]!), rule, known[names[0]!]));
    return known;
  };
  return describe(readAll, read.about);
}

/** Reads a regular expression, and copies it, so that no other code changes its `lastIndex`. */
export const pattern: Reader<RegExp> = describe(
  must("a regular expression, or its source as text", (given) => {
    try {
      return typeof given === "string" || kindOf(given) === "RegExp" ? new RegExp(given) : undefined;
    } catch {
      return undefined; // not a valid source
    }
  }),
  text.about,
);

const level = (read: (given: never) => string | undefined): Reader<string> =>
  describe(must("a level, by name or by Python's number", read, levels), { type: "level" });

/** The least severe level that passes. A number is Python's, and means the least severe level at or above it. */
export const least: Reader<string> = level((given) => levels[parseRank(given) ?? offRank]);

/** The most severe level that passes. A number is Python's, and means the most severe level at or below it. */
export const most: Reader<string> = level((given) => {
  const rank = parseRank(given);
  const number = Number(given);
  return levels[rank === undefined || Number.isNaN(number) ? rank ?? offRank : Math.min(Math.floor(number / 10), levels.length - 1)];
});

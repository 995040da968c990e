/** Decides which words and numbers mean which of the six levels. */

import { isList } from "./value_kind.ts";

/** The level of an event, from the least to the most severe. In CLEF: Verbose, Debug, Information, Warning, Error and Fatal. */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** A level as a threshold: `"off"` logs nothing. */
export type Threshold = Level | "off";

/** The rank of a threshold that can be changed; `undefined` if none is set. */
export interface LevelSwitch {
  rank: number | undefined;
}

/** The levels, least severe first; a level's index is its rank. */
export const levels: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];

/** The rank above every event: the threshold `"off"`. */
export const offRank = 6;

/** The name of each level in CLEF (Serilog's names), by rank. */
export const clefNames: readonly string[] = ["Verbose", "Debug", "Information", "Warning", "Error", "Fatal"];

// Serilog, Python logging, syslog (RFC 5424) and the short forms that Seq recognizes, all in lower case.
const aliases =
  "notset all t tr trc trce trace v ver vrb verb verbose|d de dbg deb dbug debu debug|i in inf info information informational notice|" +
  "w wa war wrn warn warning|e er err erro eror error severe|f fa ftl fat fatl fatal c cr crt cri crit critical alert emerg emergency panic|" +
  "off none silent";
let rankByName: ReadonlyMap<string, number> | undefined;
/** Returns the ranks by name; a program that only imports the library does not pay for them. */
const ranks = (): ReadonlyMap<string, number> =>
  rankByName ??= new Map(aliases.split("|").flatMap((words, rank) => words.split(" ").map((word) => [word, rank] as const)));

/** Every known word for a level or a threshold, in lower case. */
export const levelNames = (): string[] => [...ranks().keys()];

/** The words that the documentation of {@linkcode parseLevel} names, for messages. */
export const levelWords: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "off"];

/**
 * Returns the rank of a word or of a Python level number, 0 (trace) to 6 (off); `undefined` if it is unknown.
 *
 * A number is Python's threshold and means the least severe level at or above it (25 is `"warn"`). A number above 50 means off, because no
 * level is above it. A number below 0 means trace.
 */
export function parseRank(value: unknown): number | undefined {
  if (typeof value === "string") {
    const known = ranks().get(value); // the usual words are found as they are
    if (known !== undefined) return known;
    const word = value.trim().toLowerCase();
    return ranks().get(word) ?? (/^[-+]?\d+$/.test(word) ? parseRank(Number(word)) : undefined);
  }
  if (typeof value !== "number" || Number.isNaN(value)) return undefined;
  return value <= 5 ? 0 : Math.min(Math.ceil(value / 10), offRank);
}

/**
 * Reads a level from any of its usual names, in any case, or from a Python level number.
 *
 * Accepts the names of Serilog, Python logging (`NOTSET`, `WARN`, `CRITICAL`, …), syslog, and Seq's own short forms. A number up to 50 is
 * Python's, and means the least severe level at or above it.
 *
 * @param value The name or number.
 * @returns The level.
 * @throws {TypeError} If the value names no level; `"off"` is a threshold and not the level of an event.
 * @example
 * ```ts
 * import { parseLevel } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseLevel("WARNING"), "warn");
 * assert.equal(parseLevel(10), "debug");
 * ```
 */
export function parseLevel(value: string | number): Level {
  return levels[requireRank(value, levels)]!;
}

/** Returns the rank of a level, or of a threshold, given by any of its words. Throws a TypeError for any other value. */
export function requireRank(level: unknown, words: readonly string[] = levelWords): number {
  const rank = parseRank(level);
  if (rank !== undefined && rank < words.length) return rank;
  throw new TypeError(`Cannot read a level as one of ${words.join(", ")}: current value is ${quote(level)}`);
}

/**
 * Returns a short, safe text of a value for messages. Does not show the content of lists and objects, because reading it might never end or
 * run their code.
 */
export function quote(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return isList(value) ? "a list" : "an object";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value);
  return text.length > 80 ? text.slice(0, 79) + "…" : text;
}

/** How options are read: every mistake is found, with its place and the nearest legal word. */

import { levels, levelWords, offRank, parseRank, quote, type Threshold } from "./level.ts";

/** One mistake in a configuration. */
export interface Issue {
  /** Where it stands, as the configuration writes it: `handlers.seq.serverUrl`. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** A wrong configuration: it lists every mistake at once, and nothing of it was put into force. */
export class ConfigError extends TypeError {
  /** Every mistake, in the order of the configuration. */
  readonly issues: readonly Issue[];

  /** @param issues The mistakes; at least one. */
  constructor(issues: readonly Issue[]) {
    const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
    super(
      `Cannot configure logging: ${count}\n${
        issues.map(({ path, message }) => `  ${path === "" ? "(top level)" : path}: ${message}`).join("\n")
      }`,
    );
    this.name = "ConfigError";
    this.issues = issues;
  }
}

/** Reads a value at a path; tells the issues of a wrong one and returns `undefined`. */
export type Reader<T> = (value: unknown, path: string, issues: Issue[]) => T | undefined;

/** The place of a name below a path. */
export function below(path: string, name: string | number): string {
  const part = String(name);
  if (!/^[\w$-]+$/.test(part)) return `${path}[${quote(part)}]`;
  return path === "" ? part : `${path}.${part}`;
}

/** Reads by a test; the rule stands in the message. */
export function value<T>(rule: string, test: (value: unknown) => value is T, secret = false): Reader<T> {
  return (given, path, issues) => {
    if (test(given)) return given;
    issues.push({ path, message: `Cannot use this as ${rule}: current value is ${secret ? `a ${typeof given}` : quote(given)}` });
    return undefined;
  };
}

/** A text. */
export const text: Reader<string> = value("text", (given) => typeof given === "string");
/** true or false. */
export const flag: Reader<boolean> = value("true or false", (given) => typeof given === "boolean");
/** A function. */
export const callable: Reader<(...args: never[]) => unknown> = value(
  "a function",
  (given): given is (...args: never[]) => unknown => typeof given === "function",
);

/** A number between two others. */
export function number(least: number, most: number = Number.MAX_SAFE_INTEGER): Reader<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  return value(`a number, ${range}`, (given): given is number => typeof given === "number" && given >= least && given <= most);
}

/** A whole number between two others. */
export function integer(least: number, most?: number): Reader<number> {
  const read = number(least, most);
  return (given, path, issues) => {
    if (typeof given !== "number" || Number.isInteger(given)) return read(given, path, issues);
    issues.push({ path, message: `Cannot use this as a whole number: current value is ${quote(given)}` });
    return undefined;
  };
}

/** One of some words. */
export function choice<const T extends string>(...words: readonly T[]): Reader<T> {
  return (given, path, issues) => {
    if (words.includes(given as T)) return given as T;
    issues.push({
      path,
      message: `Cannot use this as one of ${words.join(", ")}: current value is ${quote(given)}${suggest(given, words)}`,
    });
    return undefined;
  };
}

/** A threshold by any of its names, or Python's number. */
export const threshold: Reader<Threshold> = (given, path, issues) => {
  const rank = parseRank(given);
  if (rank !== undefined) return rank === offRank ? "off" : levels[rank];
  const rule = typeof given === "number" ? "a level number of Python, 0 to 50" : `one of the levels ${levelWords.join(", ")}`;
  issues.push({ path, message: `Cannot use this as ${rule}: current value is ${quote(given)}${suggest(given, levelWords)}` });
  return undefined;
};

/** A list of such. */
export function list<T>(item: Reader<T>): Reader<T[]> {
  return (given, path, issues) => {
    if (Array.isArray(given)) return given.map((one, i) => item(one, below(path, i), issues)).filter((one) => one !== undefined);
    issues.push({ path, message: `Cannot use this as a list: current value is ${quote(given)}` });
    return undefined;
  };
}

/** An object whose names are free. */
export function dictionary<T>(item: Reader<T>): Reader<Record<string, T>> {
  return (given, path, issues) => {
    const entries = entriesOf(given, path, issues)?.map(([name, one]) => [name, item(one, below(path, name), issues)] as const);
    return entries && (Object.fromEntries(entries.filter(([, one]) => one !== undefined)) as Record<string, T>);
  };
}

/** An object with options; `snake_case` and `camelCase` are the same name, and an option that is `undefined` is absent. */
export function options<T extends object>(readers: Readonly<Record<string, Reader<unknown>>>): Reader<T> {
  const names = Object.keys(readers);
  return (given, path, issues) => {
    const entries = entriesOf(given, path, issues);
    if (entries === undefined) return undefined;
    const read: Record<string, unknown> = {};
    for (const [written, one] of entries) {
      const name = camelCase(written);
      const at = below(path, written);
      if (!Object.hasOwn(readers, name)) {
        issues.push({
          path: at,
          message: `Cannot use this as an option, for there is none of that name${suggest(name, names)}; known are ${names.join(", ")}`,
        });
      } else if (Object.hasOwn(read, name)) {
        issues.push({ path: at, message: `Cannot use an option twice: ${name} is already given under its other name` });
      } else if (one !== undefined) read[name] = readers[name](one, at, issues);
    }
    return read as T;
  };
}

/** Lets null stand beside what the reader takes. */
export function orNull<T>(reader: Reader<T>): Reader<T | null> {
  return (given, path, issues) => (given === null ? null : reader(given, path, issues));
}

/** Takes the first reader that a test lets through; the last one answers for everything else. */
export function either<A, B>(test: (value: unknown) => boolean, first: Reader<A>, other: Reader<B>): Reader<A | B> {
  return (given, path, issues) => (test(given) ? first(given, path, issues) : other(given, path, issues));
}

function entriesOf(given: unknown, path: string, issues: Issue[]): [string, unknown][] | undefined {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return Object.entries(given);
  issues.push({ path, message: `Cannot use this as an object: current value is ${quote(given)}` });
  return undefined;
}

/** The name of an option as TypeScript has it. */
export function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** "; did you mean …" where a word is near. */
export function suggest(given: unknown, words: readonly string[]): string {
  if (typeof given !== "string" || given.length > 40) return "";
  const near =
    words.map((word) => ({ word, distance: distance(given.toLowerCase(), word.toLowerCase()) })).sort((a, b) => a.distance - b.distance)[0];
  return near !== undefined && near.distance <= Math.max(2, given.length / 3) ? `; did you mean ${near.word}?` : "";
}

/** How many letters must change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

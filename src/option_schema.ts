/** Reads options: reports every mistake with its path, and suggests the nearest known word. */

import { harmlessLines } from "./harmless_text.ts";
import { levels, levelWords, parseRank, quote, type Threshold } from "./event/level.ts";
import { isList } from "./event/value_kind.ts";

/** Options with their defaults applied: each is present and not undefined. (`Required` would keep a declared `undefined`.) */
export type Filled<T> = { readonly [Name in keyof T]-?: Exclude<T[Name], undefined> };

/** One mistake in a configuration. */
export interface Issue {
  /** Where it is, as the configuration writes it: `handlers.seq.serverUrl`. */
  readonly path: string;
  /** What is wrong and how to correct it. */
  readonly message: string;
}

/** Thrown for a wrong configuration. It lists every mistake, and no part of the configuration was applied. */
export class ConfigError extends TypeError {
  /** Every mistake. */
  declare readonly issues: readonly Issue[];

  /**
   * Makes an error that lists all mistakes.
   *
   * @param issues The mistakes, at least one.
   * @param call The function that received wrong arguments. Default: none, for a wrong configuration.
   */
  constructor(issues: readonly Issue[], call?: string) {
    const lines = issues.map(({ path, message }) => `\n  ${path || (call ? "options" : "(top level)")}: ${message}`);
    super(harmlessLines(`Cannot ${call ? `call ${call}()` : "configure logging"}:${lines.join("")}`));
    this.name = "ConfigError";
    this.issues = issues;
  }
}

/** What a reader accepts, described for the JSON Schema. */
export interface About {
  readonly type?: "text" | "flag" | "number" | "function" | "level";
  readonly words?: readonly string[];
  /** For numbers: minimum, maximum, and whether only whole numbers are accepted. */
  readonly least?: number;
  readonly most?: number;
  readonly isWhole?: boolean | undefined;
  readonly options?: Readers;
  readonly items?: Reader<unknown>;
  readonly values?: Reader<unknown>;
  /** Another reader, whose values are accepted as well. */
  readonly or?: Reader<unknown>;
  readonly orNull?: true;
}

/** Readers of options, by the options' names. */
export type Readers = Readonly<Record<string, Reader<unknown>>>;

/** Reads the value at a path. For a wrong value, it adds issues to the list and returns `undefined`. */
export interface Reader<T> {
  (given: unknown, path: string, issues: Issue[]): T | undefined;
  readonly about?: About;
}

/** Adds a description to a reader. */
// @__NO_SIDE_EFFECTS__
export function describe<T>(read: Reader<T>, about: About | undefined): Reader<T> {
  return Object.assign(read, { about });
}

/** Returns the path of a member: the path of its parent, followed by its name. */
export function below(path: string, name: string | number): string {
  return /^[\w$-]+$/.test(`${name}`) ? `${path && `${path}.`}${name}` : `${path}[${quote(name)}]`;
}

/** Makes the issue that reports a wrong or missing value, and suggests the nearest known word. */
export function wrong(path: string, rule: string, given: unknown, words?: readonly string[], isSecret?: boolean): Issue {
  const current = isSecret ? "a secret" : quote(given);
  const what = given === undefined ? `Missing: ${rule}` : `Cannot use this as ${rule}: current value is ${current}`;
  return { path, message: what + adviseWords(given, words) };
}

/** Returns the nearest known word and a list of the known words. A long list is cut; a list that adds nothing is left out. */
function adviseWords(given: unknown, words?: readonly string[]): string {
  const near = suggest(given, words);
  if (words === undefined || (near && (words[maxListed] || !words[1]))) return near;
  const shown = words.slice(0, maxListed).join(", ") || "none";
  return `${near}; known are ${shown}${words[maxListed] ? ", …" : ""}`;
}
const maxListed = 16;

/** Makes a reader from a function that returns `undefined` for a wrong value. The issue does not show the value if it is a secret. */
// @__NO_SIDE_EFFECTS__
export function must<T>(
  rule: string,
  read: (given: never) => T | undefined,
  words?: readonly string[],
  isSecret = (_given: string): boolean => false,
): Reader<T> {
  return (given, path, issues) => {
    const value = read(given as never);
    if (value === undefined) issues.push(wrong(path, rule, given, words, isSecret(quote(given))));
    return value;
  };
}

/** Reads anything. */
export const any: Reader<unknown> = (given) => given;
/** Makes a reader of text that is described by the given rule. */
export const textAs = (rule: string): Reader<string> =>
  describe(must(rule, (given: unknown) => (typeof given === "string" ? given : undefined)), { type: "text" });
/** Reads text. */
export const text: Reader<string> = textAs("text");
/** Reads true or false, and YAML 1.1's words for them: a YAML 1.2 parser and environment variables leave such words as text. */
export const flag: Reader<boolean> = describe(must("true or false", truth), { type: "flag" });
/** Reads a function. */
export const callable: Reader<unknown> = describe(must("a function", (given) => (typeof given === "function" ? given : undefined)), {
  type: "function",
});

/** Returns a function unchanged. Of an object it returns the method of the given name, as Python does. */
// @__NO_SIDE_EFFECTS__
export function methodOf<T>(name: string): (thing: unknown) => T | undefined {
  return (thing) => {
    if (typeof thing === "function") return thing as T;
    const own = isObject(thing) ? thing[name] : undefined;
    return typeof own === "function" ? (own.bind(thing) as T) : undefined;
  };
}

/** Returns the meaning of YAML 1.1's words for true and false; `undefined` for any other value. */
export function truth(given: unknown): boolean | undefined {
  if (given === 0 || given === 1) return given === 1; // Python accepts 0 and 1, too
  if (typeof given !== "string") return typeof given === "boolean" ? given : undefined;
  return /^(?:true|yes|on)$/i.test(given) || (/^(?:false|no|off)$/i.test(given) ? false : undefined);
}

/** Reads a number within bounds, whole if required, also from text such as `"10"`. The rule shows the unit if the option's name has it. */
// @__NO_SIDE_EFFECTS__
export function number(least: number, most: number = Number.MAX_VALUE, isWhole?: boolean): Reader<number> {
  const range = `${least} or more${most < Number.MAX_VALUE ? ` and at most ${most}` : ""}`;
  const read = (given: unknown): number | undefined => {
    const value = typeof given === "string" && /^\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*$/i.test(given) ? Number(given) : given;
    return typeof value === "number" && value >= least && value <= most && !(isWhole && value % 1) ? value : undefined;
  };
  return describe((given, path, issues) => {
    const unit = /ms$/i.test(path) ? " of milliseconds" : "";
    return must(`a ${isWhole ? "whole " : ""}number${unit}, ${range}`, read)(given as never, path, issues);
  }, { type: "number", least, most, isWhole });
}

/** Longest delay that timers support, minus one second that callers may add. */
const maxWaitMs = 2_147_482_647;

/** Reads a duration in milliseconds. Infinity, and anything beyond a timer's limit, becomes that limit. */
export const waitTime: Reader<number> = describe(
  must(
    "a number of milliseconds, 0 or more",
    (given) => (typeof given === "number" && given >= 0 ? Math.min(given, maxWaitMs) : undefined),
  ),
  { type: "number", least: 0 },
);

/** Reads one of the given words. */
// @__NO_SIDE_EFFECTS__
export function choice(...words: readonly string[]): Reader<string> {
  return describe(must("one of these words", (given: string) => (words.includes(given) ? given : undefined), words), { words });
}

/** Reads a level by any of its names or by Python's number. False means `off`, because YAML 1.1 parses `off` as false. */
export const threshold: Reader<Threshold> = describe(
  must(
    "a level, by name or by Python's number",
    (given) => {
      const rank = given === false ? parseRank("off") : parseRank(given);
      return rank === undefined ? undefined : (levels[rank] ?? "off");
    },
    levelWords,
  ),
  { type: "level" },
);

/** Accepts what the reader accepts, or a function that returns it later. */
// @__NO_SIDE_EFFECTS__
export function orFunction<T>(reader: Reader<T>): Reader<unknown> {
  return describe((given, path, issues) => (typeof given === "function" ? given : reader(given, path, issues)), reader.about);
}

/** Accepts what the reader accepts, and null. Without this function, null counts as an absent option. */
// @__NO_SIDE_EFFECTS__
export function orNull<T>(reader: Reader<T>): Reader<T | null> {
  return describe((given, path, issues) => (given === null ? null : reader(given, path, issues)), { ...reader.about, orNull: true });
}

/** Reads a list. */
// @__NO_SIDE_EFFECTS__
export function list<T>(item: Reader<T>, rule = "a list"): Reader<T[]> {
  const read: Reader<T[]> = (given, path, issues) => {
    if (isList(given)) return given.map((one, i) => item(one, below(path, i), issues) as T);
    issues.push(wrong(path, rule, given));
    return undefined;
  };
  return describe(read, { items: item });
}

/** Reads an object with any names. */
// @__NO_SIDE_EFFECTS__
export function dictionary<T>(item: Reader<T>): Reader<Record<string, T>> {
  const read: Reader<Record<string, T>> = (given, path, issues) => {
    if (isObject(given)) return mapValues(given, (one, name) => item(one, below(path, name), issues) as T);
    issues.push(wrong(path, "an object", given));
    return undefined;
  };
  return describe(read, { values: item });
}

/**
 * Reads an object with known options; `snake_case` and `camelCase` spell the same option. A function that returns the readers is called when
 * they are needed: an import should not pay for options that the program never gives.
 */
// @__NO_SIDE_EFFECTS__
export function options<T extends object>(made: Readers | (() => Readers)): Reader<T> {
  const about = {
    get options(): Readers {
      return typeof made === "function" ? made = made() : made;
    },
  };
  const readAll: Reader<T> = (given, path, issues) => {
    const readers = about.options;
    const names = Object.keys(readers);
    const read: Record<string, unknown> = {};
    const all = dictionary(any)(given, path, issues) ?? {};
    const words = Object.keys(all).some((own) => own.includes("_")) ? names.map(snakeCase) : names;
    for (const [written, one] of Object.entries(all)) {
      const name = camelCase(written);
      const at = below(path, written);
      if (!Object.hasOwn(readers, name)) issues.push({ path: at, message: `Unknown option ${quote(written)}${adviseWords(name, words)}` });
      else if (Object.hasOwn(read, name)) issues.push(wrong(at, "an option, because its other spelling is already given", written));
      else if (!isAbsent(one, readers[name]!)) read[name] = readers[name]!(one, at, issues);
    }
    return read as T;
  };
  return describe(readAll, about);
}

/** Whether an option is absent: `undefined`, null (Python's None, YAML's empty value), or an empty text where a level is expected. */
export function isAbsent(given: unknown, { about }: Reader<unknown>): boolean {
  if (about?.type === "level" && typeof given === "string") return given.trim() === "";
  return given === undefined || (given === null && about?.orNull !== true);
}

/** Reads the options of a function, or another argument. Throws a ConfigError that lists every mistake. */
export function requireOptions<T>(read: Reader<T>, given: unknown, call?: string, name = ""): T {
  const issues: Issue[] = [];
  const known = read(given, name, issues);
  if (issues.length > 0) throw new ConfigError(issues, call);
  return known!;
}

/** Whether a value is an object but not a list. */
export function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === "object" && given !== null && !isList(given);
}

/** Whether a value is a plain object, such as an object parsed from a file. */
export function isPlainObject(given: unknown): given is Record<string, unknown> {
  return isObject(given) && [Object.prototype, null].includes(Object.getPrototypeOf(given));
}

/** Returns an object with the same names and mapped values. */
export function mapValues<A, B>(things: Readonly<Record<string, A>>, map: (thing: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(things).map(([name, thing]) => [name, map(thing, name)]));
}

/** Returns the name of an option as TypeScript spells it. */
export function camelCase(name: string): string {
  return name.replace(/(?<!_)_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Returns the name of an option as Python spells it. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Returns "; did you mean …?" if a known word is similar. */
export function suggest(given: unknown, words: readonly string[] = []): string {
  if (typeof given !== "string" || given.length > 40) return "";
  const far = words.map((word) => distance(given.toLowerCase(), word.replaceAll("_", "").toLowerCase()));
  const least = Math.min(...far);
  return least < given.length && least <= Math.max(2, given.length / 3) ? `; did you mean ${words[far.indexOf(least)]}?` : "";
}

/** Returns the Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = [...`${b} `].map((_, j) => j);
  for (let i = 0; i < a.length; i++) {
    row = row.reduce<number[]>(
      (next, above, j) => [...next, j === 0 ? i + 1 : Math.min(above + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i] !== b[j - 1]))],
      [],
    );
  }
  return row.at(-1)!;
}

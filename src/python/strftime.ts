/** Formats times by the directives of C's `strftime`. */

import { zoneName } from "./zone_name.ts";

/** A time as a wall clock shows it. */
export interface WallTime {
  /** A date whose UTC fields are the clock's. */
  readonly shown: Date;
  /** Whole seconds since 1970-01-01 UTC. */
  readonly seconds: number;
  /** Minutes that the clock is ahead of UTC, without remaining seconds. */
  readonly offsetMinutes: number;
  /** The zone's abbreviation, such as `CET`. */
  readonly zone: () => string;
}

/** A directive as written: `%^10B`. */
interface Directive {
  readonly raw: string;
  readonly flags: string;
  /** The last of the flags `-`, `_` and `0`, which decides how a number is padded. */
  readonly pad: string | undefined;
  readonly width: number;
  readonly letter: string;
}

type Show = (time: WallTime) => string;

const dayMs = 86_400_000;
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = "January February March April May June July August September October November December".split(" ");
const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;

const year = ({ shown }: WallTime): number => shown.getUTCFullYear();
const weekday = ({ shown }: WallTime): number => shown.getUTCDay();
const hour = ({ shown }: WallTime): number => shown.getUTCHours();
const hour12 = (time: WallTime): number => hour(time) % 12 || 12;
const dayName = (time: WallTime): string => weekdays[weekday(time)]!;
const monthName = ({ shown }: WallTime): string => months[shown.getUTCMonth()]!;
const half = (time: WallTime): string => (hour(time) < 12 ? "AM" : "PM");

/** Returns the days since January 1. */
function yearDay(shown: Date): number {
  return Math.floor((Number(shown) - new Date(shown).setUTCMonth(0, 1)) / dayMs);
}

/** Returns the Thursday of the week, which decides the year that the week belongs to (ISO 8601). */
function thursday({ shown }: WallTime): Date {
  return new Date(Number(shown) + (4 - (shown.getUTCDay() || 7)) * dayMs);
}

/** For each letter: the least number of digits, the number, and whether it is padded with spaces. */
const numbers: Readonly<Record<string, readonly [digits: number, read: (time: WallTime) => number, spaces?: true]>> = {
  C: [1, (time) => Math.floor(year(time) / 100)],
  d: [2, ({ shown }) => shown.getUTCDate()],
  e: [2, ({ shown }) => shown.getUTCDate(), true],
  g: [2, (time) => modulo(thursday(time).getUTCFullYear(), 100)],
  G: [1, (time) => thursday(time).getUTCFullYear()],
  H: [2, hour],
  I: [2, hour12],
  j: [3, ({ shown }) => yearDay(shown) + 1],
  k: [2, hour, true],
  l: [2, hour12, true],
  M: [2, ({ shown }) => shown.getUTCMinutes()],
  m: [2, ({ shown }) => shown.getUTCMonth() + 1],
  S: [2, ({ shown }) => shown.getUTCSeconds()],
  u: [1, (time) => weekday(time) || 7],
  U: [2, (time) => Math.floor((yearDay(time.shown) - weekday(time) + 7) / 7)],
  V: [2, (time) => Math.floor(yearDay(thursday(time)) / 7) + 1],
  w: [1, weekday],
  W: [2, (time) => Math.floor((yearDay(time.shown) - modulo(weekday(time) - 1, 7) + 7) / 7)],
  Y: [1, year],
  y: [2, (time) => modulo(year(time), 100)],
};

/** For each letter: the text, and the effect of the flag `#` on the text. */
const texts: Readonly<Record<string, readonly [read: (time: WallTime) => string, swap?: "upper" | "lower"]>> = {
  a: [(time) => dayName(time).slice(0, 3), "upper"],
  A: [dayName, "upper"],
  b: [(time) => monthName(time).slice(0, 3), "upper"],
  B: [monthName, "upper"],
  h: [(time) => monthName(time).slice(0, 3), "upper"],
  n: [() => "\n"],
  p: [half, "lower"],
  P: [half, "lower"],
  s: [({ seconds }) => String(seconds)],
  t: [() => "\t"],
  Z: [({ zone }) => zone(), "lower"],
  "%": [() => "%"],
};

/** For each letter: the format to which the C locale expands it. */
const shorthands: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

/** By modifier: the letters that glibc does not accept after it. */
const unmodified: Readonly<Record<string, string>> = { E: "abdeghjklmwABDFGHIMSUVW%", O: "acxADFXY%" };

/**
 * Formats a time by the directives of glibc's `strftime` in the C locale, like Python's `time.strftime` on Linux.
 *
 * The time zone is the runtime's. The flags `-` (no padding), `_` (spaces), `0` (zeros), `^` (upper case) and `#` (swapped case), widths
 * and the modifiers `E` and `O` work as in glibc; an unknown directive stays in the text. `%Z` is the time zone database's abbreviation, if
 * the runtime's own zone names determine it, and otherwise the offset. As in Python, the result is `""` if it has more than 256 characters
 * per character of the format (and more than 1023).
 *
 * @param format Text with directives such as `%Y-%m-%d %H:%M:%S`.
 * @param date The time; fractions of a second are ignored.
 * @returns The text.
 * @throws {RangeError} If the date is invalid.
 */
export function strftime(format: string, date: Date): string {
  return compileStrftime(format)(localTime(date));
}

/** Compiles a format for repeated use. */
export function compileStrftime(format: string): Show {
  let limit = 1024;
  while (limit < 256 * Array.from(format).length) limit *= 2;
  const pieces: (string | Show)[] = [];
  let end = 0;
  for (const found of format.matchAll(/%([-_0^#]*)(\d*)([EO]?)([^]?)/gu)) {
    const { 0: raw, 1: flags = "", 2: width, 3: modifier = "", 4: letter = "", index } = found;
    if (Number(width) >= limit) return () => ""; // such a wide text is not built
    const directive = { raw, flags, pad: flags.match(/[-_0]/g)?.at(-1), width: Number(width), letter };
    pieces.push(format.slice(end, index), compileDirective(directive, modifier));
    end = index + raw.length;
  }
  pieces.push(format.slice(end));
  return (time) => {
    let text = "";
    for (const piece of pieces) text += typeof piece === "string" ? piece : piece(time);
    return text.length < limit || Array.from(text).length < limit ? text : "";
  };
}

function compileDirective(directive: Directive, modifier: string): Show {
  const { raw, letter, flags } = directive;
  const isUpper = flags.includes("^");
  if (modifier === "E" && /[bh]/.test(letter) && flags.includes("#")) return unknown({ ...directive, flags: "^" }); // as glibc does
  if (letter === "" || unmodified[modifier]?.includes(letter)) return unknown(directive);
  if (letter === "z") return (time) => showOffset(directive, time);
  if (Object.hasOwn(numbers, letter)) {
    const [digits, read, hasSpaces] = numbers[letter]!;
    const pad = hasSpaces ? directive.pad ?? "_" : directive.pad;
    return (time) => showNumber({ ...directive, pad }, digits, read(time));
  }
  if (Object.hasOwn(shorthands, letter)) {
    const show = compileStrftime(shorthands[letter]!);
    return (time) => padText(directive, isUpper ? show(time).toUpperCase() : show(time));
  }
  if (!Object.hasOwn(texts, letter)) return unknown(directive);
  const [read, swap] = texts[letter]!;
  const isLower = letter === "P" || (swap === "lower" && flags.includes("#"));
  const isRaised = isUpper || (swap === "upper" && flags.includes("#"));
  if (raw === `%${letter}` && !isLower) return read;
  return (time) => padText(directive, isLower ? read(time).toLowerCase() : isRaised ? read(time).toUpperCase() : read(time));
}

/** Returns the directive as written. Of a directive that ends with `%`, glibc writes only the `%`. */
function unknown(directive: Directive): Show {
  const { raw, flags, letter } = directive;
  const text = padText(directive, letter === "%" ? "%" : flags.includes("^") ? raw.toUpperCase() : raw);
  return () => text;
}

function padText({ pad, width }: Directive, text: string): string {
  const missing = width - Array.from(text).length;
  return missing > 0 ? (pad === "0" ? "0" : " ").repeat(missing) + text : text;
}

function showNumber({ pad, width }: Pick<Directive, "pad" | "width">, least: number, value: number): string {
  const sign = value < 0 ? "-" : "";
  const digits = String(Math.abs(value));
  if (pad === "-") return (sign + digits).padStart(width);
  const length = Math.max(least, width);
  return pad === "_" ? (sign + digits).padStart(length) : sign + digits.padStart(length - sign.length, "0");
}

/** Returns the offset, such as `+0100`. Sign and digits are padded separately. */
function showOffset(directive: Directive, { offsetMinutes }: WallTime): string {
  const size = Math.abs(offsetMinutes);
  return padText(directive, offsetMinutes < 0 ? "-" : "+") + showNumber(directive, 4, Math.floor(size / 60) * 100 + (size % 60));
}

/** Returns a date on the local clock. Throws a RangeError if the date is invalid. */
export function localTime(date: Date): WallTime {
  const seconds = wholeSeconds(date);
  const shown = new Date(0);
  shown.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate());
  shown.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds());
  const offsetMinutes = Math.trunc((Number(shown) / 1000 - seconds) / 60);
  return { shown, seconds, offsetMinutes, zone: () => zoneName(date, offsetMinutes) };
}

/** Returns a date on the UTC clock. Throws a RangeError if the date is invalid. */
export function utcTime(date: Date): WallTime {
  const seconds = wholeSeconds(date);
  return { shown: new Date(seconds * 1000), seconds, offsetMinutes: 0, zone: () => "UTC" };
}

function wholeSeconds(date: Date): number {
  const seconds = Math.floor(Number(date) / 1000);
  if (isNaN(seconds)) throw new RangeError("Cannot show an invalid date");
  return seconds;
}

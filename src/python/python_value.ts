/** Writes values as Python's `str`, `repr` and `ascii` do, with floating-point numbers exact to the last digit. */

import { toPlainData } from "../event/plain_data.ts";
import { maxEntries } from "../event/value_limits.ts";
import { isList, isPlain, kindOf } from "../event/value_kind.ts";
import { Misfit } from "./placeholder.ts";

/** A number that is a float in Python even if it is whole: `123.0`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Python's `()`. */
export const emptyTuple: readonly unknown[] = Object.freeze([]);

/** Deepest nesting that is followed; the library's own events never reach it. */
const maxDepth = 100;

/** From this number on, JSON writes an exponent, and Python reads such a number as a float. */
const maxInt = 1e21;

/** Returns the value as an int, if it would be an int in Python: a whole number that JSON writes with all digits, a bigint or a bool. */
export function readInt(value: unknown): number | bigint | undefined {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "bigint") return value;
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) >= maxInt) return undefined;
  return Number.isSafeInteger(value) ? value + 0 : BigInt(String(value)); // -0 is 0
}

/** Returns the value as a float, if it is a number or a bool; infinity for a bigint that is too large. */
export function readFloat(value: unknown): number | undefined {
  if (value instanceof Float) return value.value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? Number(value) + 0 : undefined;
}

/** Returns the length of a text as Python counts it: a surrogate pair is one character. */
export function lengthOf(text: string): number {
  return /[\ud800-\udbff]/.test(text) ? Array.from(text).length : text.length;
}

/** Returns the first characters of a text. */
export function firstOf(text: string, length: number): string {
  return lengthOf(text) === text.length ? text.slice(0, length) : Array.from(text).slice(0, length).join("");
}

/** Returns the digits of an integer in a base, and its sign. */
export function digitsOf(int: number | bigint, base: number): { readonly sign: string; readonly digits: string } {
  const text = int.toString(base);
  return int < 0 ? { sign: "-", digits: text.slice(1) } : { sign: "", digits: text };
}

/** Returns Python's name of the value's type, for messages. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (readInt(value) !== undefined) return "int";
  if (readFloat(value) !== undefined) return "float";
  if (typeof value === "string") return "str";
  if (value === emptyTuple) return "tuple";
  return Array.isArray(value) ? "list" : readDate(value) ? "datetime" : "dict";
}

/** Returns the value if it is a date that Python's datetime can hold. */
export function readDate(value: unknown): Date | undefined {
  if (kindOf(value) !== "Date") return undefined;
  const year = (value as Date).getUTCFullYear();
  return year >= 1 && year <= 9999 ? (value as Date) : undefined;
}

/** Returns the value as `str()` writes it: text unchanged, and a date as a datetime in UTC. */
export function str(value: unknown): string {
  if (typeof value === "string") return value;
  const date = readDate(value);
  if (date !== undefined) {
    const [day, time = ""] = date.toISOString().slice(0, -1).split("T");
    return `${day} ${time.endsWith(".000") ? time.slice(0, -4) : `${time}000`}+00:00`;
  }
  const known = plain(value);
  return typeof known === "string" ? known : repr(known);
}

/** Returns the value as `repr()` writes it: `'text'`, `1.0`, `True`, `None`, `[1, {'a': 2}]`. */
export function repr(value: unknown): string {
  return write(value, []);
}

/** Returns the value as `ascii()` writes it: its `repr()` with all but ASCII escaped. */
export function ascii(value: unknown): string {
  return repr(value).replace(/\P{ASCII}/gu, escapeCharacter);
}

function write(value: unknown, ancestors: readonly unknown[]): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  const int = readInt(value);
  if (int !== undefined) return String(int);
  const float = readFloat(value);
  if (float !== undefined) return floatRepr(float);
  const date = readDate(value);
  if (date !== undefined) return writeDate(date);
  const known = plain(value);
  if (known !== value) return write(known, ancestors);
  if (value === emptyTuple) return "()";
  if (ancestors.length >= maxDepth) throw new Misfit(`it is nested deeper than ${maxDepth}`);
  const inner = [...ancestors, value];
  if (Array.isArray(value)) {
    return ancestors.includes(value) ? "[...]" : `[${Array.from(value, (one) => write(one, inner)).join(", ")}]`;
  }
  if (ancestors.includes(value)) return "{...}";
  return `{${Object.entries(value).map(([name, one]) => `${quote(name)}: ${write(one, inner)}`).join(", ")}}`;
}

/** Converts anything but short lists and plain objects to plain data. */
function plain(value: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") return toPlainData(value);
  if (typeof value !== "object" || value === null || value instanceof Float) return value;
  const isPlainData = isPlain(value) && !(isList(value) && value.length > maxEntries + 1); // the library's own cut lists end with a mark
  return isPlainData ? value : toPlainData(value);
}

function writeDate(date: Date): string {
  const fields = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()];
  const seconds = date.getUTCSeconds();
  const milliseconds = date.getUTCMilliseconds();
  if (seconds > 0 || milliseconds > 0) fields.push(seconds);
  if (milliseconds > 0) fields.push(milliseconds * 1000);
  return `datetime.datetime(${fields.join(", ")}, tzinfo=datetime.timezone.utc)`;
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text.replace(/[\\'"]|(?! )[\p{C}\p{Z}]/gu, (character) => {
    if (character === "'" || character === '"') return character === mark ? `\\${character}` : character;
    return character === "\\" ? "\\\\" : escapeCharacter(character);
  });
  return mark + inside + mark;
}

const shortEscapes: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** Returns a character as Python escapes it. */
function escapeCharacter(character: string): string {
  const known = shortEscapes[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  return code < 0x100
    ? `\\x${digits.padStart(2, "0")}`
    : code < 0x10000
    ? `\\u${digits.padStart(4, "0")}`
    : `\\U${digits.padStart(8, "0")}`;
}

/** How a float is written. */
export interface FloatStyle {
  /** `e`, `f` and `g` as in C; `r` for as few digits as identify the number. */
  readonly letter: "e" | "f" | "g" | "r";
  /** Number of digits after the point or, for `g`, of all digits; `r` does not use it. */
  readonly precision?: number;
  /** Whether to keep a point without fraction, and the trailing zeros of `g` (the flag `#`). */
  readonly alternate?: boolean;
  /** Whether a whole number ends in `.0`, unless it has an exponent. */
  readonly hasPointZero?: boolean;
  /** Whether a number rounded to zero loses its sign. */
  readonly noNegativeZero?: boolean;
}

/** Digits of a number, and the position of its point counted from the first digit. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** Returns a float as text, with `inf` and `nan` in lower case. (Source: CPython's pystrtod.c.) */
export function floatText(value: number, style: FloatStyle): string {
  if (isNaN(value)) return "nan";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}inf`;
  const quick = quickText(size, style);
  if (quick !== undefined) return sign + quick;
  const decimal = decimalOf(size, style);
  const isZero = style.noNegativeZero === true && /^0*$/.test(decimal.digits);
  return (isZero ? "" : sign) + layOut(decimal, style);
}

/** Returns JavaScript's own text, if it is the same as Python's. */
function quickText(size: number, { letter, precision = 0, alternate, hasPointZero, noNegativeZero }: FloatStyle): string | undefined {
  if (alternate || noNegativeZero) return undefined;
  if (letter === "r") return size < 1e-4 || size >= 1e16 || !hasPointZero ? undefined : Number.isInteger(size) ? `${size}.0` : `${size}`;
  if (letter !== "f" || precision > 20 || size >= 1e21) return undefined;
  // toFixed is exact as well, but rounds a half up. A 5 as the next digit may be such a half.
  return size.toFixed(precision + 1).endsWith("5") ? undefined : size.toFixed(precision);
}

/** Returns the float as `repr` writes it: `1.0`, `1e+16`, `nan`. */
export function floatRepr(value: number): string {
  return floatText(value, { letter: "r", hasPointZero: true });
}

function decimalOf(size: number, { letter, precision = 0 }: FloatStyle): Decimal {
  if (letter === "r") {
    const [digits = "", exponent] = size.toExponential().split("e");
    return { digits: digits.replace(".", ""), point: Number(exponent) + 1 };
  }
  if (letter === "f") {
    const { whole, rest } = scale(size, precision);
    const digits = String(whole + rest);
    return { digits, point: digits.length - precision };
  }
  const count = letter === "e" ? precision + 1 : Math.max(precision, 1);
  if (size === 0) return { digits: "0".repeat(count), point: 1 };
  let exponent = Number(size.toExponential().split("e")[1]);
  for (;;) {
    const { whole, rest } = scale(size, count - 1 - exponent);
    const missing = count - String(whole).length;
    exponent -= missing; // rounding up to a power of ten adds a digit
    if (missing !== 0) continue;
    const digits = String(whole + rest);
    return { digits: digits.slice(0, count), point: exponent + 1 + digits.length - count };
  }
}

const view = new DataView(new ArrayBuffer(8));

/** Returns size · 10^decimals: its whole part, and 1 if rounding half to even rounds up. */
function scale(size: number, decimals: number): { readonly whole: bigint; readonly rest: bigint } {
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  const power = BigInt(Math.max(exponent, 1) - 1075);
  const top = (exponent > 0 ? fraction | 0x10000000000000n : fraction) * 10n ** BigInt(Math.max(decimals, 0)) <<
    (power > 0n ? power : 0n);
  const bottom = 10n ** BigInt(Math.max(-decimals, 0)) << (power < 0n ? -power : 0n);
  const whole = top / bottom;
  const twice = (top % bottom) * 2n;
  return { whole, rest: twice > bottom || (twice === bottom && whole % 2n === 1n) ? 1n : 0n };
}

function layOut(decimal: Decimal, style: FloatStyle): string {
  const { letter, precision = 0, alternate = false, hasPointZero = false } = style;
  let { digits, point } = decimal;
  const most = letter === "r" ? 16 : letter === "g" ? Math.max(precision, 1) - Number(hasPointZero) : Infinity;
  const hasExponent = letter === "e" || (letter !== "f" && (point <= -4 || point > most));
  const exponent = point - 1;
  if (hasExponent) point = 1;
  if (letter === "g" || letter === "r") digits = digits.replace(/0+$/, "");
  if (letter === "g" && alternate) digits = digits.padEnd(Math.max(precision, 1), "0");
  const padded = "0".repeat(Math.max(1 - point, 0)) + digits.padEnd(point, "0");
  const before = Math.max(point, 1);
  const after = padded.slice(before) || (hasPointZero && !hasExponent ? "0" : "");
  const mantissa = padded.slice(0, before) + (after !== "" || alternate ? `.${after}` : "");
  return hasExponent ? `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}` : mantissa;
}

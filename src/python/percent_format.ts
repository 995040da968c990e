/** Compiles formats of Python's `%` operator: `%(levelname)-8s`. */

import { addPart, checkWidths, Misfit, type Part, readWidth, refuse, type Resolve } from "./placeholder.ts";
import { ascii, digitsOf, firstOf, floatText, lengthOf, readFloat, readInt, repr, str, typeName } from "./python_value.ts";

/** The parts between `%` and the letter, and the letter. */
interface Conversion {
  readonly flags: string;
  readonly width: number;
  readonly precision: number;
  readonly letter: string;
}

// Python's re.IGNORECASE also matches "ı" and "İ" as i, and "ſ" as s.
const fieldRule = /%\([\p{L}\p{N}_]+\)[#0+ -]*(?:\*|\p{Nd}+)?(?:\.(?:\*|\p{Nd}+))?[diouxefgcrsaDIOUXEFGCRSA%ıİſ]/u;

/** Returns what Python finds wrong with a format of style `%`, if anything. */
export function checkPercentFormat(format: string): string | undefined {
  return fieldRule.test(format) ? undefined : "it has no field such as %(message)s";
}

const conversionRule = /([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlL]?([^%]?)/uy;

/**
 * Compiles a format of style `%`. A `%` without a name after it is literal text, and so is `%%`, which becomes one `%`.
 *
 * A `%` after a name does not count as its letter: `%(name) %(message)s` lacks a letter, and still shows the message.
 */
export function percentFormat(format: string, resolve: Resolve): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (let at = format.indexOf("%"); at >= 0; at = format.indexOf("%", end)) {
    addPart(parts, format.slice(end, at));
    const key = readKey(format, at + 1);
    if (key === undefined) {
      addPart(parts, "%");
      end = at + (format[at + 1] === "%" ? 2 : 1);
      continue;
    }
    conversionRule.lastIndex = at + key.length + 3;
    const [, flags = "", width = "", precision, letter = ""] = conversionRule.exec(format)!;
    end = conversionRule.lastIndex;
    const get = resolve(key);
    const convert = compile(flags, width, precision, letter);
    parts.push({ raw: format.slice(at, end), field: key, show: (event) => convert(get(event)) });
  }
  addPart(parts, format.slice(end));
  return parts;
}

/** Returns the name in parentheses, which may contain further pairs. Returns `undefined` if there is no name or it does not end. */
function readKey(format: string, at: number): string | undefined {
  if (format[at] !== "(") return undefined;
  for (let i = at, open = 0; i < format.length; i++) {
    if (format[i] === "(") open++;
    else if (format[i] === ")" && --open === 0) return format.slice(at + 1, i);
  }
  return undefined;
}

function compile(flags: string, width: string, precision: string | undefined, letter: string): (value: unknown) => string {
  if (width === "*" || precision === "*") return refuse("there is no value for *");
  if (!/^[diouxXeEfFgGcrsa]$/.test(letter)) return refuse(letter === "" ? "its letter is missing" : `${letter} is no conversion`);
  const conversion = { flags, width: readWidth(width), precision: readWidth(precision === "" ? "0" : precision), letter };
  const fault = checkWidths(conversion.width, conversion.precision);
  return fault === undefined ? (value) => convert(value, conversion) : refuse(fault);
}

function convert(value: unknown, conversion: Conversion): string {
  const { letter, precision, width } = conversion;
  switch (letter) {
    case "c":
      return pad(characterOf(value), conversion);
    case "s":
    case "r":
    case "a": {
      const text = letter === "s" ? str(value) : letter === "r" ? repr(value) : ascii(value);
      return width < 0 && precision < 0 ? text : pad(precision >= 0 ? firstOf(text, precision) : text, conversion);
    }
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      return padNumber(convertFloat(value, conversion), "", conversion);
    default:
      return convertInt(value, conversion);
  }
}

function characterOf(value: unknown): string {
  if (typeof value === "string" && lengthOf(value) === 1) return value;
  const code = readInt(value);
  if (code === undefined || code < 0 || code > 0x10ffff) throw new Misfit("%c takes one character or its number");
  return String.fromCodePoint(Number(code));
}

function convertFloat(value: unknown, { letter, precision, flags }: Conversion): string {
  const float = readFloat(value);
  if (float === undefined) throw new Misfit(`%${letter} takes a number, and the value is a ${typeName(value)}`);
  if (typeof value === "bigint" && !Number.isFinite(float)) throw new Misfit("it is too large for a float");
  const small = letter.toLowerCase() as "e" | "f" | "g";
  const text = floatText(float, { letter: small, precision: precision < 0 ? 6 : precision, alternate: flags.includes("#") });
  return letter === small ? text : text.toUpperCase();
}

function convertInt(value: unknown, conversion: Conversion): string {
  const { letter, precision, flags } = conversion;
  const isDecimal = /[diu]/.test(letter);
  const float = isDecimal ? readFloat(value) : undefined;
  const int = readInt(value) ?? (Number.isFinite(float) ? wholeOf(float!) : undefined);
  if (int === undefined) {
    throw new Misfit(`%${letter} takes ${isDecimal ? "a number" : "an integer"}, and the value is a ${typeName(value)}`);
  }
  const base = isDecimal ? 10 : letter === "o" ? 8 : 16;
  const { sign, digits } = digitsOf(int, base);
  const prefix = flags.includes("#") && !isDecimal ? `0${letter}` : "";
  const padded = digits.padStart(precision, "0");
  return padNumber(sign + (letter === "X" ? padded.toUpperCase() : padded), prefix, conversion);
}

function wholeOf(float: number): number | bigint {
  const whole = Math.trunc(float);
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole); // -0 is 0
}

/** Returns a number with its sign, the prefix of its base, and its padding. */
function padNumber(number: string, prefix: string, conversion: Conversion): string {
  const { flags, width } = conversion;
  const isNegative = number.startsWith("-");
  const digits = isNegative ? number.slice(1) : number;
  const head = (isNegative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") + prefix;
  const isZeroed = flags.includes("0") && !flags.includes("-");
  return isZeroed ? head + digits.padStart(width - head.length, "0") : pad(head + digits, conversion);
}

/** Pads a text with spaces on the left, or with the flag `-` on the right. A surrogate pair counts as one character. */
function pad(text: string, { flags, width }: Conversion): string {
  const missing = width - lengthOf(text);
  if (missing <= 0) return text;
  return flags.includes("-") ? text + " ".repeat(missing) : " ".repeat(missing) + text;
}

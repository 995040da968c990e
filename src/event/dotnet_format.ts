/** Decides how .NET format strings render numbers, dates and strings, in the invariant culture. Unsupported formats have no effect. */

import { maxFormatLength as maxLength } from "./value_limits.ts";

/**
 * Formats a value by a .NET format. Returns `undefined` if the format does not apply to the value; the plain value is shown then.
 *
 * Numbers and bigints: the standard formats `C D E F N P X` with up to 99 digits, and custom formats of `0 # , . % ;` with literal text
 * around the digits. A half is rounded away from zero, and a number rounded to zero has no sign.
 *
 * Dates, in UTC: the standard formats `d t T o s u r` and custom formats of `y M d H h m s f tt zzz K`. Literal text is in quotes or after
 * a backslash. Strings: `u` and `w` for upper and lower case.
 * (Source of the rules: the standard and custom format strings of .NET's documentation.)
 */
export function formatValue(value: unknown, format: string): string | undefined {
  if (format.length > maxLength) return undefined;
  if (typeof value === "string") return format === "u" ? value.toUpperCase() : format === "w" ? value.toLowerCase() : undefined;
  if (typeof value === "bigint" || Number.isFinite(value)) return formatNumber(value as number | bigint, format);
  return value instanceof Date && !isNaN(Number(value)) ? formatDate(value, format) : undefined;
}

// Standard formats as custom formats; the decimals are added after the point.
const standardNumbers: Readonly<Record<string, string>> = { C: "¤#,##0.", F: "0.", N: "#,##0.", P: "#,##0. %" };

/** Formats one number; returns `undefined` if the format does not apply to it. */
type NumberFormat = (value: number | bigint) => string | undefined;

/** The formats that were read, because reading one costs several times as much as using it. */
const known = new Map<string, NumberFormat>();
const maxKnown = 1000;

function formatNumber(value: number | bigint, format: string): string | undefined {
  let apply = known.get(format);
  if (apply === undefined) {
    if (known.size >= maxKnown) known.clear();
    known.set(format, apply = readNumberFormat(format));
  }
  return apply(value);
}

function readNumberFormat(format: string): NumberFormat {
  const [, letter, digits] = /^([a-z])(\d*)$/i.exec(format) ?? [];
  if (!letter) return readCustomNumber(format);
  const kind = letter.toUpperCase();
  const width = Number(digits);
  const pattern = standardNumbers[kind];
  if (width > maxLength) return () => undefined;
  if (pattern) return readCustomNumber(pattern.replace(".", `.${"0".repeat(digits ? width : 2)}`));
  if (kind === "E") {
    return (value) =>
      Number(value).toExponential(digits ? width : 6).replace("e", letter).replace(/\d+$/, (power) => power.padStart(3, "0"));
  }
  const decimal = readCustomNumber("0".repeat(width || 1));
  return (value) => {
    if (Number(value) % 1) return undefined;
    if (kind === "D") return decimal(value);
    if (kind !== "X") return undefined; // G and R show the plain value
    const hex = (value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value)).toString(16).padStart(width, "0");
    return letter === kind ? hex.toUpperCase() : hex;
  };
}

/** Placeholders such as `#,##0.0#`. */
interface Places {
  /** The least number of digits before the point, and whether they are grouped by thousands. */
  readonly least: number;
  readonly isGrouped: boolean;
  readonly leastDecimals: number;
  readonly mostDecimals: number;
}

/** A section of a format: for positive numbers, for negative numbers or for zero. */
interface Section {
  readonly isPercent: boolean;
  readonly before: string;
  readonly after: string;
  readonly places: Places | undefined;
}

/** Reads a custom format. A format without digits, or with digits in several places, is not supported. */
function readCustomNumber(format: string): NumberFormat {
  const [first = "", negative, zero] = format.split(";");
  const usual = readSection(first);
  const below = negative ? readSection(negative) : usual;
  const none = zero ? readSection(zero) : usual;
  return (value) => {
    const section = value < 0 ? below : usual;
    const digits = section && digitsIn(section, value);
    if (!digits) return undefined;
    if (!/[1-9]/.test(digits)) return none && fill(none, digitsIn(none, value));
    const text = fill(section, digits);
    return value < 0 && !negative ? `-${text}` : text;
  };
}

/** Returns the digits of a value in a section: `""` if it has no place for them, `undefined` if they are infinite. */
function digitsIn({ isPercent, places }: Section, value: number | bigint): string | undefined {
  const scaled = isPercent ? Number(value) * 100 : value;
  if (Math.abs(Number(scaled)) === Infinity) return undefined;
  return places === undefined ? "" : writeDigits(places, scaled);
}

function fill({ before, after }: Section, digits: string | undefined): string | undefined {
  return digits === undefined ? undefined : before + digits + after;
}

/** Reads a section; returns `undefined` if it is not supported. */
function readSection(section: string): Section | undefined {
  if (/[#0],+(?![#0,])/.test(section)) return undefined; // a comma after the last digit divides by 1000
  let [before, text, end] = ["", "", 0];
  let places: Places | undefined;
  for (const { 0: part, index } of section.matchAll(/'[^']*'|"[^"]*"|\\.|[#0][#0,]*(?:\.[#0]*)?|\.[#0]+/g)) {
    text += section.slice(end, index);
    end = index + part.length;
    if (/['"\\]/.test(part)) {
      text += literalOf(part);
      continue;
    }
    if (places !== undefined) return undefined;
    places = readPlaces(part);
    [before, text] = [text, ""];
  }
  return { isPercent: section.includes("%"), before, after: text + section.slice(end), places };
}

/** Returns the literal text of `'text'`, `"text"` or a backslash and a character. */
function literalOf(part: string): string {
  return part.startsWith("\\") ? part.slice(1) : part.slice(1, -1);
}

function readPlaces(part: string): Places {
  const [before = "", after = ""] = part.split(".");
  return {
    least: before.replace(/^[^0]*|,/g, "").length,
    isGrouped: before.includes(","),
    leastDecimals: after.lastIndexOf("0") + 1,
    mostDecimals: after.length,
  };
}

/** Formats |value|. */
function writeDigits({ least, isGrouped, leastDecimals, mostDecimals }: Places, value: number | bigint): string {
  // From 1e21 on a number has no fraction, and toFixed writes an exponent.
  const text = typeof value === "bigint" || Math.abs(value) >= 1e21 ? String(BigInt(value)) : value.toFixed(mostDecimals);
  const start = text.startsWith("-") ? 1 : 0;
  const point = text.indexOf(".");
  const digits = point < 0 ? text.slice(start) : text.slice(start, point);
  let whole = (digits === "0" ? "" : digits).padStart(least, "0");
  const head = whole.length % 3 || 3;
  if (isGrouped) whole = whole.slice(0, head) + whole.slice(head).replace(/.../g, ",$&");
  if (point < 0) return leastDecimals === 0 ? whole : `${whole}.${"0".repeat(leastDecimals)}`;
  let end = text.length;
  while (end > point + 1 + leastDecimals && text.charCodeAt(end - 1) === 48) end--;
  return end === point + 1 ? whole : whole + text.slice(point, end);
}

const standardDates: Readonly<Record<string, string>> = {
  d: "MM/dd/yyyy",
  t: "HH:mm",
  T: "HH:mm:ss",
  o: "yyyy-MM-ddTHH:mm:ss.fffffffK",
  s: "yyyy-MM-ddTHH:mm:ss",
  u: "yyyy-MM-dd HH:mm:ssK",
};

function formatDate(date: Date, format: string): string | undefined {
  const rfc = date.toUTCString(); // "Sun, 01 Mar 2026 09:05:07 GMT"
  if (/^r$/i.test(format)) return rfc;
  const [yyyy = "", MM, dd, HH, mm, ss, ms] = date.toISOString().match(/\d+/g) ?? [];
  const hour = Number(HH);
  const parts: Readonly<Record<string, string | undefined>> = {
    ...{ yyyy, MM, dd, HH, mm, ss, yy: yyyy.slice(-2), MMM: rfc.slice(8, 11), ddd: rfc.slice(0, 3), zzz: "+00:00", K: "Z" },
    hh: String(hour % 12 || 12).padStart(2, "0"),
    tt: hour < 12 ? "AM" : "PM",
  };
  const pattern = format.length > 1 ? format : standardDates[format === "O" ? "o" : format];
  return pattern?.replace(/'[^']*'|"[^"]*"|\\.|([yMdHhmsf])\1*|tt|zzz|K/g, (part) => {
    if (/['"\\]/.test(part)) return literalOf(part);
    if (part.startsWith("f")) return `${ms}0000`.slice(0, part.length);
    if (/MMMM|dddd/.test(part)) {
      return date.toLocaleString("en-US", { timeZone: "UTC", [part.startsWith("M") ? "month" : "weekday"]: "long" });
    }
    return parts[part] ?? parts[part + part]?.replace(/^0/, "") ?? part;
  });
}

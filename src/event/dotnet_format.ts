/** Decides how .NET format strings render numbers, dates and strings, in the invariant culture and as far as JavaScript can. */

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

/** From this value on, a number has no fraction, and `toFixed` writes an exponent. */
const maxFixed = 1e21;

// Standard formats as custom formats; the decimals are added after the point.
const standardNumbers: Readonly<Record<string, string>> = { C: "¤#,##0.", F: "0.", N: "#,##0.", P: "#,##0. %" };

function formatNumber(value: number | bigint, format: string): string | undefined {
  const [, decimals] = /^0\.(0+)$/.exec(format) ?? []; // a shorter path, for example for durations of requests
  if (decimals !== undefined && typeof value === "number" && Math.abs(value) < maxFixed) {
    const text = value.toFixed(decimals.length);
    return /[1-9]/.test(text) ? text : text.replace("-", "");
  }
  const [, letter, digits] = /^([a-z])(\d*)$/i.exec(format) ?? [];
  if (!letter) return customNumber(value, format);
  const kind = letter.toUpperCase();
  const width = Number(digits);
  const pattern = standardNumbers[kind];
  if (width > maxLength) return undefined;
  if (pattern) return customNumber(value, pattern.replace(".", `.${"0".repeat(digits ? width : 2)}`));
  if (kind === "E") {
    return Number(value).toExponential(digits ? width : 6).replace("e", letter).replace(/\d+$/, (power) => power.padStart(3, "0"));
  }
  if (Number(value) % 1) return undefined;
  if (kind === "D") return customNumber(value, "0".repeat(width || 1));
  if (kind !== "X") return undefined; // G and R show the plain value
  const hex = (value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value)).toString(16).padStart(width, "0");
  return letter === kind ? hex.toUpperCase() : hex;
}

/** Formats by a custom format. Returns `undefined` if the format has no digits, or digits in several places, which is not supported. */
function customNumber(value: number | bigint, format: string): string | undefined {
  const [first = "", negative, zero] = format.split(";");
  let digits = "";
  const fillIn = (section: string): string | undefined => {
    const scaled = section.includes("%") ? Number(value) * 100 : value;
    // A comma after the last digit divides by 1000, which is not supported.
    if (/[#0],+(?![#0,])/.test(section) || Math.abs(Number(scaled)) === Infinity) return undefined;
    let places = 0;
    const text = section.replace(/'[^']*'|"[^"]*"|\\.|[#0][#0,]*(?:\.[#0]*)?|\.[#0]+/g, (part) => {
      if (/['"\\]/.test(part)) return literalOf(part);
      places++;
      return (digits = writeDigits(part, scaled));
    });
    return places > 1 ? undefined : text;
  };
  const text = fillIn((value < 0 && negative) || first);
  if (!text || !digits) return undefined;
  if (!/[1-9]/.test(digits)) return fillIn(zero || first);
  return value < 0 && !negative ? `-${text}` : text;
}

/** Returns the literal text of `'text'`, `"text"` or a backslash and a character. */
function literalOf(part: string): string {
  return part.startsWith("\\") ? part.slice(1) : part.slice(1, -1);
}

/** Formats the absolute value by placeholders such as `#,##0.0#`. */
function writeDigits(places: string, value: number | bigint): string {
  const [before = "", after = ""] = places.split(".");
  const text = typeof value === "bigint" || Math.abs(value) >= maxFixed ? String(BigInt(value)) : value.toFixed(after.length);
  const [digits = "", decimals = ""] = text.replace("-", "").split(".");
  let whole = digits.replace(/^0+/, "").padStart(before.replace(/^[^0]*|,/g, "").length, "0");
  const head = whole.length % 3 || 3;
  if (before.includes(",")) whole = whole.slice(0, head) + whole.slice(head).replace(/.../g, ",$&");
  const fraction = decimals.replace(/0+$/, "").padEnd(after.lastIndexOf("0") + 1, "0");
  return fraction ? `${whole}.${fraction}` : whole;
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

/** Compiles the specification after the colon of `{field:…}`: Python's format specification mini-language. */

import { checkWidths, Misfit, readWidth } from "./placeholder.ts";
import { digitsOf, firstOf, floatText, lengthOf, readDate, readFloat, readInt, str, typeName } from "./python_value.ts";
import { compileStrftime, utcTime } from "./strftime.ts";

/** A parsed specification. */
interface Spec {
  readonly fill: string;
  /** `<`, `>`, `=` or `^`; if absent, the type decides. */
  readonly align: string | undefined;
  /** `+`, `-` or a space. */
  readonly sign: string;
  readonly noNegativeZero: boolean;
  readonly alternate: boolean;
  /** Whether the width begins with 0 and the specification has no fill. */
  readonly isZeroed: boolean;
  readonly width: number;
  readonly separator: string;
  readonly precision: number;
  readonly type: string;
  /** Whether the specification can show a text, and whether it can show a float. */
  readonly takesText: boolean;
  readonly takesFloat: boolean;
}

/** Parts of a number in the order they are written. The fill goes before them, after them, or after the prefix. */
interface NumberParts {
  readonly sign: string;
  readonly prefix: string;
  readonly digits: string;
  /** Decimal point and fraction, which are neither grouped nor padded with zeros. */
  readonly rest: string;
}

const specRule = /^(?:([^])([<>=^])|([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d*)([,_])?(?:\.(\d+))?([^])?$/u;

/** Compiles a specification to a function that shows a value, or throws a {@linkcode Misfit}. */
export function compileSpec(spec: string): (value: unknown) => string {
  if (spec === "") return str;
  const read = parseSpec(spec);
  return (value) => {
    const date = readDate(value);
    if (date !== undefined) return formatDate(date, spec);
    if (typeof read === "string") throw new Misfit(read);
    const shown = typeof value === "string" ? formatText(value, read) : formatNumber(value, read);
    if (shown === undefined) throw new Misfit(`its format does not show a ${typeName(value)}`);
    return shown;
  };
}

/** Parses a specification, or returns what is wrong with it. */
function parseSpec(spec: string): Spec | string {
  const found = specRule.exec(spec);
  if (found === null) return `${spec} is no format specification`;
  const [, given, filled, lone, sign = "", z, sharp, zero, , separator = "", , type = ""] = found;
  const isZeroed = zero !== undefined && given === undefined;
  const align = filled ?? lone;
  const noNegativeZero = z !== undefined;
  const alternate = sharp !== undefined;
  const isForNumbers = sign !== "" || noNegativeZero || alternate || separator !== "" || align === "=";
  const [width, precision] = [readWidth(found[8]), readWidth(found[10])];
  return checkWidths(width, precision) ?? {
    ...{ fill: given ?? (isZeroed ? "0" : " "), align, sign, noNegativeZero, alternate, isZeroed, separator, type, width, precision },
    takesText: !isForNumbers && /^s?$/.test(type),
    takesFloat: /^[eEfFgGn%]?$/.test(type) && !(type === "n" && separator !== ""),
  };
}

/** Shows a date: its specification is a strftime format in which `%f` stands for the microseconds. */
function formatDate(date: Date, spec: string): string {
  const micros = `${String(date.getUTCMilliseconds()).padStart(3, "0")}000`;
  return compileStrftime(spec.replace(/%([%f])/g, (raw, letter) => (letter === "f" ? micros : raw)))(utcTime(date));
}

function formatText(value: string, spec: Spec): string | undefined {
  const { align = "<", precision, takesText } = spec;
  return takesText ? place("", precision >= 0 ? firstOf(value, precision) : value, spec, align) : undefined;
}

function formatNumber(value: unknown, spec: Spec): string | undefined {
  const int = readInt(value);
  const float = readFloat(value);
  if (float === undefined) return undefined;
  if (int === undefined) return formatFloat(float, spec);
  if (/[eEfFgG%]/.test(spec.type)) return typeof int === "bigint" && !Number.isFinite(float) ? undefined : formatFloat(float, spec);
  // JavaScript's 2 may stand for Python's 2.0, as with {seconds:.3}.
  return formatInt(int, spec) ?? (typeof value === "number" ? formatFloat(float, spec) : undefined);
}

/** Fills the width: before, after or around the text, or between its two parts. */
function place(head: string, tail: string, { fill, width }: Spec, align: string): string {
  const text = head + tail;
  const missing = width - lengthOf(text);
  if (missing <= 0) return text;
  const left = align === "^" ? Math.floor(missing / 2) : align === ">" ? missing : 0;
  return align === "=" ? head + fill.repeat(missing) + tail : fill.repeat(left) + text + fill.repeat(missing - left);
}

const bases: Readonly<Record<string, number>> = { b: 2, d: 10, n: 10, o: 8, x: 16, X: 16, "": 10 };

function formatInt(value: number | bigint, spec: Spec): string | undefined {
  const { precision, noNegativeZero, type, sign, alternate, separator } = spec;
  if (precision >= 0 || noNegativeZero) return undefined;
  if (type === "c") {
    if (sign !== "" || alternate || separator !== "" || value < 0 || value > 0x10ffff) return undefined;
    return assemble({ sign: "", prefix: "", digits: "", rest: String.fromCodePoint(Number(value)) }, spec, 0);
  }
  const base = bases[type];
  if (base === undefined || (separator !== "" && (type === "n" || (base !== 10 && separator === ",")))) return undefined;
  const { sign: minus, digits } = digitsOf(value, base);
  const parts = { sign: minus, prefix: alternate && base !== 10 ? `0${type}` : "", digits, rest: "" };
  return assemble(type === "X" ? { ...parts, digits: digits.toUpperCase() } : parts, spec, base === 10 ? 3 : 4);
}

function formatFloat(value: number, spec: Spec): string | undefined {
  const { precision, noNegativeZero, type, alternate } = spec;
  if (!spec.takesFloat) return undefined;
  const isPercent = type === "%";
  const isPlain = type === "";
  const letter = isPlain ? (precision < 0 ? "r" : "g") : type === "n" ? "g" : isPercent ? "f" : (type.toLowerCase() as "e" | "f" | "g");
  const style = { letter, alternate, noNegativeZero, hasPointZero: isPlain, precision: precision < 0 ? 6 : precision } as const;
  const text = floatText(isPercent ? value * 100 : value, style) + (isPercent ? "%" : "");
  const [, sign = "", digits = "", rest = ""] = /^(-?)(\d*)(.*)$/.exec(/[EFG]/.test(type) ? text.toUpperCase() : text)!;
  return assemble({ sign, prefix: "", digits, rest }, spec, 3);
}

/** Assembles a number: sign, separators between groups of digits, and the fill. */
function assemble({ sign, prefix, digits, rest }: NumberParts, spec: Spec, group: number): string {
  const { fill, isZeroed, width, separator } = spec;
  const align = spec.align ?? (isZeroed ? "=" : ">");
  const head = (sign || (/[+ ]/.test(spec.sign) ? spec.sign : "")) + prefix;
  const least = fill === "0" && align === "=" ? width - head.length - rest.length : 0;
  const grouped = digits === "" ? "" : separator === "" ? digits.padStart(least, "0") : groupDigits(digits, separator, group, least);
  return place(head, grouped + rest, spec, align);
}

/** Groups digits with separators, and adds leading zeros up to the minimum length. No separator comes first. */
function groupDigits(digits: string, separator: string, group: number, least: number): string {
  let text = "";
  for (let end = digits.length; end > 0 || text.length < least; end -= group) {
    const some = digits.slice(Math.max(end - group, 0), Math.max(end, 0));
    const tail = text === "" ? "" : separator + text;
    text = some.padStart(Math.min(group, Math.max(least - tail.length, 1)), "0") + tail;
  }
  return text;
}

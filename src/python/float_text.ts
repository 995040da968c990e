/** Floating-point numbers as Python writes them: exact digits, rounded half to even. */

/** What a float's text is asked to be. */
export interface FloatStyle {
  /** `e`, `f` and `g` as in C, or `r` for as few digits as tell the number from all others. */
  readonly letter: "e" | "f" | "g" | "r";
  /** Digits after the point, or all of them for `g`; `r` has none. */
  readonly precision?: number;
  /** Whether the point stays where nothing follows it, and the zeros of `g` (the flag `#`). */
  readonly alternate?: boolean;
  /** Whether a whole number has `.0`, unless there is an exponent. */
  readonly hasPointZero?: boolean;
  /** Whether what is rounded to zero has no sign. */
  readonly noNegativeZero?: boolean;
}

/** The digits of a number and where its point is, counted from the first of them. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** A float as text, with a `-` where it has one; `inf` and `nan` in small letters. (Source of the rules: CPython's pystrtod.c.) */
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

/** What JavaScript itself says, where that is the same. */
function quickText(size: number, { letter, precision = 0, alternate, hasPointZero, noNegativeZero }: FloatStyle): string | undefined {
  if (alternate || noNegativeZero) return undefined;
  if (letter === "r") return size < 1e-4 || size >= 1e16 || !hasPointZero ? undefined : Number.isInteger(size) ? `${size}.0` : `${size}`;
  if (letter !== "f" || precision > 20 || size >= 1e21) return undefined;
  // toFixed is exact as well, but rounds a half up: where a 5 comes next, it may be one.
  return size.toFixed(precision + 1).endsWith("5") ? undefined : size.toFixed(precision);
}

/** The float as `repr` has it: `1.0`, `1e+16`, `nan`. */
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
    exponent -= missing; // the shortest digits of a number below a power of ten may be that power
    if (missing !== 0) continue;
    const digits = String(whole + rest);
    return { digits: digits.slice(0, count), point: exponent + 1 + digits.length - count };
  }
}

const view = new DataView(new ArrayBuffer(8));

/** size · 10^decimals: its whole part, and 1 where half to even rounds up. */
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

/** Decides how a filter is split into tokens, and how an error shows the position of a wrong token. */

/** A token of a filter: `text` is in single quotes, `search` in double quotes. */
export interface Token {
  readonly kind: "name" | "text" | "search" | "number" | "sign" | "end";
  /** The token's meaning: the text without quotes, the number in digits, or the name or sign itself. */
  readonly value: string | number | bigint;
  /** The position where the token begins, from 0. */
  readonly position: number;
}

/** An invalid filter. The message names the position and what is expected there. */
export class FilterSyntaxError extends SyntaxError {
  /** Always `"FilterSyntaxError"`. */
  override readonly name: string = "FilterSyntaxError";
  /** The filter. */
  readonly filter: string;
  /** The position of the error, in UTF-16 units from 0. */
  readonly position: number;

  /** Creates the error from the filter, the position and a rule such as `"an operator is expected"`. */
  constructor(filter: string, position: number, rule: string) {
    super(`Cannot read the filter at character ${position + 1}: ${rule}`);
    this.filter = filter;
    this.position = position;
  }
}

/** Most characters of a filter, because the work for each event grows with the length of the filter. */
const maxLength = 4000;
const space = /\s*/y;
const name = /[@$]?[\p{L}_][\p{L}\p{N}_]*/yu;
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:(?:ms|us|[dhms])(?![\p{L}\p{N}_]))?/yu;
const sign = /<>|<=|>=|[=<>()[\],.+\-*%/]/y;
const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Operators of other languages, and their equivalents in Seq's language. */
const foreignSigns: readonly (readonly [sign: string, rule: string])[] = [
  ["==", "equality is written ="],
  ["=~", "text is matched with like"],
  ["!=", "inequality is written <>"],
  ["&&", "a conjunction is written and"],
  ["||", "a disjunction is written or"],
  ["!", "a negation is written not"],
  ["`", "text stands in single quotes"],
  ["{", "an object cannot be written here"],
  ["?", "[?] and [*] are not supported"],
];

/** Returns the match of a sticky pattern at the position; `""` if there is none. */
function matchAt(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? "";
}

/** Reads a quoted text from its opening quote on; a doubled quote means one quote. */
function readQuoted(filter: string, start: number): { value: string; end: number } {
  const mark = filter[start]!;
  let value = "";
  for (let at = start + 1;;) {
    const end = filter.indexOf(mark, at);
    if (end === -1) throw new FilterSyntaxError(filter, start, `the text that begins here needs a closing ${mark}`);
    value += filter.slice(at, end);
    if (filter[end + 1] !== mark) return { value, end: end + 1 };
    value += mark;
    at = end + 2;
  }
}

/** Reads a number. A duration such as `500ms` or `1m` becomes milliseconds; a whole number keeps all its digits. */
function readNumber(text: string): number | bigint {
  const [, digits = "", unit = ""] = /^([\d.]+(?:[eE][+-]?\d+)?)(\D*)$/.exec(text) ?? [];
  const value = Number(digits) * (unitsMs[unit] ?? 1);
  return Number.isSafeInteger(value) || unit !== "" || /\D/.test(digits) ? value : BigInt(digits);
}

function readToken(filter: string, position: number): { token: Token; end: number } {
  const mark = filter[position];
  if (mark === "'" || mark === '"') {
    const { value, end } = readQuoted(filter, position);
    return { token: { kind: mark === "'" ? "text" : "search", value, position }, end };
  }
  const digits = matchAt(number, filter, position);
  if (digits !== "") return { token: { kind: "number", value: readNumber(digits), position }, end: position + digits.length };
  const word = matchAt(name, filter, position);
  if (word !== "") return { token: { kind: "name", value: word, position }, end: position + word.length };
  const [, rule] = foreignSigns.find(([one]) => filter.startsWith(one, position)) ?? [];
  const value = matchAt(sign, filter, position);
  if (rule !== undefined || value === "") {
    throw new FilterSyntaxError(filter, position, rule ?? "a name, a value or an operator is expected");
  }
  return { token: { kind: "sign", value, position }, end: position + value.length };
}

/**
 * Splits a filter into its tokens; the last token marks the end.
 *
 * @throws {FilterSyntaxError} If a character begins no token, or the filter has more than 4000 characters.
 */
export function readTokens(filter: string): Token[] {
  if (filter.length > maxLength) throw new FilterSyntaxError(filter, maxLength, `a filter has at most ${maxLength} characters`);
  const tokens: Token[] = [];
  for (let at = matchAt(space, filter, 0).length; at < filter.length;) {
    const { token, end } = readToken(filter, at);
    tokens.push(token);
    at = end + matchAt(space, filter, end).length;
  }
  tokens.push({ kind: "end", value: "", position: filter.length });
  return tokens;
}

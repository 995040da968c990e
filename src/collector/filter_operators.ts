/** Decides what the operators of a filter return for the values of their operands. */

import { parseRank } from "../event/level.ts";
import { parseTimestamp } from "./collected_event.ts";
import { areEqual, compare, levelName, likeMatcher, type Read } from "./filter_values.ts";

/** A part of a filter that has a value. */
export interface Operand {
  readonly read: Read;
  /** The position where the operand begins in the filter, from 0. */
  readonly position: number;
  /** How the value is compared: levels by rank, times as timestamps. `search` is a text in double quotes. */
  readonly kind?: "level" | "time" | "search" | undefined;
  /** The value, if the operand is a literal. */
  readonly literal?: unknown;
  /** The items, if the operand is a list literal. */
  readonly items?: readonly Operand[] | undefined;
}

/** Throws an error that names a position in the filter. */
export type Fail = (rule: string, position: number) => never;

/** Two operands and how they are compared. */
export interface Comparison {
  readonly left: Operand;
  readonly sign: string;
  readonly right: Operand;
  readonly ignoresCase: boolean;
  readonly fail: Fail;
}

const orders: Readonly<Record<string, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** The comparison signs. */
export const comparisonSigns: readonly string[] = ["=", "<>", ...Object.keys(orders)];

/** Returns the reader of an operand that is compared with a level or a time. A text is converted to a level or a time. */
function readerAs(kind: Operand["kind"], { read, literal, position }: Operand, fail: Fail): Read {
  if (typeof literal !== "string") return read;
  if (kind === "level") return () => levelName(literal);
  if (kind !== "time") return read;
  const time = parseTimestamp(literal) ?? fail("a time is an ISO 8601 timestamp, such as '2026-03-01T10:15:00Z', or Now() - 5m", position);
  return () => time;
}

/** Returns the rank of a level for comparisons. */
const rankOf = (value: unknown): unknown => typeof value === "string" ? parseRank(value) : undefined;

/** Returns the reader of a comparison. The result is absent if a value is absent, or if values of different types are ordered. */
export function comparisonReader({ left, sign, right, ignoresCase, fail }: Comparison): Read {
  const isLevel = left.kind === "level" || right.kind === "level";
  const folds = ignoresCase || isLevel;
  const [a, b] = [readerAs(right.kind, left, fail), readerAs(left.kind, right, fail)];
  const isInOrder = orders[sign];
  if (isInOrder !== undefined) {
    return (event, nowMs) => {
      const [x, y] = [a(event, nowMs), b(event, nowMs)];
      const order = isLevel ? compare(rankOf(x), rankOf(y)) : compare(x, y, folds);
      return order === undefined ? undefined : isInOrder(order);
    };
  }
  return (event, nowMs) => {
    const [x, y] = [a(event, nowMs), b(event, nowMs)];
    return x === undefined || y === undefined ? undefined : areEqual(x, y, folds) === (sign === "=");
  };
}

/** Returns the reader of `left in list`. */
export function membershipReader({ left, right, ignoresCase, fail }: Omit<Comparison, "sign">): Read {
  const folds = ignoresCase || left.kind === "level";
  const items = right.items?.map((item) => readerAs(left.kind, item, fail));
  return (event, nowMs) => {
    const value = left.read(event, nowMs);
    const candidates = items?.map((read) => read(event, nowMs)) ?? right.read(event, nowMs);
    if (value === undefined || !Array.isArray(candidates)) return undefined;
    return candidates.some((one) => one !== undefined && areEqual(one, value, folds));
  };
}

/** Returns the reader of `left like pattern`; a value that is not a text matches nothing. */
export function likeReader(left: Operand, pattern: string, ignoresCase: boolean): Read {
  const matches = likeMatcher(pattern, ignoresCase || left.kind === "level");
  return (event, nowMs) => {
    const value = left.read(event, nowMs);
    return typeof value === "string" ? matches(value) : undefined;
  };
}

/** Returns the reader of a negation; an absent value remains absent. */
export function oppositeReader(read: Read): Read {
  return (event, nowMs) => {
    const value = read(event, nowMs);
    return typeof value === "boolean" ? !value : undefined;
  };
}

/** Returns the reader of `not term`: true for everything that is not true, including an absent value. */
export function negationReader(read: Read): Read {
  return (event, nowMs) => read(event, nowMs) !== true;
}

/** Returns the reader of terms joined by `and` or `or`. */
export function junctionReader(word: "and" | "or", terms: readonly Read[]): Read {
  return word === "or"
    ? (event, nowMs) => terms.some((read) => read(event, nowMs) === true)
    : (event, nowMs) => terms.every((read) => read(event, nowMs) === true);
}

const isNumber = (value: unknown): value is number | bigint => typeof value === "number" || typeof value === "bigint";

/** Returns the reader of a numeric operation. Whole numbers beyond 2^53 are rounded; a division by zero is absent. */
export function calculationReader(left: Read, sign: string, right: Read): Read {
  const compute = (a: number, b: number): number | undefined => {
    if (sign === "+") return a + b;
    if (sign === "-") return a - b;
    if (sign === "*") return a * b;
    return b === 0 ? undefined : sign === "/" ? a / b : a % b;
  };
  return (event, nowMs) => {
    const [a, b] = [left(event, nowMs), right(event, nowMs)];
    return isNumber(a) && isNumber(b) ? compute(Number(a), Number(b)) : undefined;
  };
}

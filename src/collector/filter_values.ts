/** Decides which values of an event a filter reads, and how they are compared. */

import { clefNames, parseRank } from "../event/level.ts";
import { type CollectedEvent, parseTimestamp } from "./collected_event.ts";

/** Reads one value of an event; `undefined` if it is absent. `nowMs` is the time at which the filter runs. */
export type Read = (event: CollectedEvent, nowMs: number) => unknown;

/** Returns a level under Serilog's name, whatever word the event uses; an unknown word is unchanged. */
export function levelName(level: string): string {
  return clefNames[parseRank(level) ?? -1] ?? level;
}

const startOf = ({ clef }: CollectedEvent): number | undefined => typeof clef["@st"] === "string" ? parseTimestamp(clef["@st"]) : undefined;

/** Returns the duration of a span in milliseconds; `undefined` if the event is no span. */
export function elapsedMs(event: CollectedEvent): number | undefined {
  const start = startOf(event);
  return start === undefined ? undefined : event.timestampMs - start;
}

/** Seq's names of an event's fields, and CLEF's short names for them. */
export const eventFields: Readonly<Record<string, Read>> = {
  "@Timestamp": ({ timestampMs }) => timestampMs,
  "@Level": ({ level }) => levelName(level),
  "@Message": ({ message }) => message,
  "@MessageTemplate": ({ messageTemplate }) => messageTemplate,
  "@Exception": ({ exception }) => exception,
  "@EventType": ({ eventType }) => eventType,
  "@TraceId": ({ traceId }) => traceId,
  "@SpanId": ({ spanId }) => spanId,
  "@ParentId": ({ clef }) => clef["@ps"],
  "@Start": startOf,
  "@Elapsed": elapsedMs,
  "@SpanKind": ({ clef }) => clef["@sk"],
  "@Resource": ({ clef }) => clef["@ra"],
  "@Scope": ({ clef }) => clef["@sa"],
  "@Properties": ({ properties }) => properties,
};

/** CLEF's names that may replace Seq's. */
export const shortFields: Readonly<Record<string, string>> = {
  "@t": "@Timestamp",
  "@l": "@Level",
  "@m": "@Message",
  "@mt": "@MessageTemplate",
  "@x": "@Exception",
  "@i": "@EventType",
  "@tr": "@TraceId",
  "@sp": "@SpanId",
  "@ps": "@ParentId",
  "@st": "@Start",
  "@sk": "@SpanKind",
  "@ra": "@Resource",
  "@sa": "@Scope",
  "@p": "@Properties",
};

/** Returns an object's own member or a list's item; a negative index counts from the end. */
function member(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === "number" ? value.at(step) : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : undefined;
}

/** Reads a path below a value. A property name may also contain the dots: `http.method` is then one property. */
export function readPath(root: Read, steps: readonly (string | number)[]): Read {
  const dotted = steps.length > 1 && steps.every((step) => typeof step === "string") ? steps.join(".") : undefined;
  return (event, nowMs) => {
    const start = root(event, nowMs);
    let value = start;
    for (const step of steps) value = member(value, step);
    return value === undefined && dotted !== undefined ? member(start, dotted) : value;
  };
}

const isNumber = (value: unknown): value is number | bigint => typeof value === "number" || typeof value === "bigint";

/** Returns the text in the form that comparisons ignoring case use. */
export const fold = (value: unknown): unknown => typeof value === "string" ? value.toLowerCase() : value;

/** Returns whether two values are equal: numbers by value, lists item by item. Other values must have the same type. */
export function areEqual(left: unknown, right: unknown, ignoresCase = false): boolean {
  // deno-lint-ignore eqeqeq -- a bigint and a number of the same value are equal
  if (isNumber(left) && isNumber(right)) return left == right;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, i) => areEqual(item, right[i], ignoresCase));
  }
  return ignoresCase ? fold(left) === fold(right) : left === right;
}

/** Returns a number below, at or above 0; `undefined` if the values have no order, such as a text and a number, or an absent value. */
export function compare(left: unknown, right: unknown, ignoresCase = false): number | undefined {
  const isOrdered = (isNumber(left) && isNumber(right)) || (typeof left === "string" && typeof right === "string");
  if (!isOrdered) return undefined;
  const [a, b] = ignoresCase ? [fold(left) as string, fold(right) as string] : [left as string, right as string];
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Returns the index where a part of a pattern matches, at or after a position. `_` (written as `""`) matches any character. Returns -1 if
 * the part does not match.
 */
function indexOfPiece(text: string, piece: readonly string[], from: number): number {
  if (piece.every((unit) => unit !== "")) return text.indexOf(piece.join(""), from);
  for (let at = from; at + piece.length <= text.length; at++) if (standsAt(text, piece, at)) return at;
  return -1;
}

function standsAt(text: string, piece: readonly string[], at: number): boolean {
  return at >= 0 && at + piece.length <= text.length && piece.every((unit, i) => unit === "" || unit === text[at + i]);
}

/**
 * Returns a matcher for texts: `%` matches any characters and `_` a single character; `%%` matches `%`, and `__` matches `_`.
 *
 * The parts between `%` are searched from left to right. The first match of each part is sufficient, so there is no backtracking.
 */
export function likeMatcher(pattern: string, ignoresCase: boolean): (text: string) => boolean {
  const pieces: string[][] = [[]];
  const units = (ignoresCase ? pattern.toLowerCase() : pattern).match(/%%|__|[^]/g) ?? [];
  for (const unit of units) {
    if (unit === "%") pieces.push([]);
    else pieces.at(-1)!.push(unit === "_" ? "" : unit[0]!);
  }
  const first = pieces.shift()!;
  const last = pieces.pop();
  return (given) => {
    const text = ignoresCase ? given.toLowerCase() : given;
    if (!standsAt(text, first, 0)) return false;
    if (last === undefined) return text.length === first.length;
    let at = first.length;
    for (const piece of pieces) {
      const found = indexOfPiece(text, piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return text.length - last.length >= at && standsAt(text, last, text.length - last.length);
  };
}

/** Returns a reader that checks whether the message or the exception contains the text, ignoring case. */
export function searchFor(text: string): Read {
  const wanted = text.toLowerCase();
  return ({ message, exception = "" }) => message.toLowerCase().includes(wanted) || exception.toLowerCase().includes(wanted);
}

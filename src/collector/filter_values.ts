/** The values of an event that a filter reads, and how they are compared. */

import { clefNames, parseRank } from "../event/level.ts";
import { type CollectedEvent, parseTimestamp } from "./collected_event.ts";

/** Reads one value of an event; `undefined` where it is absent. `nowMs` is the time at which the filter is asked. */
export type Read = (event: CollectedEvent, nowMs: number) => unknown;

/** Returns a level as Serilog names it, whatever word the event has for it; a word that is no level stays. */
export function levelName(level: string): string {
  return clefNames[parseRank(level) ?? -1] ?? level;
}

const startOf = ({ clef }: CollectedEvent): number | undefined => typeof clef["@st"] === "string" ? parseTimestamp(clef["@st"]) : undefined;

/** Returns how long a span took, in milliseconds; `undefined` where the event is no span. */
export function elapsedMs(event: CollectedEvent): number | undefined {
  const start = startOf(event);
  return start === undefined ? undefined : event.timestampMs - start;
}

/** What Seq calls the fields of an event, and CLEF's short names of the same. */
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

/** The names of CLEF that may stand in place of Seq's. */
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

/** Returns an own member of an object, or an item of a list; a negative index counts from the end. */
function member(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === "number" ? value.at(step) : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : undefined;
}

/** Reads a path below a value. A name with dots may also stand in the event as it is: `http.method` is then one property. */
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

/** Returns the text as it is compared where case does not count. */
export const fold = (value: unknown): unknown => typeof value === "string" ? value.toLowerCase() : value;

/** Returns whether two values are equal: numbers by their value, lists item by item, all else of one type. */
export function areEqual(left: unknown, right: unknown, ignoresCase = false): boolean {
  // deno-lint-ignore eqeqeq -- a bigint and a number of the same value are equal
  if (isNumber(left) && isNumber(right)) return left == right;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, i) => areEqual(item, right[i], ignoresCase));
  }
  return ignoresCase ? fold(left) === fold(right) : left === right;
}

/** Returns a number below, at or above 0; `undefined` where the values have no order: a text and a number, an absent value. */
export function compare(left: unknown, right: unknown, ignoresCase = false): number | undefined {
  const isOrdered = (isNumber(left) && isNumber(right)) || (typeof left === "string" && typeof right === "string");
  if (!isOrdered) return undefined;
  const [a, b] = ignoresCase ? [fold(left) as string, fold(right) as string] : [left as string, right as string];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns the index of a piece of a pattern at or after a place, in which `_` (as `""`) stands for any character; -1 where there is none. */
function indexOfPiece(text: string, piece: readonly string[], from: number): number {
  if (piece.every((unit) => unit !== "")) return text.indexOf(piece.join(""), from);
  for (let at = from; at + piece.length <= text.length; at++) if (standsAt(text, piece, at)) return at;
  return -1;
}

function standsAt(text: string, piece: readonly string[], at: number): boolean {
  return at >= 0 && at + piece.length <= text.length && piece.every((unit, i) => unit === "" || unit === text[at + i]);
}

/**
 * Returns a matcher of texts: `%` stands for any characters, `_` for one, each for itself where it is doubled.
 *
 * The pieces between `%` are looked for from left to right, the first place of each is enough, and nothing is tried twice.
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

/** Returns a reader of whether the message or the exception has the text, in any case. */
export function searchFor(text: string): Read {
  const wanted = text.toLowerCase();
  return ({ message, exception = "" }) => message.toLowerCase().includes(wanted) || exception.toLowerCase().includes(wanted);
}

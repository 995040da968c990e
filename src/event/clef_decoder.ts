/** Decides how one line of CLEF becomes an event that can be written again. */

import { parseExactJson } from "./exact_json_parser.ts";
import { levels, parseRank, quote } from "./level.ts";
import { isEventType, type LogEventInit } from "./log_event.ts";
import type { SpanKind } from "./span_fields.ts";
import { define } from "./value_kind.ts";

/** A decoded event. */
export interface DecodedEvent extends LogEventInit {
  /** Whether Seq would not accept its `@i` as an event type. The value of `@i` is then a property. */
  readonly hasWrongType?: boolean;
}

/** Reads one line of CLEF. Throws a SyntaxError that names the line's number. */
export function decodeClef(line: string, number = 1): DecodedEvent {
  const clef = parse(line, number);
  const event = readClef(clef);
  if (Number.isNaN(event.timestampMs)) throw new SyntaxError(`Cannot read line ${number} as CLEF: @t is ${quote(clef["@t"])}`);
  return event;
}

/** Reads the parsed JSON of a line. The time of the event is NaN if the line has no valid one. */
export function readClef(clef: Readonly<Record<string, unknown>>): DecodedEvent {
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(clef)) {
    if (!field.test(name)) define(properties, name.startsWith("@@") ? name.slice(1) : name, value);
  }
  const { ms: timestampMs, ticks } = readTime(clef["@t"]);
  const eventType = clef["@i"];
  const isWrong = eventType !== undefined && !isEventType(eventType);
  if (isWrong) properties["@i"] = eventType;
  const span = readSpan(clef);
  if (span === undefined && "@st" in clef) properties["@st"] = clef["@st"];
  const text = (name: string): string | undefined => (typeof clef[name] === "string" ? clef[name] : undefined);
  return {
    timestampMs,
    ticks,
    level: levels[parseRank(text("@l") ?? "info") ?? 2] ?? "info",
    messageTemplate: text("@mt"),
    message: text("@m"),
    error: text("@x"),
    traceId: text("@tr"),
    spanId: text("@sp"),
    eventType: isWrong ? undefined : eventType as LogEventInit["eventType"],
    properties,
    ...span,
    ...(isWrong && { hasWrongType: true }),
  };
}

/** Returns the span fields of a line; `undefined` if it has none. */
function readSpan(clef: Readonly<Record<string, unknown>>): Partial<LogEventInit> | undefined {
  const { ms, ticks } = readTime(clef["@st"]);
  if (Number.isNaN(ms)) return undefined;
  const bag = (name: string): object | undefined => (typeof clef[name] === "object" ? clef[name] ?? undefined : undefined);
  return {
    spanStart: ms,
    spanStartTicks: ticks,
    parentId: clef["@ps"] as string | undefined,
    spanKind: clef["@sk"] as SpanKind | undefined,
    resource: bag("@ra"),
    scope: bag("@sa"),
  };
}

/** Returns a time with a precision of 100 ns; NaN if it is invalid. */
function readTime(given: unknown): { readonly ms: number; readonly ticks: number } {
  const text = typeof given === "string" ? given : "";
  const fraction = /\.\d{3}(\d{1,4})/.exec(text)?.[1] ?? "0";
  return { ms: Math.floor(Date.parse(text)), ticks: Number(fraction.padEnd(4, "0")) };
}

/** The fields that do not become properties. Renderings are computed again. */
const field = /^@(?:[ilmrtx]|mt|tr|s[akpt]|ps|ra)$/;

function parse(line: string, number: number): Record<string, unknown> {
  try {
    const clef: unknown = parseExactJson(line);
    if (typeof clef === "object" && clef !== null && !Array.isArray(clef)) return clef as Record<string, unknown>;
  } catch {
    // the caller reports it with the line number
  }
  throw new SyntaxError(`Cannot read line ${number} as CLEF: it is no JSON object`);
}

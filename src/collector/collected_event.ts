/** Decides how one CLEF object becomes an event, and which objects are rejected. */

import { quote } from "../event/level.ts";
import { parseTemplate, renderHole } from "../event/message_template.ts";
import { IngestionError } from "./answer.ts";

/** An event that the collector accepted, read as Seq reads it. Missing fields are absent, not `undefined`. */
export interface CollectedEvent {
  /** `@t`, unchanged. */
  readonly timestamp: string;
  /** `@t` in whole milliseconds since 1970; only `timestamp` has finer digits. */
  readonly timestampMs: number;
  /** `@l`, unchanged; `"Information"` if it is absent. */
  readonly level: string;
  /** `@m` or, if it is absent, the rendered template: with the texts of `@r` if their number matches, else with the properties. */
  readonly message: string;
  /** `@mt` or, if it is absent, `@m`, which Seq then uses as the template; `""` without both. */
  readonly messageTemplate: string;
  /** `@x`: the exception's text, including the stack. */
  readonly exception?: string;
  /** `@i`: the event type, a number or a text. */
  readonly eventType?: number | string;
  /** `@r`: one text for each hole with a format, even if the number of texts is wrong. */
  readonly renderings?: readonly string[];
  /** `@tr`. */
  readonly traceId?: string;
  /** `@sp`. */
  readonly spanId?: string;
  /** All fields that are not CLEF's own. `@@name` becomes `@name`, and an unknown `@name` is unchanged. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The parsed line; for a legacy event, its equivalent in CLEF. */
  readonly clef: Readonly<Record<string, unknown>>;
}

/** The fields that CLEF reserves, including those of spans and metrics; every other name is a property. */
const reified = new Set(["@t", "@m", "@mt", "@l", "@x", "@i", "@r", "@tr", "@sp", "@ps", "@st", "@sk", "@ra", "@sa", "@d"]);

function refuse(line: number, rule: string, value: unknown): never {
  throw new IngestionError(400, `Cannot ingest the event on line ${line} as ${rule}: current value is ${quote(value)}`);
}

const iso8601 = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)? ?(Z|[+-]\d\d:?\d\d)?$/i;

/** Returns the offset as `+hh:mm`, as `Z`, or empty for local time; `undefined` beyond the 14 hours that .NET allows. */
function normalOffset(offset: string): string | undefined {
  if (offset === "" || /^z$/i.test(offset)) return offset.toUpperCase();
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  return minutes < 60 && hours * 60 + minutes <= 14 * 60 ? `${offset.slice(0, 3)}:${offset.slice(-2)}` : undefined;
}

/**
 * Reads an ISO 8601 timestamp as Seq does, in whole milliseconds since 1970; `undefined` if it is invalid.
 *
 * The time, the seconds and the fraction (any number of digits) are optional; without an offset the time is local, as in .NET's
 * `DateTimeOffset`. The calendar is checked: 30 February is invalid. Other date forms of .NET are rejected, because CLEF requires ISO 8601.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = iso8601.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "00", minute = "00", second = "00", fraction = "", rawOffset = ""] = match;
  const offset = normalOffset(rawOffset);
  const leapAlike = 2000 + (Number(year) % 400); // Date.UTC reads the years 0 to 99 as 1900 to 1999
  const lastDay = new Date(Date.UTC(leapAlike, Number(month), 0)).getUTCDate();
  if (offset === undefined || year === "0000" || Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > lastDay) {
    return undefined;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}${offset}`);
}

/** Returns a field that must be a string if present; null is not a string. */
function text(clef: Record<string, unknown>, name: string, line: number): string | undefined {
  if (!Object.hasOwn(clef, name)) return undefined;
  const value = clef[name];
  return typeof value === "string" ? value : refuse(line, `\`${name}\` must be a string`, value);
}

function timestampOf(clef: Record<string, unknown>, line: number): { timestamp: string; timestampMs: number } {
  const timestamp = text(clef, "@t", line);
  if (timestamp === undefined) throw new IngestionError(400, `Cannot ingest the event on line ${line}: it carries no \`@t\` timestamp`);
  const timestampMs = parseTimestamp(timestamp) ?? refuse(line, "`@t` must be an ISO 8601 timestamp", timestamp);
  return { timestamp, timestampMs };
}

function eventTypeOf(clef: Record<string, unknown>, line: number): number | string | undefined {
  const value = clef["@i"];
  if (value === undefined || typeof value === "string") return value;
  const isUint32 = typeof value === "number" && value >>> 0 === value;
  return isUint32 ? value : refuse(line, "`@i` must be an unsigned 32-bit integer or a string", value);
}

function renderingsOf(clef: Record<string, unknown>, line: number): string[] | undefined {
  const value = clef["@r"];
  if (value === undefined) return undefined;
  const isTexts = Array.isArray(value) && value.every((rendering) => typeof rendering === "string");
  return isTexts ? (value as string[]) : refuse(line, "`@r` must be an array of strings", shown(value));
}

/** Returns a value as a message shows it: its JSON, if it has one. */
function shown(value: unknown): unknown {
  try {
    return JSON.stringify(value);
  } catch {
    return value; // nested too deeply, or a bigint
  }
}

function propertiesOf(clef: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(clef).filter(([name]) => !reified.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name.startsWith("@@") ? name.slice(1) : name, value]));
}

function render(messageTemplate: string, properties: Record<string, unknown>, renderings: readonly string[] | undefined): string {
  const template = parseTemplate(messageTemplate);
  const given = renderings?.length === template.formatted.length ? renderings : undefined;
  let next = 0;
  return template.tokens
    .map((token) => {
      if (token.kind === "text") return token.text;
      return given !== undefined && token.format !== undefined ? given[next++] : renderHole(token, properties);
    })
    .join("");
}

/** Returns the object without its undefined fields. */
function present(fields: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept;
}

/**
 * Reads one parsed CLEF object and checks every field that Seq checks.
 *
 * Only `@t` is required. If they are present, `@m`, `@mt`, `@l`, `@x`, `@tr`, `@sp` must be strings, `@i` an unsigned 32-bit integer or a
 * string, and `@r` an array of strings. The rules are those of Seq's own forwarder (`EventSchema`).
 *
 * @param clef The parsed line.
 * @param line The line's number in the request, from 1, which messages name.
 * @returns The event.
 * @throws {IngestionError} With status 400; the message names the line, the field and its value.
 */
export function toCollectedEvent(clef: Record<string, unknown>, line: number): CollectedEvent {
  const [rendered, template, renderings] = [text(clef, "@m", line), text(clef, "@mt", line), renderingsOf(clef, line)];
  const properties = propertiesOf(clef);
  return present({
    ...timestampOf(clef, line),
    level: text(clef, "@l", line) ?? "Information",
    message: rendered ?? render(template ?? "", properties, renderings),
    messageTemplate: template ?? rendered ?? "",
    exception: text(clef, "@x", line),
    eventType: eventTypeOf(clef, line),
    renderings,
    traceId: text(clef, "@tr", line),
    spanId: text(clef, "@sp", line),
    properties,
    clef,
  }) as unknown as CollectedEvent;
}

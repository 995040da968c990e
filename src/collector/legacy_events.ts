/** Decides how the JSON body that Seq's clients sent before CLEF becomes events. */

import { parseExactJson } from "../event/exact_json_parser.ts";
import { quote } from "../event/level.ts";
import { parseTemplate } from "../event/message_template.ts";
import { toCollectedEvent } from "./collected_event.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { IngestionError } from "./answer.ts";

type JsonObject = Record<string, unknown>;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The CLEF field for each field of the older format; `Properties` and `Renderings` are converted separately. */
const clefNames: Readonly<Record<string, string>> = {
  Timestamp: "@t",
  Level: "@l",
  MessageTemplate: "@mt",
  RenderedMessage: "@m",
  Exception: "@x",
  EventType: "@i",
  TraceId: "@tr",
  SpanId: "@sp",
};

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the array of events under either of its names. */
function eventsOf(body: Uint8Array): unknown[] {
  let payload: unknown;
  try {
    payload = parseExactJson(utf8.decode(body));
  } catch {
    throw new IngestionError(
      400,
      "Cannot ingest the payload: it is no valid JSON (send CLEF with `?clef` or `application/vnd.serilog.clef`)",
    );
  }
  const events = isObject(payload) ? (payload["events"] ?? payload["Events"]) : undefined;
  if (!Array.isArray(events)) throw new IngestionError(400, "Cannot ingest the payload: it must be an object with an `Events` array");
  return events;
}

/** Converts `{ Name: [{ Format, Rendering }] }` to CLEF's list, one text for each hole with a format; `undefined` if a text is missing. */
function toRenderings(messageTemplate: unknown, renderings: unknown): string[] | undefined {
  if (typeof messageTemplate !== "string" || !isObject(renderings)) return undefined;
  const texts = parseTemplate(messageTemplate).formatted.map((hole) => {
    const ofName = Object.hasOwn(renderings, hole.name) ? renderings[hole.name] : undefined;
    const found = Array.isArray(ofName) ? ofName.find((each) => isObject(each) && each["Format"] === hole.format) : undefined;
    return found?.Rendering as unknown;
  });
  return texts.every((text) => typeof text === "string") ? texts : undefined;
}

/** Converts an event to CLEF. Null fields are omitted, because older clients write null for an absent field. */
function toClef(event: JsonObject): JsonObject {
  const fields = Object.entries(clefNames).map(([name, clefName]) => [clefName, event[name]] as const);
  const properties = isObject(event["Properties"]) ? Object.entries(event["Properties"]) : [];
  const renderings = toRenderings(event["MessageTemplate"], event["Renderings"]);
  return Object.fromEntries([
    ...fields.filter(([, value]) => value !== undefined && value !== null),
    ...(renderings === undefined ? [] : [["@r", renderings] as const]),
    ...properties.map(([name, value]) => [name.startsWith("@") ? `@${name}` : name, value] as const),
  ]);
}

/**
 * Reads the older JSON body `{"Events": [{"Timestamp", "Level", "MessageTemplate", "Properties", …}]}`, which Seq accepts on
 * `/api/events/raw`.
 *
 * Each event is checked against CLEF's rules; `line` in a message is the event's position in the array, from 1.
 *
 * @param body The whole body.
 * @param maxEventBytes The most bytes of one event, serialized without spaces.
 * @returns The events in their order.
 * @throws {IngestionError} With status 400 and a message that names the event.
 */
export function readLegacyEvents(body: Uint8Array, maxEventBytes: number): CollectedEvent[] {
  return eventsOf(body).map((event, index) => {
    const place = index + 1;
    if (!isObject(event)) {
      const problem = `it must be a JSON object: current value is ${quote(event)}`;
      throw new IngestionError(400, `Cannot ingest the event on line ${place} as ${problem}`);
    }
    const bytes =
      new TextEncoder().encode(JSON.stringify(event, (_name, value) => (typeof value === "bigint" ? Number(value) : value))).length;
    if (bytes <= maxEventBytes) return toCollectedEvent(toClef(event), place);
    const problem = `an event may have at most ${maxEventBytes} bytes: it has ${bytes}`;
    throw new IngestionError(400, `Cannot ingest the event on line ${place} as ${problem}`);
  });
}

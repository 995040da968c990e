/** CLEF read back: a line becomes an event that can be written again. */

import { parseExactJson } from "./exact_json_parser.ts";
import { levels, parseRank, quote } from "./level.ts";
import type { LogEventInit } from "./log_event.ts";

/** An event as it was read. */
export interface DecodedEvent extends LogEventInit {
  /** Whether its `@i` is nothing that Seq takes as an event type: then it is a property. */
  readonly hasWrongType?: boolean;
}

/** Reads one line of CLEF. Throws a SyntaxError that tells the line's number. */
export function decodeClef(line: string, number = 1): DecodedEvent {
  const clef = parse(line, number);
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(clef)) {
    if (!known.has(name)) {
      Object.defineProperty(properties, name.startsWith("@@") ? name.slice(1) : name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  const time = typeof clef["@t"] === "string" ? clef["@t"] : "";
  const timestampMs = Date.parse(time);
  if (Number.isNaN(timestampMs)) throw new SyntaxError(`Cannot read line ${number} as CLEF: @t is ${quote(clef["@t"])}`);
  const fraction = /\.\d{3}(\d{1,4})/.exec(time)?.[1] ?? "0";
  const eventType = clef["@i"] as string | number;
  const isEventType = eventType === undefined || typeof eventType === "string" ||
    (typeof eventType === "number" && eventType >>> 0 === eventType);
  if (!isEventType) properties["@i"] = eventType;
  const text = (name: string): string | undefined => (typeof clef[name] === "string" ? clef[name] : undefined);
  return {
    timestampMs: Math.floor(timestampMs),
    ticks: Number(fraction.padEnd(4, "0")),
    level: levels[parseRank(text("@l") ?? "info") ?? 2] ?? "info",
    messageTemplate: text("@mt"),
    message: text("@m"),
    error: text("@x"),
    traceId: text("@tr"),
    spanId: text("@sp"),
    eventType: isEventType ? eventType : undefined,
    properties,
    ...(!isEventType && { hasWrongType: true }),
  };
}

/** The fields that are no properties; a rendering is made anew. */
const known = new Set(["@t", "@mt", "@m", "@l", "@x", "@i", "@r", "@tr", "@sp"]);

function parse(line: string, number: number): Record<string, unknown> {
  try {
    const clef: unknown = parseExactJson(line);
    if (typeof clef === "object" && clef !== null && !Array.isArray(clef)) return clef as Record<string, unknown>;
  } catch {
    // told below, with the number of the line
  }
  throw new SyntaxError(`Cannot read line ${number} as CLEF: it is no JSON object`);
}

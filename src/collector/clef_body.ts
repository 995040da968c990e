/** CLEF, newline-delimited JSON, read as strictly as Seq reads it. */

import { parseExactJson } from "../event/exact_json_parser.ts";
import { quote } from "../event/level.ts";
import type { Filled } from "../option_schema.ts";
import { toCollectedEvent } from "./collected_event.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { IngestionError } from "./answer.ts";

/** How {@linkcode readClef} reads. */
export interface ClefReaderOptions {
  /** The most bytes of UTF-8 that one event may have, its line end not counted. Default 262 144, Seq's. */
  readonly maxEventBytes?: number | undefined;
  /** What an empty line among the events does: `"reject"` (default; `seqcli forwarder` does so) or `"skip"` (the older forwarder did). */
  readonly blankLines?: "reject" | "skip" | undefined;
}

/** How Seq itself reads. */
export const seqLimits: Filled<ClefReaderOptions> = { maxEventBytes: 262_144, blankLines: "reject" };

const newline = 10;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One line as text, checked as bytes. */
function decodeLine(bytes: Uint8Array, line: number, maxEventBytes: number): string {
  if (bytes.length > maxEventBytes) {
    const problem = `an event may have at most ${maxEventBytes} bytes: it has ${bytes.length}`;
    throw new IngestionError(400, `Cannot ingest the event on line ${line} as ${problem}`);
  }
  try {
    return utf8.decode(bytes);
  } catch {
    throw new IngestionError(400, `Cannot ingest the event on line ${line}: it is not valid UTF-8`);
  }
}

/** The JSON object on a line. */
function parseLine(text: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseExactJson(text);
  } catch {
    throw new IngestionError(400, `Cannot ingest the event on line ${line} as it must be valid JSON: current value is ${quote(text)}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new IngestionError(400, `Cannot ingest the event on line ${line} as it must be a JSON object: current value is ${quote(text)}`);
}

/** Reads one line of CLEF, whose number is for the message. Throws an {@linkcode IngestionError} where Seq would refuse the event. */
export function readClefLine(text: string, line: number): CollectedEvent {
  return toCollectedEvent(parseLine(text, line), line);
}

/** The lines without their ends (`\n` or `\r\n`); the last may lack its end, and a byte order mark before the first is not part of it. */
function* splitLines(body: Uint8Array): Generator<Uint8Array, void> {
  let start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  while (start < body.length) {
    const found = body.indexOf(newline, start);
    const end = found === -1 ? body.length : found;
    yield body.subarray(start, end > start && body[end - 1] === 13 ? end - 1 : end);
    start = end + 1;
  }
}

/**
 * Reads a body of CLEF, newline-delimited JSON, as strictly as Seq does: one bad line refuses the whole.
 *
 * Lines end in `\n` or `\r\n`, the last may lack its end; an empty body holds no event and is valid.
 *
 * @param body The whole body.
 * @param options The limit of an event in bytes, and what an empty line does.
 * @returns The events in their order.
 * @throws {IngestionError} With status 400 and a message that names the line.
 */
export function readClef(body: Uint8Array, options: ClefReaderOptions = {}): CollectedEvent[] {
  const { maxEventBytes = seqLimits.maxEventBytes, blankLines = seqLimits.blankLines } = options;
  const events: CollectedEvent[] = [];
  let line = 0;
  for (const bytes of splitLines(body)) {
    line++;
    const text = decodeLine(bytes, line, maxEventBytes);
    if (/^\s*$/.test(text)) {
      if (blankLines === "skip") continue;
      throw new IngestionError(400, `Cannot ingest the event on line ${line}: the line is blank`);
    }
    events.push(readClefLine(text, line));
  }
  return events;
}

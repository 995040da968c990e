/** Decides which bodies of CLEF, newline-delimited JSON, the collector accepts: those that Seq accepts. */

import { parseExactJson } from "../event/exact_json_parser.ts";
import { quote } from "../event/level.ts";
import type { Filled } from "../option_schema.ts";
import { toCollectedEvent } from "./collected_event.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { IngestionError } from "./answer.ts";

/** The options of {@linkcode readClef}. */
export interface ClefReaderOptions {
  /** Most bytes of UTF-8 in one event, without its line end. Default 262 144, as in Seq. */
  readonly maxEventBytes?: number | undefined;
  /**
   * Whether an empty line between events is rejected (`"reject"`, default, like `seqcli forwarder`) or skipped (`"skip"`, like the older
   * forwarder).
   */
  readonly blankLines?: "reject" | "skip" | undefined;
}

/** Seq's own options. */
export const seqLimits: Filled<ClefReaderOptions> = { maxEventBytes: 262_144, blankLines: "reject" };

const newline = 10;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes one line, and checks its size and encoding. */
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

/** Parses the JSON object on a line. */
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

/** Reads one line of CLEF; messages name its number. Throws an {@linkcode IngestionError} if Seq would reject the event. */
export function readClefLine(text: string, line: number): CollectedEvent {
  return toCollectedEvent(parseLine(text, line), line);
}

/** Yields the lines without their ends (`\n` or `\r\n`) and without a byte order mark. The last line may lack its end. */
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
 * Reads a body of CLEF, newline-delimited JSON, as strictly as Seq does: one wrong line rejects the whole body.
 *
 * Lines end in `\n` or `\r\n`; the last line may lack its end. An empty body has no event and is valid.
 *
 * @param body The whole body.
 * @param options The limit of an event in bytes, and whether empty lines are rejected.
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

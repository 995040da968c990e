/** Decides how files and streams of CLEF are split into events and other lines. */

import { LineBuffer } from "../event/clef_decoder_stream.ts";
import { IngestionError } from "./answer.ts";
import { readClefLine } from "./clef_body.ts";
import type { CollectedEvent } from "./collected_event.ts";

/** A line that is not an event. If it looks like an event, `problem` is the reason. */
export interface OtherLine {
  readonly event?: undefined;
  readonly text: string;
  readonly problem?: string;
}

/** An event or another line. */
export type ClefLine = { readonly event: CollectedEvent } | OtherLine;

/** Most bytes of a line, and so of the buffer: 16 MiB. */
const maxLineBytes = 16_777_216;

function readLine(text: string, line: number): ClefLine {
  if (!text.trimStart().startsWith("{")) return { text };
  try {
    return { event: readClefLine(text, line) };
  } catch (error) {
    if (error instanceof IngestionError) return { text, problem: error.message };
    return { text, problem: `Cannot read the event on line ${line}: a value is nested too deep` };
  }
}

/**
 * Reads bytes as lines of CLEF and skips blank lines. A line that is not an event is returned as text, because programs also print other
 * lines.
 *
 * @returns The lines of each chunk of input as one list, so that a reader can handle them together.
 * @throws {SyntaxError} If a line exceeds 16 MiB.
 */
export async function* readClefLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ClefLine[], void> {
  const buffer = new LineBuffer(maxLineBytes);
  let lines: ClefLine[] = [];
  const add = (text: string, line: number): void => void lines.push(readLine(text, line));
  for await (const chunk of bytes) {
    buffer.add(chunk, add);
    if (lines.length > 0) yield lines;
    lines = [];
  }
  buffer.end(add);
  if (lines.length > 0) yield lines;
}

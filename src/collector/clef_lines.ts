/** Files and streams of CLEF, read line by line. */

import { LineBuffer } from "../event/clef_decoder_stream.ts";
import { IngestionError } from "./answer.ts";
import { readClefLine } from "./clef_body.ts";
import type { CollectedEvent } from "./collected_event.ts";

/** A line that is no event; where it looks like one, with what is wrong with it. */
export interface OtherLine {
  readonly event?: undefined;
  readonly text: string;
  readonly problem?: string;
}

/** What a line holds. */
export type ClefLine = { readonly event: CollectedEvent } | OtherLine;

/** The most bytes of a line, 16 MiB: so much is kept in memory at the most. */
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
 * Reads bytes as lines of CLEF; blank lines are passed over. A line that is no event is returned as text: a program prints other things, too.
 *
 * @returns The lines of each piece of input together, so that a reader who handles them at once works in few steps.
 * @throws {SyntaxError} If a line has more than 16 MiB.
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

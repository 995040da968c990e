/** Decides how the times of an event and of a span's start are written, and how a queue dates a line anew. */

import { utf8 } from "../runtime/utf8.ts";
import type { EventTime } from "./event_clock.ts";

let lastMs = NaN;
let lastText = "";
let secondMs = NaN;
let secondText = "";
const maxTimestampMs = 253_402_300_799_999;

/** Returns the opening brace and `@t` in UTC with 7 digits: first and of fixed width, so that a queue can overwrite it later. */
export function timeField({ timestampMs, ticks }: EventTime): string {
  if (timestampMs !== lastMs) {
    lastMs = timestampMs;
    lastText = `{"@t":"${timeTo(timestampMs)}`;
  }
  return `${lastText}${fourDigits(ticks)}Z"`;
}

/** Returns the field `@st`, preceded by a comma. */
export function startField(timestampMs: number, ticks: number): string {
  return ',"@st":"' + timeTo(timestampMs) + fourDigits(ticks) + 'Z"'; // a template would ask each part for its text
}

function fourDigits(ticks: number): string {
  return ticks === 0 ? "0000" : String(10_000 + ticks).slice(1);
}

/** Returns a time down to the millisecond. */
function timeTo(timestampMs: number): string {
  const ms = Math.min(Math.max(timestampMs, 0), maxTimestampMs);
  const fraction = ms % 1000;
  if (ms - fraction !== secondMs) {
    secondMs = ms - fraction;
    secondText = new Date(secondMs).toISOString().slice(0, 20);
  }
  return secondText + String(1000 + fraction).slice(1);
}

/**
 * The position of the time behind `{"@t":"`: 23 characters come from the clock; the 4 digits after them keep the order within a
 * millisecond.
 */
const timeAt = 7;
const timeLength = 23;
/** Where the closing quote of the time ends. */
export const timeEnd: number = timeAt + timeLength + 6;

/** Reads and writes the time of a line, for a queue that dates lines when they are leased. */
export const clefTime = {
  /** Returns the time of a line in milliseconds since 1970. */
  read(line: string): number {
    return Date.parse(`${line.slice(timeAt, timeAt + timeLength)}Z`);
  },
  /** Writes a time, in milliseconds since 1970, into the bytes of a line. */
  write(line: Uint8Array<ArrayBuffer>, timeMs: number): void {
    utf8().encodeInto(new Date(timeMs).toISOString().slice(0, timeLength), line.subarray(timeAt, timeAt + timeLength));
  },
};

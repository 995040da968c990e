/** Decides how the times of events and of span starts are written, and how a queue replaces the time of a line. */

import type { EventTime } from "./event_clock.ts";
import { utf8 } from "../runtime/utf8.ts";

let secondMs = NaN;
let secondText = "";
const maxTimestampMs = 253_402_300_799_999;

/** Returns the field `@st`, preceded by a comma. */
export function startField(timestampMs: number, ticks: number): string {
  return ',"@st":"' + timeTo(timestampMs) + fourDigits(ticks) + 'Z"'; // faster than a template literal, which converts each part
}

function fourDigits(ticks: number): string {
  return ticks === 0 ? "0000" : String(10_000 + ticks).slice(1);
}

/** Returns a time down to the millisecond. */
function timeTo(timestampMs: number): string {
  const ms = Math.min(Math.max(timestampMs, 0), maxTimestampMs);
  const fraction = ms % 1000;
  if (ms - fraction !== secondMs) {
    secondText = new Date(ms - fraction).toISOString().slice(0, 20);
    secondMs = ms - fraction; // set last, because the stack may overflow above
  }
  return secondText + String(1000 + fraction).slice(1);
}

/**
 * The position of the time, after `{"@t":"`. The clock provides 23 characters; the 4 digits after them keep the order within a
 * millisecond.
 */
const timeAt = 7;
const timeLength = 23;
const ticksAt = timeAt + timeLength;
/** Where the closing quote of the time ends. */
export const timeEnd: number = ticksAt + 6;

/** The beginning of lines that differ only in their time. */
export class LineHead {
  /** The opening brace, `@t` in UTC with 7 digits (first and of fixed width, so that a queue can overwrite it later), and the fields. */
  readonly bytes: Uint8Array;
  #timestampMs = NaN;

  /** @param fields What follows the time: fields as JSON, each preceded by a comma. */
  constructor(fields: string) {
    this.bytes = utf8().encode(`{"@t":"${"0".repeat(timeLength + 4)}Z"${fields}`);
  }

  /** Sets the time, and returns the bytes. */
  stamp({ timestampMs, ticks }: EventTime): Uint8Array {
    const { bytes } = this;
    if (timestampMs !== this.#timestampMs) {
      const text = timeTo(timestampMs);
      for (let i = 0; i < timeLength; i++) bytes[timeAt + i] = text.charCodeAt(i);
      this.#timestampMs = timestampMs;
    }
    for (let i = ticksAt + 3; i >= ticksAt; i--) {
      const rest = (ticks / 10) | 0;
      bytes[i] = 48 + ticks - rest * 10;
      ticks = rest;
    }
    return bytes;
  }
}

/** Reads and writes the time of a line, for a queue that sets the times of lines when it leases them. */
export const clefTime = {
  /** Returns the time of a line in milliseconds since 1970. */
  read(line: Uint8Array<ArrayBuffer>): number {
    return Date.parse(`${String.fromCharCode(...line.subarray(timeAt, ticksAt))}Z`);
  },
  /** Writes a time, in milliseconds since 1970, into the bytes of a line. */
  write(line: Uint8Array<ArrayBuffer>, timeMs: number): void {
    utf8().encodeInto(new Date(timeMs).toISOString().slice(0, timeLength), line.subarray(timeAt, ticksAt));
  },
};

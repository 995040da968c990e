/** Reads what a page sends, without trusting it: bounded bytes, then all events or none. */

import { decodeClef, type DecodedEvent } from "../event/clef_decoder.ts";
import { type Clock, type Timer, unref } from "../runtime/clock.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { parseTemplate } from "../event/message_template.ts";

/** Why a request is refused, as counted in reports. */
export type Reason =
  | "aborted"
  | "failed"
  | "malformed"
  | "media type"
  | "method"
  | "no room"
  | "origin"
  | "rate"
  | "too large"
  | "too slow";

/** Refusal of a request, sent instead of 201. Its text never contains anything from the page. */
export class Refusal extends Error {
  readonly reason: Reason;
  /** The HTTP status. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(reason: Reason, status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.reason = reason;
    this.status = status;
    this.headers = headers;
  }
}

/** Limits of reading a body: its bytes, and the time. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly bodyTimeoutMs: number;
}

/** Limits of a body's content: the number of events, and the size of one event. */
export interface EventLimits {
  readonly maxEvents: number;
  readonly maxEventBytes: number;
}

/** Most holes in a template. Each hole may show a whole value, so a short template could become a long text. */
const maxHoles = 100;

/**
 * Reads a request's whole body within its limits, whatever its content-length says.
 *
 * @param spend Called whenever another KiB begins, with the number of KiB so far. An error that it throws ends the reading.
 * @throws {Refusal} 413 above the limit, 408 after the time-out, 400 if the body is incomplete.
 */
export async function readBody(request: Request, limits: BodyLimits, clock: Clock, spend: (kib: number) => void): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length")) > limits.maxBytes) throw tooLarge(limits);
  if (request.body === null) return new Uint8Array(0);
  if (request.bodyUsed) throw new Refusal("aborted", 400, "The body was read before the relay received it");
  const reader = request.body.getReader();
  let timer: Timer | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = unref(clock.setTimeout(() => resolve(undefined), limits.bodyTimeoutMs));
  });
  try {
    const body = await Promise.race([collect(reader, limits, spend), late]);
    if (body !== undefined) return body;
    throw new Refusal("too slow", 408, `The body took longer than ${limits.bodyTimeoutMs} ms`);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal("aborted", 400, "The body is incomplete");
  } finally {
    clock.clearTimeout(timer!);
    void reader.cancel().catch(() => undefined); // whether cancelling works no longer matters
  }
}

/** Collects all chunks in one array, because many separate chunks of one byte would need a hundred times their size. */
async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limits: BodyLimits,
  spend: (kib: number) => void,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.min(4096, limits.maxBytes));
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes.subarray(0, length);
    const end = length + value.length;
    if (end > limits.maxBytes) throw tooLarge(limits);
    if (Math.ceil(end / 1024) > Math.ceil(length / 1024)) spend(Math.ceil(end / 1024));
    if (end > bytes.length) {
      const larger = new Uint8Array(Math.min(limits.maxBytes, Math.max(end, bytes.length * 2)));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(value, length);
    length = end;
  }
}

function tooLarge({ maxBytes }: BodyLimits): Refusal {
  return new Refusal("too large", 413, `A request may have at most ${maxBytes} bytes`);
}

const newline = 10;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a body of CLEF, skipping blank lines.
 *
 * @throws {Refusal} 400 for a line that is no event, 413 for too many events, 415 for the JSON of Seq's older clients.
 */
export function readEvents(body: Uint8Array, { maxEvents, maxEventBytes }: EventLimits): LogEventInit[] {
  const events: LogEventInit[] = [];
  let number = 0;
  for (let start = 0, end = 0; start < body.length; start = end + 1) {
    const found = body.indexOf(newline, start);
    end = found === -1 ? body.length : found;
    number++;
    if (end === start) continue;
    if (end - start > maxEventBytes) throw malformed(number, `an event may have at most ${maxEventBytes} bytes`);
    const text = decodeLine(body.subarray(start, end), number);
    if (text.trim() === "") continue;
    if (events.length >= maxEvents) throw new Refusal("too large", 413, `A request may have at most ${maxEvents} events`);
    events.push(readEvent(text, number));
  }
  return events;
}

function decodeLine(bytes: Uint8Array, number: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed(number, "it is not valid UTF-8");
  }
}

function readEvent(line: string, number: number): LogEventInit {
  let event: DecodedEvent;
  try {
    event = decodeClef(line, number);
  } catch {
    if (/^\s*\{\s*"events"\s*:/i.test(line)) {
      throw new Refusal("media type", 415, "Cannot accept the older JSON: send CLEF, one event per line");
    }
    throw malformed(number, "it has to be a JSON object with a time in @t"); // the decoder's own message repeats what the page sent
  }
  const { hasWrongType, messageTemplate } = event;
  if (hasWrongType) throw malformed(number, "its @i has to be a text or an unsigned 32-bit number");
  if (messageTemplate !== undefined && parseTemplate(messageTemplate).holes.length > maxHoles) {
    throw malformed(number, `its @mt may have at most ${maxHoles} holes`);
  }
  return event;
}

function malformed(number: number, rule: string): Refusal {
  return new Refusal("malformed", 400, `Cannot read the event on line ${number}: ${rule}`);
}

/** CLEF read back: lines of bytes become events that can be written again. */

import { levels, parseRank } from "./level.ts";
import type { LogEventInit } from "./log_event.ts";

/**
 * Turns bytes of CLEF (one JSON object a line) into events for `logger.write`: for replay and relays.
 *
 * Blank lines are passed over. A line that is no JSON object with an `@t` makes the stream fail with a SyntaxError that tells its number.
 * Times are kept to 100 ns; `@m` without `@mt` becomes the message; names that begin with `@@` lose one `@`.
 *
 * @example
 * ```ts
 * import { ClefDecoderStream } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const { body } = new Response('{"@t":"2026-01-02T03:04:05.0060000Z","@mt":"{Left} items left","@l":"Warning","Left":3}\n');
 * const events = [];
 * for await (const event of body!.pipeThrough(new ClefDecoderStream())) events.push(event);
 * assert.equal(events[0]?.level, "warn");
 * assert.deepEqual(events[0]?.properties, { Left: 3 });
 * ```
 */
export class ClefDecoderStream extends TransformStream<Uint8Array, LogEventInit> {
  constructor() {
    const decoder = new TextDecoder();
    let rest = "";
    let number = 0;
    const read = (line: string, controller: TransformStreamDefaultController<LogEventInit>): void => {
      number++;
      if (line.trim() !== "") controller.enqueue(decodeClef(line, number));
    };
    super({
      transform(bytes, controller) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
        rest = lines.pop()!;
        for (const line of lines) read(line, controller);
      },
      flush: (controller) => read(rest + decoder.decode(), controller),
    });
  }
}

/** Reads one line of CLEF. Throws a SyntaxError that tells the line's number. */
export function decodeClef(line: string, number = 1): LogEventInit {
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
  if (Number.isNaN(timestampMs)) throw new SyntaxError(`Cannot read line ${number} as CLEF: @t is ${JSON.stringify(clef["@t"])}`);
  const fraction = /\.\d{3}(\d{1,4})/.exec(time)?.[1] ?? "0";
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
    eventType: clef["@i"] as string | undefined,
    properties,
  };
}

/** The fields that are no properties; a rendering is made anew. */
const known = new Set(["@t", "@mt", "@m", "@l", "@x", "@i", "@r", "@tr", "@sp"]);

function parse(line: string, number: number): Record<string, unknown> {
  try {
    const clef: unknown = JSON.parse(line);
    if (typeof clef === "object" && clef !== null && !Array.isArray(clef)) return clef as Record<string, unknown>;
  } catch {
    // told below, with the number of the line
  }
  throw new SyntaxError(`Cannot read line ${number} as CLEF: it is no JSON object`);
}

/** Decides how a stream of bytes is split into lines of CLEF, and how long a line may be. */

import { requireArgument } from "../diagnostic.ts";
import { decodeClef } from "./clef_decoder.ts";
import type { LogEventInit } from "./log_event.ts";

/**
 * Turns bytes of CLEF (one JSON object a line) into events for `logger.write`: for replay and relays.
 *
 * Blank lines are skipped. If a line is too long, or is not a JSON object with an `@t`, the stream fails with a SyntaxError that names the
 * line's number. Times keep a precision of 100 ns. `@m` without `@mt` becomes the message. Names that begin with `@@` lose one `@`.
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
export class ClefDecoderStream {
  /** The decoded events. */
  readonly readable: ReadableStream<LogEventInit>;
  /** Accepts the bytes. */
  readonly writable: WritableStream<Uint8Array>;

  /**
   * Makes a stream.
   *
   * @param options How long a line may be.
   * @throws {TypeError} If an option is wrong.
   */
  constructor(options: ClefDecoderOptions = {}) {
    const { maxLineBytes = 1_048_576 } = options ?? {};
    requireArgument(maxLineBytes > 0, "new ClefDecoderStream", "maxLineBytes", "above 0");
    const lines = new LineBuffer(maxLineBytes);
    // This class does not extend TransformStream: on Node that would load all stream modules, and some runtimes lack the class.
    const stream: TransformStream<Uint8Array, LogEventInit> = new TransformStream({
      transform(bytes, controller) {
        lines.add(bytes, (line, number) => controller.enqueue(decodeClef(line, number)));
      },
      flush: (controller) => lines.end((line, number) => controller.enqueue(decodeClef(line, number))),
    });
    ({ readable: this.readable, writable: this.writable } = stream);
  }
}

/** Options of {@linkcode ClefDecoderStream}. */
export interface ClefDecoderOptions {
  /** Most bytes of one line, and so of the buffer. Default: 1 048 576. */
  readonly maxLineBytes?: number | undefined;
}

/** Called with each line that is not blank and its number, from 1. */
type OnLine = (line: string, number: number) => void;

const newline = 10;

/** Assembles lines from chunks of bytes. Each byte is scanned once and copied at most a few times, however small the chunks are. */
export class LineBuffer {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #rest = new Uint8Array(0);
  #length = 0;
  #number = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Calls back with each line that ends in the chunk. */
  add(bytes: Uint8Array, onLine: OnLine): void {
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const part = bytes.subarray(start, end);
      if (this.#length === 0) this.#read(part, onLine);
      else {
        this.#keep(part);
        this.end(onLine);
      }
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  /** Calls back with the rest of the buffer as the last line. */
  end(onLine: OnLine): void {
    const line = this.#rest.subarray(0, this.#length);
    this.#length = 0;
    this.#read(line, onLine);
  }

  #keep(part: Uint8Array): void {
    const length = this.#length + part.length;
    this.#check(length);
    if (length > this.#rest.length) {
      const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(length, this.#rest.length * 2)));
      larger.set(this.#rest.subarray(0, this.#length));
      this.#rest = larger;
    }
    this.#rest.set(part, this.#length);
    this.#length = length;
  }

  #read(bytes: Uint8Array, onLine: OnLine): void {
    this.#check(bytes.length);
    const text = this.#decoder.decode(bytes);
    const line = ++this.#number === 1 && text.startsWith("\ufeff") ? text.slice(1) : text;
    if (line.trim() !== "") onLine(line, this.#number);
  }

  #check(length: number): void {
    if (length <= this.#maxBytes) return;
    throw new SyntaxError(`Cannot read line ${this.#number + 1} as CLEF: it has more than ${this.#maxBytes} bytes`);
  }
}

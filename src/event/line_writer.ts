/** Writes a line of JSON as UTF-8 directly into the bytes of a queue. */

import { openObject, type Pieces } from "./json_pieces.ts";
import { quoteJson, scalarJson } from "./json_text.ts";
import { utf8 } from "../runtime/utf8.ts";

/** Up to this length, writing the characters one by one is faster than a call of the runtime's encoder. */
const shortLength = 40;
/** Up to this length, escaping four bytes at once is faster than `JSON.stringify`, on every engine. */
const mediumLength = 2048;
/** Up to this number, copying bytes one by one is faster than a call of the runtime's function. */
const fewBytes = 24;
/** A longer text is encoded into an array of its own, so that no unused bytes are reserved. */
const longLength = 16_384;
/**
 * Numbers with up to four decimals are written digit by digit. No two decimals of at most 15 digits are parsed as the same number, so
 * these are the digits that `JSON.stringify` writes.
 */
const fraction = 10_000;
const maxScaled = 2 ** 31 - 1;
const leastBytes = 512;
const openingBrace = 123;
/** A character of a text has at most three bytes, and as JSON at most six. */
const bytesPerCharacter = 3;
const bytesPerEscape = 6;

/** The UTF-8 of a text before it is escaped. */
let plain = new Uint8Array(0);
let plainView: DataView | undefined;
/** For each byte that JSON escapes, the character after the backslash; otherwise 0. */
let escapes: Uint8Array | undefined;
const letterU = 117;

/** Whether JSON escapes one of the four bytes of a word: less than 0x20, a quotation mark or a backslash. */
function hasEscape(word: number): boolean {
  // For each byte, its highest bit is set where the subtraction borrows; bytes above 0x7f are parts of characters without escapes.
  const borrows = (word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101);
  return (borrows & ~word & 0x80808080) !== 0;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

function makeEscapes(): Uint8Array {
  const made = new Uint8Array(256);
  for (let byte = 0; byte < 128; byte++) {
    const json = JSON.stringify(String.fromCharCode(byte));
    if (json.length > 3) made[byte] = json.charCodeAt(2);
  }
  return made;
}

/** The bytes of a queue's newest lines and, after them, the line that is being written. */
export class LineWriter {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #view: DataView | undefined;
  #viewed: Uint8Array | undefined;
  /** Where the line begins, and where its next byte goes. */
  start = 0;
  at = 0;
  readonly #takeBytes: ((least: number) => Uint8Array<ArrayBuffer>) | undefined;

  /**
   * @param takeBytes Called when the bytes are full. The unfinished line moves to the array that it returns. If absent, all lines move to
   * an array of at least twice the size.
   */
  constructor(takeBytes?: (least: number) => Uint8Array<ArrayBuffer>) {
    this.#takeBytes = takeBytes;
  }

  /** How many bytes the line has so far. */
  get length(): number {
    return this.at - this.start;
  }

  /** The line so far. It is no copy: the next line may overwrite these bytes. */
  get line(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.start, this.at);
  }

  /** Discards the unfinished line. */
  begin(): void {
    this.at = this.start;
  }

  /** Keeps the line. The next line is written after it. */
  end(): void {
    this.start = this.at;
  }

  /** Discards all lines. The next line overwrites them. */
  rewind(): void {
    this.start = this.at = 0;
  }

  /** Writes the next lines into other bytes. The lines so far stay in the previous bytes. */
  use(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.start = this.at = 0;
  }

  /** Writes bytes unchanged. */
  put(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.at + length > this.bytes.length) this.#move(length);
    const { bytes: to, at } = this;
    if (length > fewBytes) to.set(bytes, at);
    else for (let i = 0; i < length; i++) to[at + i] = bytes[i]!;
    this.at = at + length;
  }

  /** Writes a text unchanged. */
  text(text: string): void {
    if (text.length > shortLength) this.#encode(text);
    else this.#writeShort(text, false);
  }

  /** Writes a text as JSON. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD. */
  quoted(text: string): void {
    if (text.length <= shortLength) {
      const { length } = this;
      this.byte(34);
      if (this.#writeShort(text, true)) return this.byte(34);
      this.at = this.start + length;
    }
    if (text.length > mediumLength) this.#encode(quoteJson(text));
    else this.#writeEscaped(text);
  }

  /** Writes a number, boolean or bigint as JSON. */
  scalar(value: number | boolean | bigint): void {
    if (typeof value !== "number") return this.text(scalarJson(value));
    if (value >= 0 && (value | 0) === value) return this.#whole(value);
    const scaled = Math.round(value * fraction);
    if (scaled < 0 || scaled > maxScaled || scaled / fraction !== value) return this.text(scalarJson(value)); // NaN ends here too
    const whole = value | 0;
    this.#whole(whole);
    this.byte(46);
    let rest = scaled - whole * fraction;
    let places = 4;
    for (; rest % 10 === 0; rest /= 10) places--;
    this.#digits(rest, places);
  }

  /** Writes JSON that is given in pieces. */
  pieces(pieces: Pieces): void {
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]!;
      if (piece === null) this.quoted(pieces[++i] as string);
      else if (typeof piece === "string") this.text(piece);
      else if (typeof piece === "number") this.scalar(piece);
      else if (piece === openObject) this.byte(openingBrace);
      else if (pieces[i - 1] !== openObject) this.put(piece.bytes);
      else {
        this.at--; // the brace replaces the comma of the name
        this.put(piece.bytes);
        this.bytes[this.at - piece.bytes.length] = openingBrace;
      }
    }
  }

  byte(byte: number): void {
    if (this.at >= this.bytes.length) this.#move(1);
    this.bytes[this.at++] = byte;
  }

  /** Writes a whole number from 0 to 2³¹ - 1. */
  #whole(value: number): void {
    let count = 1;
    for (let bound = 10; bound <= value; bound *= 10) count++;
    this.#digits(value, count);
  }

  /** Writes the last digits of a whole number. */
  #digits(value: number, count: number): void {
    if (this.at + count > this.bytes.length) this.#move(count);
    const { bytes } = this;
    const end = this.at + count;
    for (let i = end - 1; i >= this.at; i--) {
      const rest = (value / 10) | 0;
      bytes[i] = 48 + value - rest * 10;
      value = rest;
    }
    this.at = end;
  }

  /** Writes a short text. If `isQuoted` and a character needs an escape, returns false and writes nothing. */
  #writeShort(text: string, isQuoted: boolean): boolean {
    const { length } = text;
    if (this.at + 3 * length > this.bytes.length) this.#move(3 * length);
    const { bytes } = this;
    let { at } = this;
    for (let i = 0; i < length; i++) {
      let code = text.charCodeAt(i);
      if (code < 0x80) {
        if (isQuoted && (code < 32 || code === 34 || code === 92)) return false;
        bytes[at++] = code;
        continue;
      }
      if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >> 6);
      } else {
        const isSurrogate = (code & 0xf800) === 0xd800;
        const low = isSurrogate && code < 0xdc00 ? text.charCodeAt(i + 1) : 0;
        if ((low & 0xfc00) === 0xdc00) {
          code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
          bytes[at++] = 0xf0 | (code >> 18);
          bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
          i++;
        } else {
          if (isSurrogate) code = 0xfffd;
          bytes[at++] = 0xe0 | (code >> 12);
        }
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      }
      bytes[at++] = 0x80 | (code & 0x3f);
    }
    this.at = at;
    return true;
  }

  /** Writes a text as JSON: four bytes at once where none of them needs an escape. */
  #writeEscaped(text: string): void {
    this.byte(34);
    const size = bytesPerCharacter * text.length;
    if (plain.length < size + 4) {
      const larger = new Uint8Array(2 * size);
      plainView = viewOf(larger);
      plain = larger;
    }
    const from = plainView!;
    const { written } = utf8().encodeInto(text, plain);
    const table = (escapes ??= makeEscapes());
    let to = this.#reserve(written);
    let { at } = this;
    for (let i = 0; i < written; i += 4) {
      const word = from.getInt32(i, true);
      if (i + 4 <= written && !hasEscape(word)) {
        to.setInt32(at, word, true);
        at += 4;
        continue;
      }
      this.at = at;
      to = this.#reserve(written - i + 4 * bytesPerEscape);
      ({ at } = this);
      const { bytes } = this;
      for (let k = i; k < i + 4 && k < written; k++) {
        const byte = plain[k]!;
        const escape = table[byte]!;
        if (escape !== 0) bytes[at++] = 92;
        bytes[at++] = escape || byte;
        if (escape === letterU) {
          bytes[at++] = 48;
          bytes[at++] = 48;
          bytes[at++] = 48 + (byte >> 4);
          bytes[at++] = (byte & 15).toString(16).charCodeAt(0);
        }
      }
    }
    this.at = at;
    this.byte(34);
  }

  /** Makes room for more bytes. Returns a view of all bytes. */
  #reserve(more: number): DataView {
    if (this.at + more > this.bytes.length) this.#move(more);
    const { bytes } = this;
    if (this.#viewed !== bytes) {
      this.#view = viewOf(bytes);
      this.#viewed = bytes; // set last: if the stack overflows above, no later text may be written through the view of other bytes
    }
    return this.#view!;
  }

  #encode(text: string): void {
    if (text.length > longLength) return this.put(utf8().encode(text));
    const { read, written } = utf8().encodeInto(text, this.bytes.subarray(this.at));
    this.at += written;
    if (read === text.length) return;
    const rest = text.slice(read);
    this.#move(3 * rest.length);
    this.#encode(rest);
  }

  /** Moves the unfinished line, or all lines, to a larger array. The size at least doubles, so that a long line seldom moves. */
  #move(more: number): void {
    const from = this.#takeBytes === undefined ? 0 : this.start;
    const kept = this.bytes.subarray(from, this.at);
    const least = Math.max(2 * kept.length, kept.length + more);
    const bytes = this.#takeBytes?.(least) ?? new Uint8Array(Math.max(least, leastBytes));
    bytes.set(kept);
    this.bytes = bytes;
    this.start -= from;
    this.at = kept.length;
  }
}

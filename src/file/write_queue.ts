/** Queues texts for a file as consecutive bytes, so that many are written in one call. */

import { utf8 } from "../runtime/utf8.ts";

/** Buffer size of an empty queue. */
const keptBytes = 65_536;

/** A text of which only a part has been written so far. */
interface Begun {
  readonly bytes: Uint8Array;
  written: number;
}

/** Texts in order. A text stays whole until its first byte is written. */
export class TextQueue {
  #row = new Uint8Array(keptBytes);
  /** Where each text in the buffer ends. */
  #ends: number[] = [];
  /** Number of texts removed from the front of the buffer. */
  #gone = 0;
  #begun: Begun | undefined;

  /** Number of queued texts, including a partly written one. */
  get count(): number {
    return this.#ends.length - this.#gone + (this.#begun === undefined ? 0 : 1);
  }

  /** Number of queued bytes. */
  get size(): number {
    return this.#end - this.#start + (this.#begun === undefined ? 0 : this.#begun.bytes.length - this.#begun.written);
  }

  /** Bytes of the next text; `undefined` if there is none or a text is partly written. */
  get nextSize(): number | undefined {
    const end = this.#ends[this.#gone];
    return this.#begun !== undefined || end === undefined ? undefined : end - this.#start;
  }

  get #start(): number {
    return this.#ends[this.#gone - 1] ?? 0;
  }

  get #end(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** Queues a text. */
  push(text: string): void {
    const bytes = utf8().encode(text);
    if (this.#end + bytes.length > this.#row.length) this.#makeRoom(bytes.length);
    const end = this.#end;
    this.#row.set(bytes, end);
    this.#ends.push(end + bytes.length);
  }

  /** Moves the queued bytes to the front, in a larger buffer unless half of this one is then free. */
  #makeRoom(more: number): void {
    const [start, waiting] = [this.#start, this.#end - this.#start];
    const row = (waiting + more) * 2 <= this.#row.length ? this.#row : new Uint8Array((waiting + more) * 2);
    row.set(this.#row.subarray(start, start + waiting));
    this.#row = row;
    this.#ends = this.#ends.slice(this.#gone).map((end) => end - start);
    this.#gone = 0;
  }

  /** Returns the rest of a partly written text, else the next text and as many more as stay below the limit together. */
  next(limit: number): Uint8Array {
    if (this.#begun !== undefined) return this.#begun.bytes.subarray(this.#begun.written);
    const start = this.#start;
    let end = this.#ends[this.#gone] ?? start;
    for (let i = this.#gone + 1; i < this.#ends.length && this.#ends[i]! - start < limit; i++) end = this.#ends[i]!;
    return this.#row.subarray(start, end);
  }

  /** Removes bytes that were written. Returns how many texts are now complete. */
  wrote(count: number): number {
    const before = this.count;
    if (this.#begun !== undefined) {
      this.#begun.written += count;
      if (this.#begun.written >= this.#begun.bytes.length) this.#begun = undefined;
    } else {
      const end = this.#start + count;
      while ((this.#ends[this.#gone] ?? Infinity) <= end) this.#gone++;
      const written = end - this.#start;
      if (written > 0) this.#begun = { bytes: this.#row.slice(this.#start, this.#ends[this.#gone++]), written };
    }
    this.#tidy();
    return before - this.count;
  }

  /** Makes a partly written text start again from its beginning. */
  rewind(): void {
    if (this.#begun !== undefined) this.#begun.written = 0;
  }

  /** Drops the oldest text that is not partly written. Returns false if there is none. */
  drop(): boolean {
    if (this.#gone === this.#ends.length) return false;
    this.#gone++;
    this.#tidy();
    return true;
  }

  /** Drops all texts. Returns how many there were. */
  clear(): number {
    const { count } = this;
    this.#begun = undefined;
    this.#gone = this.#ends.length;
    this.#tidy();
    return count;
  }

  #tidy(): void {
    if (this.#gone < this.#ends.length) return;
    this.#ends = [];
    this.#gone = 0;
    if (this.#row.length > keptBytes) this.#row = new Uint8Array(keptBytes);
  }
}

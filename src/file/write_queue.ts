/** What waits for a file: texts as bytes in one row, so that many go with one write. */

const encoder = new TextEncoder();
/** The room that an empty queue keeps. */
const keptBytes = 65_536;

/** A text of which a part is written, and which goes on there. */
interface Begun {
  readonly bytes: Uint8Array;
  written: number;
}

/** Texts in their order, each whole until it is begun. */
export class TextQueue {
  #row = new Uint8Array(keptBytes);
  /** Where each text in the row ends. */
  #ends: number[] = [];
  /** How many of them are gone. */
  #gone = 0;
  #begun: Begun | undefined;

  /** How many texts wait, a begun one among them. */
  get count(): number {
    return this.#ends.length - this.#gone + (this.#begun === undefined ? 0 : 1);
  }

  /** How many bytes wait. */
  get size(): number {
    return this.#end - this.#start + (this.#begun === undefined ? 0 : this.#begun.bytes.length - this.#begun.written);
  }

  /** The bytes of the next text; `undefined` where there is none that is not begun. */
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

  /** Takes a text. */
  push(text: string): void {
    const bytes = encoder.encode(text);
    if (this.#end + bytes.length > this.#row.length) this.#makeRoom(bytes.length);
    const end = this.#end;
    this.#row.set(bytes, end);
    this.#ends.push(end + bytes.length);
  }

  /** Moves what waits to the front; into a larger row, unless half of this one is free then. */
  #makeRoom(more: number): void {
    const [start, waiting] = [this.#start, this.#end - this.#start];
    const row = (waiting + more) * 2 <= this.#row.length ? this.#row : new Uint8Array((waiting + more) * 2);
    row.set(this.#row.subarray(start, start + waiting));
    this.#row = row;
    this.#ends = this.#ends.slice(this.#gone).map((end) => end - start);
    this.#gone = 0;
  }

  /** The bytes of the next text, and of as many behind it as stay below the limit with it; of a begun one just the rest. */
  next(limit: number): Uint8Array {
    if (this.#begun !== undefined) return this.#begun.bytes.subarray(this.#begun.written);
    const start = this.#start;
    let end = this.#ends[this.#gone] ?? start;
    for (let i = this.#gone + 1; i < this.#ends.length && this.#ends[i]! - start < limit; i++) end = this.#ends[i]!;
    return this.#row.subarray(start, end);
  }

  /** Takes away the bytes that were written, of those that came next; answers how many texts are whole with them. */
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

  /** Forgets what of a text is written: it is written again from its beginning. */
  rewind(): void {
    if (this.#begun !== undefined) this.#begun.written = 0;
  }

  /** Gives up the oldest text that is not begun; false where there is none. */
  drop(): boolean {
    if (this.#gone === this.#ends.length) return false;
    this.#gone++;
    this.#tidy();
    return true;
  }

  /** Gives up all; answers how many they were. */
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

/** A batch while it is put together: lines are read from chunk after chunk until it is full. */

import { type Chunk, lineBreak } from "./chunk.ts";
import type { BatchLimits } from "../delivery/queue.ts";

/** Reads bytes of a chunk from a place on; answers how many there were. */
export type ReadChunk = (chunk: Chunk, position: number, into: Uint8Array) => number;

/** What was taken of a chunk. */
export interface Taken {
  readonly count: number;
  /** Whether some of the lines that should follow are not there. */
  readonly isDamaged: boolean;
}

/** Lines one behind the other. */
export class Batch {
  readonly ends: number[] = [];
  /** Whether no further line has room. */
  isFull = false;
  readonly #limits: BatchLimits;
  #bytes: Uint8Array<ArrayBuffer>;

  /** @param bytes How many wait at the most. */
  constructor(limits: BatchLimits, bytes: number) {
    this.#limits = limits;
    this.#bytes = new Uint8Array(Math.min(limits.maxBatchBytes, bytes));
  }

  /** Its bytes. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#end);
  }

  get #end(): number {
    return this.ends.at(-1) ?? 0;
  }

  /** Takes as many of the lines that wait in a chunk as have room; if it is the first, at least one. */
  add(chunk: Chunk, read: ReadChunk): Taken {
    const there = chunk.end - chunk.from;
    for (let length = Math.min(there, this.#bytes.length - this.#end);; length = Math.min(there, length * 2)) {
      if (length > this.#bytes.length) this.#bytes = new Uint8Array(length); // for one line that is longer than a batch should be
      const start = this.#end;
      const got = read(chunk, chunk.from, this.#bytes.subarray(start, start + length));
      const count = this.#find(start + got, chunk.count);
      const isDamaged = !this.isFull && count < chunk.count && (got < length || length === there);
      if (!isDamaged && count < chunk.count && this.ends.length > 0) this.isFull = true;
      if (isDamaged || this.isFull || count === chunk.count) return { count, isDamaged };
    }
  }

  /** Finds lines behind those that it has; answers how many. */
  #find(until: number, most: number): number {
    const { batchSize, maxBatchBytes } = this.#limits;
    const bytes = this.#bytes.subarray(0, until);
    let count = 0;
    while (count < most && !this.isFull) {
      const end = bytes.indexOf(lineBreak, this.#end) + 1;
      if (end === 0) break;
      if (end <= maxBatchBytes || this.ends.length === 0) {
        this.ends.push(end);
        count++;
      }
      this.isFull = end >= maxBatchBytes || this.ends.length >= batchSize;
    }
    return count;
  }
}

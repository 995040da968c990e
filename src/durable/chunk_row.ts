/** The chunks of a queue in the order of their delivery, and what is counted of them; what lies on disk is others' affair. */

import { addBytes, type Chunk, isLent, newChunk } from "./chunk.ts";

/** Lines that are to be kept: as bytes, each with its line break. */
export interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** The number of the first. */
  readonly first: number;
}

/** Chunks, oldest first. */
export class ChunkRow {
  #chunks: Chunk[] = [];
  /** How many lines are not lent out, and their bytes. */
  count = 0;
  bytes = 0;
  /** How many bytes are in memory, those that are lent out among them. */
  memoryBytes = 0;

  /** All of them, as they are now. */
  get all(): readonly Chunk[] {
    return this.#chunks;
  }

  countBefore(number: number): number {
    let sum = 0;
    for (const { first, count } of this.#chunks) sum += Math.min(count, Math.max(0, number - first));
    return sum;
  }

  /** The oldest of which nothing is lent out: on disk, or in memory. */
  oldest(isOnDisk: boolean): Chunk | undefined {
    return this.#chunks.find((chunk) => (chunk.file !== undefined) === isOnDisk && chunk.count > 0 && !isLent(chunk));
  }

  /** Notes that lines were added to the last chunk, which may be new. */
  noteAdded(chunk: Chunk, { count, bytes }: Block): void {
    if (this.#chunks.at(-1) !== chunk) this.#chunks.push(chunk);
    this.count += count;
    this.bytes += bytes.length;
  }

  /** Keeps lines in memory, in pieces of about so many bytes. */
  hold(block: Block, pieceBytes: number): void {
    const { bytes, count, first } = block;
    const last = this.#chunks.at(-1);
    const fits = last?.bytes !== undefined && last.first + last.count === first && last.end + bytes.length <= pieceBytes;
    const chunk = fits ? last : newChunk(undefined, first);
    addBytes(chunk, bytes, count);
    this.memoryBytes += bytes.length;
    this.noteAdded(chunk, block);
  }

  /** Puts older chunks before the others; their lines have numbers from one on. */
  prepend(chunks: readonly Chunk[], first: number): void {
    for (const chunk of chunks) {
      chunk.first = first;
      first += chunk.count;
      this.count += chunk.count;
      this.bytes += chunk.end - chunk.from;
    }
    this.#chunks = [...chunks, ...this.#chunks];
  }

  /** Notes that the next lines of a chunk are lent out; or, with negative numbers, that the last are given back. */
  lend(chunk: Chunk, count: number, bytes: number): void {
    chunk.first += count;
    chunk.count -= count;
    chunk.from += bytes;
    this.count -= count;
    this.bytes -= bytes;
  }

  /** Notes that so many bytes of a chunk are settled; one that has no others goes. */
  settle(chunk: Chunk, bytes: number): void {
    chunk.settled += bytes;
    if (chunk.settled === chunk.end) this.remove(chunk);
  }

  /** Forgets the lines of a chunk that are not lent out; one that has no others goes. */
  forget(chunk: Chunk): void {
    this.count -= chunk.count;
    this.bytes -= chunk.end - chunk.from;
    if (chunk.bytes !== undefined) this.memoryBytes -= chunk.end - chunk.from;
    chunk.count = 0;
    chunk.end = chunk.from;
    if (!isLent(chunk)) this.remove(chunk);
  }

  /** Takes out a chunk. */
  remove(chunk: Chunk): void {
    const at = this.#chunks.indexOf(chunk);
    if (at < 0) return;
    this.#chunks.splice(at, 1);
    if (chunk.bytes !== undefined) this.memoryBytes -= chunk.end;
  }
}

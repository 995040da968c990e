/** How lines are read from chunks: into a batch, until it is full. */

import { type ChunkList, type FileChunk, lineBreak } from "./chunk_file.ts";
import type { BatchLimits } from "../delivery/queue.ts";
import { ignoreErrors } from "../runtime/files.ts";

/** Reads bytes of a chunk from a place on; answers how many there were. */
export type ReadChunk = (chunk: FileChunk, position: number, into: Uint8Array) => number;

/** What was taken of a chunk. */
export interface BatchPart {
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
  add(chunk: FileChunk, read: ReadChunk): BatchPart {
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

/** Lines that are lent out, with the chunks that they are in. */
export interface LeasedChunks {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
  /** The number of the first. */
  readonly first: number;
  /** How many lines, and bytes, of which chunk are not settled. */
  readonly spans: { readonly chunk: FileChunk; count: number; bytes: number }[];
}

/** What was read: the loan, and what is wrong with the chunk behind its lines. */
export interface Lent {
  readonly leased: LeasedChunks;
  /** A chunk that has not the lines it should have. */
  readonly damaged?: FileChunk;
  /** The first chunk, where it could not be read. */
  readonly failed?: { readonly chunk: FileChunk; readonly error: unknown };
}

/** Lends out the oldest lines of a row. */
export function leaseChunks(row: ChunkList, limits: BatchLimits, read: ReadChunk): Lent {
  const batch = new Batch(limits, row.bytes);
  const spans: LeasedChunks["spans"] = [];
  let first = 0;
  let damaged: FileChunk | undefined;
  for (const chunk of row.all) {
    if (chunk.count === 0) continue;
    if (spans.length === 0) first = chunk.first;
    else if (chunk.first !== first + batch.ends.length) break; // a lease has its lines in a row
    const before = batch.bytes.length;
    const { count, isDamaged, error } = take(batch, chunk, read);
    if (error !== undefined && batch.ends.length === 0) return { leased: { ...nothing, first }, failed: { chunk, error } };
    const bytes = batch.bytes.length - before;
    row.leaseChunks(chunk, count, bytes);
    if (count > 0) spans.push({ chunk, count, bytes });
    if (isDamaged || (chunk.count === 0 && chunk.from < chunk.end)) damaged = chunk;
    if (damaged !== undefined || batch.isFull) break;
  }
  const leased = { bytes: batch.bytes, ends: batch.ends, first, spans };
  return damaged === undefined ? { leased } : { leased, damaged };
}

const nothing: LeasedChunks = { bytes: new Uint8Array(0), ends: [], first: 0, spans: [] };

function take(batch: Batch, chunk: FileChunk, read: ReadChunk): BatchPart & { readonly error?: unknown } {
  try {
    const taken = batch.add(chunk, read);
    chunk.failures = 0;
    return taken;
  } catch (error) {
    batch.isFull = true; // it fails again when it is the first
    return { count: 0, isDamaged: false, error };
  }
}

/** Takes the first lines, which have so many bytes, out of a loan; answers of which chunks how many bytes they are. */
export function settle({ spans }: LeasedChunks, count: number, bytes: number): { readonly chunk: FileChunk; readonly bytes: number }[] {
  const settled: { chunk: FileChunk; bytes: number }[] = [];
  while (count > 0) {
    const span = spans[0]!;
    const lines = Math.min(count, span.count);
    const length = lines === span.count ? span.bytes : bytes;
    count -= lines;
    bytes -= length;
    span.count -= lines;
    span.bytes -= length;
    settled.push({ chunk: span.chunk, bytes: length });
    if (span.count === 0) spans.shift();
  }
  return settled;
}

/** The lines between two places of each chunk: as many whole ones as fit into the bytes, and can be read. */
export function readWhole(
  places: readonly { readonly chunk: FileChunk; readonly from: number; readonly end: number }[],
  maxBytes: number,
  read: ReadChunk,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.min(maxBytes, places.reduce((sum, { from, end }) => sum + end - from, 0)));
  let at = 0;
  for (const { chunk, from, end } of places) {
    const into = bytes.subarray(at, at + end - from);
    ignoreErrors(() => {
      const got = read(chunk, from, into);
      at += got < into.length ? into.subarray(0, got).lastIndexOf(lineBreak) + 1 : got; // else the next line would be glued to half a one
    });
  }
  return bytes.subarray(0, bytes.subarray(0, at).lastIndexOf(lineBreak) + 1);
}

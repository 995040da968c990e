/** Reads lines from chunks into a batch, until it is full. */

import { type ChunkList, type FileChunk, lineBreak } from "./chunk_file.ts";
import type { BatchLimits } from "../delivery/queue.ts";
import { ignoreErrors } from "../runtime/files.ts";

/** Reads bytes of a chunk from a position. Returns the number of bytes read. */
export type ReadChunk = (chunk: FileChunk, position: number, into: Uint8Array) => number;

/** Lines that one chunk contributed to a batch. */
export interface BatchPart {
  readonly count: number;
  /** Whether lines are missing that the chunk should contain. */
  readonly isDamaged: boolean;
}

/** Consecutive lines for one request. */
export class Batch {
  readonly ends: number[] = [];
  /** Whether no further line fits. */
  isFull = false;
  readonly #limits: BatchLimits;
  #bytes: Uint8Array<ArrayBuffer>;

  /** @param bytes Most bytes that wait to be read. */
  constructor(limits: BatchLimits, bytes: number) {
    this.#limits = limits;
    this.#bytes = new Uint8Array(Math.min(limits.maxBatchBytes, bytes));
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#end);
  }

  get #end(): number {
    return this.ends.at(-1) ?? 0;
  }

  /** Adds as many unleased lines of a chunk as fit; at least one line if the batch is empty. */
  add(chunk: FileChunk, read: ReadChunk): BatchPart {
    const there = chunk.end - chunk.from;
    for (let length = Math.min(there, this.#bytes.length - this.#end);; length = Math.min(there, length * 2)) {
      if (length > this.#bytes.length) this.#bytes = new Uint8Array(length); // for a single line longer than a batch
      const start = this.#end;
      const got = read(chunk, chunk.from, this.#bytes.subarray(start, start + length));
      const count = this.#find(start + got, chunk.count);
      const isDamaged = !this.isFull && count < chunk.count && (got < length || length === there);
      if (!isDamaged && count < chunk.count && this.ends.length > 0) this.isFull = true;
      if (isDamaged || this.isFull || count === chunk.count) return { count, isDamaged };
    }
  }

  /** Finds further line ends. Returns how many it has found. */
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

/** Leased lines, and the chunks that they come from. */
export interface LeasedChunks {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
  /** Number of the first line. */
  readonly first: number;
  /** Unsettled lines and bytes of each chunk. */
  readonly spans: { readonly chunk: FileChunk; count: number; bytes: number }[];
}

/** The lease, and the chunk with which something was wrong. */
export interface LeaseResult {
  readonly leased: LeasedChunks;
  /** A chunk that lacks some of its lines. */
  readonly damaged?: FileChunk;
  /** The first chunk, if it could not be read. */
  readonly failed?: { readonly chunk: FileChunk; readonly error: unknown };
}

/** Leases the oldest lines. */
export function leaseChunks(row: ChunkList, limits: BatchLimits, read: ReadChunk): LeaseResult {
  const batch = new Batch(limits, row.bytes);
  const spans: LeasedChunks["spans"] = [];
  let first = 0;
  let damaged: FileChunk | undefined;
  for (const chunk of row.all) {
    if (chunk.count === 0) continue;
    if (spans.length === 0) first = chunk.first;
    else if (chunk.first !== first + batch.ends.length) break; // a lease holds consecutive lines
    const before = batch.bytes.length;
    const { count, isDamaged, error } = addTo(batch, chunk, read);
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

function addTo(batch: Batch, chunk: FileChunk, read: ReadChunk): BatchPart & { readonly error?: unknown } {
  try {
    const added = batch.add(chunk, read);
    chunk.failures = 0;
    return added;
  } catch (error) {
    batch.isFull = true; // once it is the first chunk, it fails again and is reported
    return { count: 0, isDamaged: false, error };
  }
}

/** Removes the first lines from a lease. Returns how many bytes each chunk contributed to them. */
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

/** Returns the lines of the given ranges: as many whole lines as fit into `maxBytes` and can be read. */
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
      at += got < into.length ? into.subarray(0, got).lastIndexOf(lineBreak) + 1 : got; // no half line may be left
    });
  }
  return bytes.subarray(0, bytes.subarray(0, at).lastIndexOf(lineBreak) + 1);
}

/** A loan: what of which chunks is lent out. */

import { Batch, type ReadChunk, type Taken } from "./batch.ts";
import type { Chunk } from "./chunk.ts";
import type { ChunkRow } from "./chunk_row.ts";
import type { BatchLimits } from "../delivery/queue.ts";
import { attempt } from "../runtime/files.ts";

/** Lines that are lent out, with the chunks that they are in. */
export interface Loan {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
  /** The number of the first. */
  readonly first: number;
  /** How many lines, and bytes, of which chunk are not settled. */
  readonly spans: { readonly chunk: Chunk; count: number; bytes: number }[];
}

/**
 * Lends out the oldest lines of a row. Where it throws, nothing is lent out.
 *
 * @returns The loan; and a chunk that has not the lines it should have behind those.
 */
export function lend(row: ChunkRow, limits: BatchLimits, read: ReadChunk): { readonly loan: Loan; readonly damaged: Chunk | undefined } {
  const batch = new Batch(limits, row.bytes);
  const spans: Loan["spans"] = [];
  let first = 0;
  let damaged: Chunk | undefined;
  for (const chunk of row.all) {
    if (chunk.count === 0) continue;
    if (spans.length === 0) first = chunk.first;
    else if (chunk.first !== first + batch.ends.length) break; // a lease has its lines in a row
    const before = batch.bytes.length;
    const { count, isDamaged } = take(batch, chunk, read);
    const bytes = batch.bytes.length - before;
    row.lend(chunk, count, bytes);
    if (count > 0) spans.push({ chunk, count, bytes });
    if (isDamaged || (chunk.count === 0 && chunk.from < chunk.end)) damaged = chunk;
    if (damaged !== undefined || batch.isFull) break;
  }
  return { loan: { bytes: batch.bytes, ends: batch.ends, first, spans }, damaged };
}

function take(batch: Batch, chunk: Chunk, read: ReadChunk): Taken {
  try {
    return batch.add(chunk, read);
  } catch (error) {
    if (batch.ends.length === 0) throw error;
    batch.isFull = true; // it fails again when it is the first
    return { count: 0, isDamaged: false };
  }
}

/** Takes the first lines, which have so many bytes, out of a loan; answers of which chunks how many bytes they are. */
export function settle({ spans }: Loan, count: number, bytes: number): { readonly chunk: Chunk; readonly bytes: number }[] {
  const settled: { chunk: Chunk; bytes: number }[] = [];
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
  places: readonly { readonly chunk: Chunk; readonly from: number; readonly end: number }[],
  maxBytes: number,
  read: ReadChunk,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.min(maxBytes, places.reduce((sum, { from, end }) => sum + end - from, 0)));
  let at = 0;
  for (const { chunk, from, end } of places) {
    const into = bytes.subarray(at, at + end - from);
    attempt(() => (at += read(chunk, from, into)));
  }
  return bytes.subarray(0, bytes.subarray(0, at).lastIndexOf(10) + 1);
}

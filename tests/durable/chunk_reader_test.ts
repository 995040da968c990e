/** Reading lines from chunks: the size of a lease, a chunk that lacks lines, and the settling. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Block, ChunkList, chunkPath, newChunk } from "../../src/durable/chunk_file.ts";
import { leaseChunks, type LeasedChunks, type ReadChunk, readWhole, settle } from "../../src/durable/chunk_reader.ts";
import { all, fileError, linesOf } from "../support/durable.ts";

/** The texts of chunks, by their numbers; what is not there cannot be read. */
type Texts = Record<number, string>;

/** Reads the texts as files are read: what is behind their end is missing. */
function reader(texts: Texts): ReadChunk {
  return ({ file }, position, into) => {
    const text = texts[file!.number];
    if (text === undefined) throw fileError("EIO");
    const bytes = new TextEncoder().encode(text).subarray(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  };
}

/** A list of chunks that have those texts; the lines of each follow those before, but for gaps. */
function listOf(texts: Texts, gaps: Readonly<Record<number, number>> = {}): ChunkList {
  const list = new ChunkList();
  let first = 1;
  for (const [key, text] of Object.entries(texts)) {
    first += gaps[Number(key)] ?? 0;
    const bytes = new TextEncoder().encode(text);
    const count = linesOf(bytes).length;
    const block: Block = { bytes, count, first };
    list.noteAdded({ ...newChunk(chunkPath("f", Number(key)), first), count, end: bytes.length }, block);
    first += count;
  }
  return list;
}

const linesIn = ({ bytes }: LeasedChunks): string[] => linesOf(bytes);
const spansIn = ({ spans }: LeasedChunks): number[][] => spans.map(({ chunk, count, bytes }) => [chunk.file!.number, count, bytes]);

test("leaseChunks() takes the oldest lines over the borders of chunks, until there are batchSize", () => {
  const texts = { 1: "a\nbb\n", 2: "ccc\nd\n" };
  const list = listOf(texts);
  const { leased } = leaseChunks(list, { ...all, batchSize: 3 }, reader(texts));
  assert.deepEqual([leased.first, linesIn(leased), leased.ends], [1, ["a", "bb", "ccc"], [2, 5, 9]]);
  assert.deepEqual(spansIn(leased), [[1, 2, 5], [2, 1, 4]]);
  assert.deepEqual([list.count, list.bytes], [1, 2]);
  const rest = leaseChunks(list, all, reader(texts));
  assert.deepEqual([rest.leased.first, linesIn(rest.leased), list.count], [4, ["d"], 0]);
});

test("leaseChunks() stays within maxBatchBytes, but for a first line that alone is longer", () => {
  const long = "x".repeat(100);
  const texts = { 1: `aa\nbb\ncc\n${long}\n`, 2: "d\n" };
  const list = listOf(texts);
  const taken: string[][] = [];
  while (list.count > 0) taken.push(linesIn(leaseChunks(list, { ...all, maxBatchBytes: 8 }, reader(texts)).leased));
  assert.deepEqual(taken, [["aa", "bb"], ["cc"], [long], ["d"]]);
});

test("leaseChunks() ends where the numbers do not go on, so that one lease has its lines in a row", () => {
  const texts = { 1: "a\n", 2: "b\n" };
  const list = listOf(texts, { 2: 5 });
  assert.deepEqual(linesIn(leaseChunks(list, all, reader(texts)).leased), ["a"]);
  const { leased } = leaseChunks(list, all, reader(texts));
  assert.deepEqual([leased.first, linesIn(leased)], [7, ["b"]]);
});

test("leaseChunks() delivers what is before a chunk that cannot be read, and names it only when it is the first", () => {
  const list = listOf({ 1: "a\n", 2: "b\n" });
  const before = leaseChunks(list, all, reader({ 1: "a\n" }));
  assert.deepEqual([linesIn(before.leased), before.failed, before.damaged], [["a"], undefined, undefined]);
  const { leased, failed } = leaseChunks(list, all, reader({ 1: "a\n" }));
  assert.deepEqual([leased.spans, leased.first, failed!.chunk.file!.number, (failed!.error as { code: string }).code], [[], 2, 2, "EIO"]);
  assert.equal(list.count, 1, "nothing is taken of it");
});

test("leaseChunks() leases the lines that a damaged chunk still has, and names it", () => {
  const cases: readonly (readonly [there: string, lines: readonly string[]])[] = [
    ["a\nb\n", ["a", "b"]], // cut between two lines
    ["a\nb", ["a"]], // in a line
    ["", []],
    ["a\nbxcc\n", ["a", "bxcc"]], // a line break was overwritten
    ["a\n\n\ncc", ["a", "", ""]], // more line breaks than there were lines
  ];
  for (const [there, lines] of cases) {
    const list = listOf({ 1: "a\nb\ncc\n", 2: "d\n" });
    const { leased, damaged } = leaseChunks(list, all, reader({ 1: there, 2: "d\n" }));
    assert.deepEqual([linesIn(leased), damaged?.file?.number], [lines, 1], JSON.stringify(there));
  }
});

test("settle() takes the first lines of a lease chunk by chunk", () => {
  const texts = { 1: "a\nbb\n", 2: "ccc\nd\n" };
  const { leased } = leaseChunks(listOf(texts), all, reader(texts));
  const settled = (count: number, bytes: number): number[][] =>
    settle(leased, count, bytes).map((one) => [one.chunk.file!.number, one.bytes]);
  assert.deepEqual(settled(1, 2), [[1, 2]]);
  assert.deepEqual(spansIn(leased), [[1, 1, 3], [2, 2, 6]]);
  assert.deepEqual(settled(2, 7), [[1, 3], [2, 4]]);
  assert.deepEqual(settled(1, 2), [[2, 2]]);
  assert.deepEqual(leased.spans, []);
});

test("readWhole() reads whole lines only, of chunks that can be read, and never glues two together", () => {
  const places = listOf({ 1: "a\nbb\n", 2: "ccc\n", 3: "d\n" }).all.map((chunk) => ({ chunk, from: chunk.from, end: chunk.end }));
  const whole = { 1: "a\nbb\n", 2: "ccc\n", 3: "d\n" };
  const read = (maxBytes: number, texts: Texts): string[] => linesOf(readWhole(places, maxBytes, reader(texts)));
  assert.deepEqual(read(Infinity, whole), ["a", "bb", "ccc", "d"]);
  assert.deepEqual(read(8, whole), ["a", "bb"]);
  assert.deepEqual(read(1, whole), []);
  assert.deepEqual(read(Infinity, { 1: "a\nbb\n", 3: "d\n" }), ["a", "bb", "d"]);
  assert.deepEqual(read(Infinity, { ...whole, 1: "a\nb" }), ["a", "ccc", "d"], "the first chunk was cut");
});

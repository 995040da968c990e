/** The names of chunk files, and the counts of the list of chunks while lines arrive, are leased and are settled. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addBytes,
  type Block,
  ChunkList,
  chunkNumbers,
  chunkPath,
  type FileChunk,
  firstLines,
  newChunk,
  passedByChunks,
  passedByPath,
} from "../../src/durable/chunk_file.ts";
import { linesOf } from "../support/durable.ts";

/** Lines as a block, whose first has that number. */
function block(first: number, ...lines: readonly string[]): Block {
  return { bytes: new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")), count: lines.length, first };
}

/** A chunk on disk with so many lines of two bytes each. */
const onDisk = (number: number, count: number, first = 0): FileChunk => ({
  ...newChunk(chunkPath("f", number), first),
  count,
  end: 2 * count,
});

/** What a list counts. */
const counts = ({ count, bytes, memoryBytes }: ChunkList): number[] => [count, bytes, memoryBytes];

test("chunkNumbers() finds the numbers of chunks by the order in which they were written, and skips other names", () => {
  const names = ["bookmark", "heartbeat", "rejected.clef", "12.clef", "passed-000000000003-0.clef", "000000000001.clef.new"];
  const chunks = [10, 1_000_000, 9].map((number) => chunkPath("f", number).path.slice("f/".length));
  assert.deepEqual(chunkNumbers([...names, ...chunks]), [9, 10, 1_000_000]);
});

test("the name of a chunk that is skipped has its number and its offset, and no other name is taken for one", () => {
  const file = passedByPath(chunkPath("f", 3), 4567);
  assert.deepEqual(file, { folder: "f", number: 3, path: "f/passed-000000000003-4567.clef", isPassedBy: true });
  const names = [
    "passed-000000000003-4567.clef",
    "passed-3-0.clef",
    "passed-000000000003-.clef",
    "000000000003.clef",
    "passed-000000000003-1.clef.new",
  ];
  assert.deepEqual(passedByChunks("f", names), [{ file, offset: 4567 }]);
});

test("firstLines() keeps whole lines only, as many as have room", () => {
  const three = block(5, "aa", "b", "ccc");
  const kept = (maxBytes: number): (number | string[])[] => {
    const { bytes, count, first } = firstLines(three, maxBytes);
    return [first, count, linesOf(bytes)];
  };
  assert.equal(firstLines(three, 9), three);
  assert.deepEqual(kept(8), [5, 2, ["aa", "b"]]);
  assert.deepEqual(kept(5), [5, 2, ["aa", "b"]]);
  assert.deepEqual(kept(4), [5, 1, ["aa"]]);
  assert.deepEqual(kept(2), [5, 0, []]);
  assert.deepEqual(kept(-1), [5, 0, []], "a bound that has shrunk leaves less than nothing");
});

test("addBytes() keeps what was there, and copies it seldom", () => {
  const chunk = newChunk(undefined, 1);
  const rooms = new Set<unknown>();
  for (let i = 0; i < 1024; i++) {
    addBytes(chunk, block(1, String(i % 10)).bytes, 1);
    rooms.add(chunk.bytes);
  }
  assert.deepEqual([chunk.count, chunk.end], [1024, 2048]);
  assert.deepEqual(linesOf(chunk.bytes!.subarray(0, chunk.end)), Array.from({ length: 1024 }, (_, i) => String(i % 10)));
  assert.ok(rooms.size <= 12, `${rooms.size} copies`);
});

test("ChunkList.hold() adds to the last chunk only lines that follow, and only while a piece has room", () => {
  const list = new ChunkList();
  list.hold(block(1, "a", "b"), 6);
  list.hold(block(3, "c"), 6);
  list.hold(block(4, "d"), 6); // no room in the first piece
  list.hold(block(6, "f"), 6); // the line before it went elsewhere
  assert.deepEqual(list.all.map(({ first, count, end }) => [first, count, end]), [[1, 3, 6], [4, 1, 2], [6, 1, 2]]);
  assert.deepEqual(counts(list), [5, 10, 10]);
  assert.deepEqual([1, 3, 5, 6, 7].map((number) => list.countBefore(number)), [0, 2, 4, 4, 5]);
});

test("ChunkList.prepend() gives older lines the numbers below all others, each time", () => {
  const list = new ChunkList();
  list.hold(block(1, "a"), 100);
  list.prepend([onDisk(1, 2), onDisk(2, 3)]);
  list.prepend([onDisk(9, 1)]);
  assert.deepEqual(list.all.map(({ first, count }) => [first, count]), [[-6, 1], [-5, 2], [-3, 3], [1, 1]]);
  assert.deepEqual(counts(list), [7, 14, 2]);
  assert.equal(list.countBefore(1), 6);
});

test("ChunkList counts leased lines as gone, but their memory until they are settled or given up", () => {
  const list = new ChunkList();
  list.hold(block(1, "a", "b", "c"), 6);
  list.hold(block(4, "d"), 6);
  const [first, second] = list.all;
  list.leaseChunks(first!, 2, 4);
  assert.deepEqual(counts(list), [2, 4, 8]);
  assert.equal(list.oldest(false), second, "nothing is dropped from a chunk of which lines are leased");
  assert.equal(list.oldest(true), undefined);
  list.settle(first!, 2);
  list.leaseChunks(first!, -1, -2); // the second line comes back
  assert.deepEqual([first!.first, ...counts(list)], [2, 3, 6, 8]);
  list.leaseChunks(first!, 1, 2);
  list.forget(first!); // only the line that is leased stays
  assert.deepEqual([list.all.length, ...counts(list)], [2, 1, 2, 6]);
  list.settle(first!, 2);
  assert.deepEqual([list.all, ...counts(list)], [[second], 1, 2, 2]);
  list.forget(second!);
  list.remove(second!); // gone already
  assert.deepEqual([list.all, ...counts(list)], [[], 0, 0, 0]);
});

/** The files of chunks: when a new one begins, what a failed write leaves, what is deleted, and where the bookmark is. */

import assert from "node:assert/strict";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { addBytes, chunkName, type FileChunk, newChunk } from "../../src/durable/chunk_file.ts";
import { ChunkStore } from "../../src/durable/chunk_store.ts";
import { privateFiles } from "../../src/runtime/files.ts";
import { FaultyFiles, fileError } from "../support/durable.ts";
import { Folder } from "../support/folder.ts";

const [one, two, three] = [1, 2, 3].map(chunkName) as [string, string, string];

/** A store of chunks of at most ten bytes, one folder, and the disk below. */
class Kept implements Disposable {
  readonly root: Folder = new Folder();
  readonly disk: FaultyFiles = new FaultyFiles();
  readonly store: ChunkStore;
  readonly path: string = this.root.at("own");

  constructor() {
    mkdirSync(this.path);
    this.store = new ChunkStore({ files: privateFiles(this.disk.files), chunkBytes: 10, fsync: false });
  }

  /** Appends lines, of which the first has that number. */
  append(first: number, ...lines: readonly string[]): FileChunk | undefined {
    return this.store.append(this.path, new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")), lines.length, first);
  }

  /** Notes that a chunk is settled up to there. */
  settle(chunk: FileChunk | undefined, settled: number): void {
    chunk!.settled = chunk!.from = settled;
    this.store.settle(chunk!);
  }

  /** Opens the folder as another process does; returns where each chunk begins and ends. */
  reopen(): number[][] {
    const store = new ChunkStore({ files: privateFiles(this.disk.files), chunkBytes: 10, fsync: false });
    return [...store.open(this.path, () => {})].filter((chunk) => chunk !== undefined).map((
      { file, from, end },
    ) => [file!.number, from, end]);
  }

  get texts(): Record<string, string> {
    return this.root.has("own")
      ? Object.fromEntries(this.disk.files.readdirSync(this.path).sort().map((name) => [name, this.root.read(`own/${name}`)]))
      : {};
  }

  [Symbol.dispose](): void {
    this.disk.close();
    this.root[Symbol.dispose]();
  }
}

test("append() begins a new file when the chunk is full, or the numbers do not go on", () => {
  using kept = new Kept();
  const first = kept.append(1, "aaa");
  assert.equal(kept.append(2, "bbb"), first);
  assert.notEqual(kept.append(3, "ccc"), first);
  kept.append(9, "d");
  assert.deepEqual(kept.texts, { [one]: "aaa\nbbb\n", [two]: "ccc\n", [three]: "d\n" });
  assert.deepEqual([kept.store.bytes, first!.count, first!.end], [14, 2, 8]);
});

test("append() takes back what a full disk has taken of a block, and continues in another file", () => {
  using kept = new Kept();
  const first = kept.append(1, "a");
  kept.disk.room = 2;
  assert.throws(() => kept.append(2, "bbb"), { code: "ENOSPC" });
  assert.throws(() => kept.append(2, "bbb"), { code: "ENOSPC" }, "in a new file, which goes again");
  assert.deepEqual([kept.texts, kept.store.bytes, kept.store.has(first!)], [{ [one]: "a\n" }, 2, true]);
  kept.disk.mend();
  kept.append(2, "bbb");
  assert.deepEqual(Object.values(kept.texts), ["a\n", "bbb\n"]);
});

test("append() returns nothing where the file, what was in it, or the folder is gone", () => {
  using kept = new Kept();
  const cut = kept.append(1, "a")!;
  truncateSync(cut.file!.path, 0);
  assert.equal(kept.append(2, "b"), undefined);
  assert.equal(kept.store.has(cut), false);
  const deleted = kept.append(2, "b")!;
  rmSync(deleted.file!.path);
  assert.equal(kept.append(3, "c"), undefined);
  assert.equal(kept.store.has(deleted), false);
  rmSync(kept.path, { recursive: true });
  assert.equal(kept.append(3, "c"), undefined);
});

test("save() deletes what is settled, moves the bookmark, and deletes a folder with its last chunk", () => {
  using kept = new Kept();
  const [first, second] = [kept.append(1, "aaa", "bbb"), kept.append(3, "c", "d")];
  kept.settle(first, 8);
  kept.settle(second, 2);
  assert.deepEqual(Object.keys(kept.texts), [one, two], "nothing before it is saved");
  kept.store.save();
  assert.deepEqual(kept.texts, { [two]: "c\nd\n", bookmark: `${two} 2\n` });
  assert.equal(kept.store.bytes, 4);
  kept.settle(second, 4);
  kept.store.save();
  assert.deepEqual([kept.root.names, kept.store.bytes], [[], 0]);
});

test("save() moves the bookmark behind a file that cannot be deleted, and deletes it later", () => {
  using kept = new Kept();
  const [first] = [kept.append(1, "aaa", "bbb"), kept.append(3, "ccc")];
  kept.disk.fault = (operation, path) => {
    if (operation === "unlinkSync" && String(path).endsWith(one)) throw fileError("EBUSY");
  };
  kept.settle(first, 8);
  kept.store.save();
  assert.deepEqual(kept.reopen(), [[2, 0, 4]], "what is settled is not delivered again");
  kept.disk.mend();
  kept.store.save();
  assert.deepEqual(Object.keys(kept.texts), [two, "bookmark"]);
});

test("the bookmark never passes a chunk that has lines which are not settled, whichever later one is", () => {
  using kept = new Kept();
  const [first, second] = [kept.append(1, "aaa", "bbb"), kept.append(3, "c", "d")];
  kept.disk.fault = (operation, path) => {
    if (operation === "unlinkSync" && String(path).endsWith(two)) throw fileError("EBUSY");
  };
  kept.store.cut(second!, 4);
  kept.settle(second, 4); // as an overflow does while the first is leased
  kept.store.save();
  assert.deepEqual(kept.reopen()[0], [1, 0, 8]);
  kept.settle(first, 4);
  kept.store.save();
  assert.deepEqual(kept.reopen()[0], [1, 4, 8]);
  kept.settle(first, 8);
  kept.store.save();
  assert.deepEqual(kept.reopen(), []);
});

test("open() continues behind the chunks that it finds, and keeps a folder only while something is in it", () => {
  using kept = new Kept();
  writeFileSync(`${kept.path}/${two}`, "{}\n");
  assert.deepEqual([...kept.store.open(kept.path, () => {})].length, 1);
  assert.equal(kept.append(1, "a")!.file!.number, 3);
  const old = kept.root.at("old");
  mkdirSync(old);
  writeFileSync(`${old}/bookmark`, `${two} 0\n`);
  assert.deepEqual([...kept.store.open(old, () => {})], []);
  assert.deepEqual([kept.root.names, kept.store.bytes], [["own"], 5]);
});

test("passBy() keeps the file under a name that has its offset, and openOne() opens it there again", () => {
  using kept = new Kept();
  const chunk = kept.append(1, "aaa", "bbb")!;
  kept.settle(chunk, 4);
  const passed = kept.store.passBy(chunk);
  kept.store.save();
  assert.deepEqual([kept.texts, kept.store.bytes], [{ [`passed-${one.replace(".clef", "-4.clef")}`]: "aaa\nbbb\n" }, 0]);
  const { from, count } = kept.store.openOne(passed, 4)!;
  assert.deepEqual([from, count, kept.store.bytes], [4, 1, 8]);
});

test("move() writes what of a chunk in memory is not settled, and appends to it from then on", () => {
  using kept = new Kept();
  const chunk = newChunk(undefined, 1);
  addBytes(chunk, new TextEncoder().encode("a\nb\nc\n"), 3);
  Object.assign(chunk, { settled: 2, from: 4, first: 3, count: 1 });
  assert.equal(kept.store.move(kept.path, chunk), true);
  assert.deepEqual([chunk.settled, chunk.from, chunk.end, chunk.bytes], [0, 2, 4, undefined]);
  assert.equal(kept.append(4, "d"), chunk);
  assert.deepEqual(kept.texts, { [one]: "b\nc\nd\n" });
});

test("open() keeps a chunk that cannot be read from the bookmark, so that the next process finds it", () => {
  using kept = new Kept();
  for (const name of [one, two]) writeFileSync(`${kept.path}/${name}`, "{}\n[]\n");
  kept.disk.fault = (operation, path) => {
    if (operation === "openSync" && String(path).endsWith(one)) throw fileError("EIO");
  };
  const unreadable: unknown[][] = [];
  const [chunk] = [...kept.store.open(kept.path, (file, offset) => unreadable.push([file.isPassedBy, offset]))].filter((found) =>
    found !== undefined
  );
  kept.settle(chunk, 3);
  kept.store.save();
  kept.disk.mend();
  assert.deepEqual(unreadable, [[true, 0]]);
  assert.deepEqual(kept.reopen(), [[1, 0, 6], [2, 3, 6]]);
});

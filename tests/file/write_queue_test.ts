/** Texts that wait for a file: the order of bytes, a partial write, and the memory of an idle queue. */

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { test } from "node:test";
import { TextQueue } from "../../src/file/write_queue.ts";
import { Folder } from "../support/folder.ts";
import { seeded } from "../support/seeded.ts";

/** A queue with those texts. */
function queueOf(...texts: readonly string[]): TextQueue {
  const queue = new TextQueue();
  for (const text of texts) queue.push(text);
  return queue;
}

const next = (queue: TextQueue, limit = Infinity): string => new TextDecoder().decode(queue.next(limit));

test("next() returns whole texts below the limit, and one at least", () => {
  const queue = queueOf("aaa\n", "bb\n", "c\n");
  assert.deepEqual([queue.count, queue.size, queue.nextSize], [3, 9, 4]);
  assert.equal(next(queue), "aaa\nbb\nc\n");
  assert.equal(next(queue, 8), "aaa\nbb\n");
  assert.equal(next(queue, 7), "aaa\n");
  assert.equal(next(queue, 1), "aaa\n");
  assert.equal(next(new TextQueue()), "");
  assert.equal(queueOf("ä€😀").size, 9, "bytes, not letters");
});

test("wrote() counts the texts that are whole; of one that is begun the rest comes next, alone", () => {
  const queue = queueOf("aaa\n", "bb\n", "c\n");
  assert.equal(queue.wrote(6), 1);
  assert.deepEqual([queue.count, queue.size, queue.nextSize, next(queue)], [2, 3, undefined, "\n"]);
  assert.equal(queue.wrote(1), 1);
  assert.deepEqual([queue.count, queue.size, queue.nextSize, next(queue)], [1, 2, 2, "c\n"]);
  assert.equal(queue.wrote(0), 0);
  assert.equal(queue.wrote(2), 1);
  assert.deepEqual([queue.count, queue.size, queue.nextSize], [0, 0, undefined]);
});

test("rewind() lets a begun text begin again, and drop() spares it", () => {
  const queue = queueOf("aaa\n", "bb\n", "c\n");
  queue.wrote(2);
  assert.equal(queue.drop(), true);
  assert.deepEqual([queue.count, next(queue)], [2, "a\n"], "the oldest that is not begun went");
  queue.rewind();
  assert.equal(next(queue), "aaa\n");
  assert.equal(queue.wrote(4), 1);
  assert.equal(next(queue), "c\n");
  assert.deepEqual([queue.drop(), queue.drop(), queue.count], [true, false, 0]);
});

test("clear() gives up all, a begun text among them, and the queue can be used on", () => {
  const queue = queueOf("aaa\n", "bb\n");
  queue.wrote(1);
  assert.equal(queue.clear(), 2);
  assert.deepEqual([queue.count, queue.size, next(queue)], [0, 0, ""]);
  queue.push("d\n");
  assert.equal(next(queue), "d\n");
});

test("an empty queue keeps only a little room, however much has waited", () => {
  const queue = queueOf("x".repeat(1_000_000));
  assert.ok(queue.next(Infinity).buffer.byteLength >= 1_000_000);
  queue.wrote(1_000_000);
  assert.equal(queue.next(Infinity).buffer.byteLength, 65_536);
  for (let i = 0; i < 1000; i++) { // what is written makes room for what comes
    queue.push("y".repeat(20_000));
    if (queue.count > 1) queue.wrote(20_000);
  }
  assert.ok(queue.next(Infinity).buffer.byteLength <= 100_000);
});

test("texts come whole and in order into the file, whatever parts of them are written", () => {
  using folder = new Folder();
  const chance = seeded(7);
  const below = (limit: number): number => Math.floor(limit * chance());
  const queue = new TextQueue();
  const texts = Array.from({ length: 300 }, (_, i) => `${i}:${"ü".repeat(below(2000))}\n`);
  let whole = 0;
  for (const text of texts) {
    queue.push(text);
    if (below(2) === 0) continue;
    const bytes = queue.next(1 + below(9000));
    const part = bytes.subarray(0, below(bytes.length + 1)).slice();
    whole += queue.wrote(part.length);
    appendFileSync(folder.at("log"), part);
  }
  while (queue.count > 0) {
    const bytes = queue.next(10_000).slice();
    whole += queue.wrote(bytes.length);
    appendFileSync(folder.at("log"), bytes);
  }
  assert.equal(folder.read("log"), texts.join(""));
  assert.equal(whole, texts.length);
});

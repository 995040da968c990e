/** The file of rejected lines: how many it keeps, and that it has no half line. */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { hasRejected, keepRejected, moveRejected } from "../../src/durable/rejected_file.ts";
import { type PrivateFiles, privateFiles } from "../../src/runtime/files.ts";
import { FaultyFiles } from "../support/durable.ts";
import { Folder } from "../support/folder.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Two folders of one queue's kind. */
function twoFolders(
  folder: Folder,
): { readonly from: string; readonly to: string; readonly files: PrivateFiles; readonly disk: FaultyFiles } {
  const [from, to] = [folder.at("from"), folder.at("to")];
  for (const path of [from, to]) mkdirSync(path);
  const disk = new FaultyFiles();
  return { from, to, disk, files: privateFiles(disk.files) };
}

test("keepRejected() keeps the newest lines in two files that are within the bound together", () => {
  using folder = new Folder();
  const files = privateFiles(new FaultyFiles().files);
  assert.equal(hasRejected(files, folder.path), false);
  for (let i = 0; i < 10; i++) {
    keepRejected(files, folder.path, bytes(`line${i}\n`), 24); // two lines in each of the files
    assert.ok(Object.values(folder.texts).join("").length <= 24);
  }
  assert.deepEqual(folder.texts, { "rejected.clef": "line8\nline9\n", "rejected.1.clef": "line6\nline7\n" });
  assert.equal(hasRejected(files, folder.path), true);
});

test("keepRejected() keeps nothing of what is longer than half of the bound, and does not delete the older for it", () => {
  using folder = new Folder();
  const files = privateFiles(new FaultyFiles().files);
  keepRejected(files, folder.path, bytes("a\n"), 10);
  keepRejected(files, folder.path, bytes("bbbbb\n"), 10);
  keepRejected(files, folder.path, bytes("c\n"), 0);
  assert.deepEqual(folder.texts, { "rejected.clef": "a\n" });
});

test("keepRejected() takes back half a line on a full disk, so that the next line is separate", () => {
  using folder = new Folder();
  const disk = new FaultyFiles();
  const files = privateFiles(disk.files);
  keepRejected(files, folder.path, bytes("first\n"), 100);
  disk.room = 3;
  assert.throws(() => keepRejected(files, folder.path, bytes("second\n"), 100), { code: "ENOSPC" });
  assert.deepEqual(folder.texts, { "rejected.clef": "first\n" });
  disk.mend();
  keepRejected(files, folder.path, bytes("third\n"), 100);
  assert.deepEqual(folder.texts, { "rejected.clef": "first\nthird\n" });
});

test("moveRejected() renames the files where the other folder has none, the younger one too where it is alone", () => {
  using folder = new Folder();
  const { from, to, files } = twoFolders(folder);
  keepRejected(files, from, bytes("a\n"), 8);
  moveRejected(files, from, to, 8);
  assert.deepEqual([hasRejected(files, from), folder.read("to/rejected.clef")], [false, "a\n"]);
  moveRejected(files, from, to, 8);
  assert.equal(folder.read("to/rejected.clef"), "a\n", "nothing to move is no error");
});

test("moveRejected() adds to the other folder's the newest lines that have room, whole, and deletes what it has moved", () => {
  using folder = new Folder();
  const { from, to, files } = twoFolders(folder);
  keepRejected(files, to, bytes("own\n"), 20);
  keepRejected(files, from, bytes("old1\nold2\nnew3\n"), 100);
  moveRejected(files, from, to, 24);
  assert.equal(hasRejected(files, from), false);
  assert.deepEqual([folder.read("to/rejected.1.clef"), folder.read("to/rejected.clef")], ["own\n", "old2\nnew3\n"]);
});

test("moveRejected() keeps the letters where they are when the other folder's disk is full", () => {
  using folder = new Folder();
  const { from, to, files, disk } = twoFolders(folder);
  keepRejected(files, to, bytes("own\n"), 100);
  keepRejected(files, from, bytes("theirs\n"), 100);
  disk.room = 2;
  assert.throws(() => moveRejected(files, from, to, 100), { code: "ENOSPC" });
  assert.deepEqual([folder.read("from/rejected.clef"), folder.read("to/rejected.clef")], ["theirs\n", "own\n"]);
});

/** The bookmark of a folder of chunks: its text, and that there is never half a one. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { bookmarkFiles, readBookmark, writeBookmark } from "../../src/durable/bookmark.ts";
import { privateFiles } from "../../src/runtime/files.ts";
import { FaultyFiles, fileError } from "../support/durable.ts";
import { Folder } from "../support/folder.ts";

test("readBookmark() returns what writeBookmark() has written, in the text that earlier versions wrote", () => {
  using folder = new Folder();
  const files = privateFiles(new FaultyFiles().files);
  assert.equal(readBookmark(files, folder.path), undefined);
  writeBookmark(files, folder.path, { number: 7, offset: 1234 }, false);
  assert.deepEqual(folder.texts, { bookmark: "000000000007.clef 1234\n" });
  assert.deepEqual(readBookmark(files, folder.path), { number: 7, offset: 1234 });
  writeBookmark(files, folder.path, { number: 8, offset: 0 }, false);
  assert.deepEqual(readBookmark(files, folder.path), { number: 8, offset: 0 });
});

test("readBookmark() returns none where it cannot understand the text, so that lines come twice rather than never", () => {
  using folder = new Folder();
  const files = privateFiles(new FaultyFiles().files);
  for (const text of ["", "000000000007.clef 12", "7.clef 12\n", "000000000007.clef -1\n", "000000000007.clef 12\nmore", "\0".repeat(24)]) {
    writeFileSync(folder.at("bookmark"), text);
    assert.equal(readBookmark(files, folder.path), undefined, JSON.stringify(text));
  }
});

test("writeBookmark() leaves the old one as it is when the new one cannot be written, or not renamed", () => {
  using folder = new Folder();
  const disk = new FaultyFiles();
  const files = privateFiles(disk.files);
  const old = { number: 1, offset: 100 };
  writeBookmark(files, folder.path, old, false);
  disk.room = 10;
  assert.throws(() => writeBookmark(files, folder.path, { number: 2, offset: 0 }, false), { code: "ENOSPC" });
  assert.deepEqual(readBookmark(files, folder.path), old);
  disk.mend();
  disk.fault = (operation) => {
    if (operation === "renameSync") throw fileError("EIO");
  };
  assert.throws(() => writeBookmark(files, folder.path, { number: 300, offset: 123_456_789 }, false), { code: "EIO" });
  assert.deepEqual(readBookmark(files, folder.path), old);
  assert.deepEqual(folder.names, bookmarkFiles.toSorted(), "whoever deletes the folder deletes what was left, too");
  disk.mend();
  writeBookmark(files, folder.path, { number: 3, offset: 4 }, false);
  assert.deepEqual(folder.texts, { bookmark: "000000000003.clef 4\n" }, "nothing is left of the longer one");
});

test("writeBookmark() waits for the disk before it renames, but only where fsync is asked for", () => {
  using folder = new Folder();
  const disk = new FaultyFiles();
  const files = privateFiles(disk.files);
  const done: string[] = [];
  disk.fault = (operation) => void done.push(operation);
  writeBookmark(files, folder.path, { number: 1, offset: 0 }, true);
  assert.deepEqual(done.filter((operation) => /write|sync$|data|rename/.test(operation)), ["writeSync", "fdatasyncSync", "renameSync"]);
  writeBookmark(files, folder.path, { number: 2, offset: 0 }, false);
  assert.equal(disk.calls.get("fdatasyncSync"), 1);
});

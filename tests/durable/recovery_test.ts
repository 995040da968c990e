/** Opening the chunks that another process has left: the first line, and damaged files. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { lastNumber, openChunk, openChunks } from "../../src/durable/recovery.ts";
import { chunkName, chunkPath, type FileChunk } from "../../src/durable/chunk_file.ts";
import { type PrivateFiles, privateFiles } from "../../src/runtime/files.ts";
import { FaultyFiles, fileError } from "../support/durable.ts";
import { Folder } from "../support/folder.ts";

/** A folder with files of those texts. */
function left(texts: Readonly<Record<string, string>>): Folder {
  const folder = new Folder();
  for (const [name, text] of Object.entries(texts)) writeFileSync(folder.at(name), text);
  return folder;
}

const [one, two, three] = [1, 2, 3].map(chunkName) as [string, string, string];

/** What is known of a chunk: its number, where its lines begin and end, and how many there are. */
const facts = ({ file, from, end, count }: FileChunk): number[] => [file!.number, from, end, count];

/** Opens all chunks of a folder. */
function open(
  folder: Folder,
  files: PrivateFiles = privateFiles(new FaultyFiles().files),
): { opened: number[][]; unreadable: unknown[][] } {
  const unreadable: unknown[][] = [];
  const chunks = [
    ...openChunks(files, folder.path, (file, offset, error) => unreadable.push([file.number, offset, (error as Error).message])),
  ];
  return { opened: chunks.filter((chunk) => chunk !== undefined).map(facts), unreadable };
}

test("openChunks() begins at the bookmark, and deletes what is settled", () => {
  using folder = left({ [one]: "{}\n", [two]: '{"a":1}\n{"b":2}\n{}\n', [three]: "{}\n", bookmark: `${two} 8\n` });
  assert.deepEqual(open(folder), { opened: [[2, 8, 19, 2], [3, 0, 3, 1]], unreadable: [] });
  assert.deepEqual(folder.names, [two, three, "bookmark"]);
  writeFileSync(folder.at("bookmark"), `${two} 19\n`);
  assert.deepEqual(open(folder).opened, [[3, 0, 3, 1]]);
  assert.deepEqual(folder.names, [three, "bookmark"]);
});

test("openChunks() opens chunks that were skipped first, from their own offset, whatever the bookmark says", () => {
  using folder = left({ "passed-000000000001-3.clef": "{}\n{}\n", [three]: "{}\n", bookmark: `${three} 0\n` });
  assert.deepEqual(open(folder).opened, [[1, 3, 6, 1], [3, 0, 3, 1]]);
});

test("openChunk() delivers all of a file again whose bookmark is within a line: somebody has changed it", () => {
  using folder = left({ [one]: '{"a":1}\n{"b":2}\n' });
  const files = privateFiles(new FaultyFiles().files);
  const from = (offset: number): number[] | undefined => {
    const chunk = openChunk(files, chunkPath(folder.path, 1), offset);
    return chunk && facts(chunk);
  };
  assert.deepEqual([from(8), from(5), from(16), from(17)], [[1, 8, 16, 1], [1, 0, 16, 2], undefined, undefined]);
  assert.deepEqual(folder.texts, { [one]: '{"a":1}\n{"b":2}\n' });
});

test("openChunks() ends a last line that lacks only its line break, and cuts off half a one", () => {
  using folder = left({ [one]: '{}\n{"a":1}', [two]: '{}\n{"a":"\u00e4', [three]: '{"a"' });
  assert.deepEqual(open(folder).opened, [[1, 0, 11, 2], [2, 0, 3, 1]]);
  assert.deepEqual(folder.texts, { [one]: '{}\n{"a":1}\n', [two]: "{}\n" }, "what has no whole line is deleted");
});

test("openChunks() skips half a line that cannot be cut off, and counts lines over the pieces of a long file", () => {
  const long = `{"text":"${"x".repeat(99_990)}"}\n`;
  using folder = left({ [one]: `${long.repeat(8)}{"a"` });
  const disk = new FaultyFiles();
  disk.fault = (operation) => {
    if (operation === "ftruncateSync") throw fileError("EIO");
  };
  assert.deepEqual(open(folder, privateFiles(disk.files)).opened, [[1, 0, 8 * long.length, 8]]);
});

test("openChunks() keeps a chunk that cannot be read, names it with its offset, and continues", () => {
  using folder = left({ [one]: "{}\n{}\n", [two]: "{}\n", bookmark: `${one} 3\n` });
  const disk = new FaultyFiles();
  disk.fault = (operation, path) => {
    if (operation === "openSync" && String(path).endsWith(one)) throw fileError("EACCES");
  };
  assert.deepEqual(open(folder, privateFiles(disk.files)), { opened: [[2, 0, 3, 1]], unreadable: [[1, 3, "EACCES: injected"]] });
  assert.deepEqual(folder.names, [one, two, "bookmark"]);
});

test("lastNumber() is the highest that a chunk has or had, so that no new one comes before the bookmark", () => {
  const files = privateFiles(new FaultyFiles().files);
  using none = left({ heartbeat: "" });
  assert.equal(lastNumber(files, none.path), 0);
  using settled = left({ [two]: "", bookmark: `${chunkName(9)} 0\n` });
  assert.equal(lastNumber(files, settled.path), 9);
  using open = left({ [three]: "", [two]: "", bookmark: `${two} 0\n` });
  assert.equal(lastNumber(files, open.path), 3);
});

/** Text files: how a path is resolved, the message of an unreadable file, and the detection of changes. */

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { locate, readTextFile, TextFiles } from "../../src/yaml/text_file.ts";
import { Folder } from "../support/folder.ts";

test("locate() starts a relative path from the base, and leaves an absolute path and a URL alone", () => {
  const base = "file:///etc/app/logging.yml";
  assert.equal(locate("secrets/key%20.txt", base)?.href, "file:///etc/app/secrets/key%2520.txt", "a % of a path is itself");
  assert.equal(locate("/run/key", base)?.href, pathToFileURL("/run/key").href);
  assert.equal(locate("https://a.test/x", base)?.href, "https://a.test/x");
  assert.equal(locate("here.yml")?.href, pathToFileURL("here.yml").href);
});

test("readTextFile() reads UTF-8, by path, URL and base", () => {
  using folder = new Folder();
  writeFileSync(folder.at("a.txt"), "é😀\n");
  const url = pathToFileURL(folder.at("a.txt"));
  for (const file of [readTextFile(folder.at("a.txt")), readTextFile(url), readTextFile("a.txt", url)]) {
    assert.deepEqual(file, { url: url.href, text: "é😀\n" });
  }
});

test("readTextFile() returns why there is no text, and never throws", () => {
  using folder = new Folder();
  const missing = readTextFile(folder.at("none.txt"));
  assert.deepEqual([missing.url, missing.text], [pathToFileURL(folder.at("none.txt")).href, undefined]);
  assert.match(missing.problem ?? "", /ENOENT|No such file/i);
  assert.match(readTextFile("https://a.test/x").problem ?? "", /only files can be read/);
  assert.ok(readTextFile(folder.path).problem !== undefined, "a folder has no text");
  assert.ok(readTextFile("http://").problem !== undefined, "no URL");
});

test("TextFiles: the fingerprint is what was read; look() differs once a file changes, comes or goes", () => {
  using folder = new Folder();
  writeFileSync(folder.at("a"), "1");
  const files = new TextFiles();
  files.read(folder.at("a"));
  files.read(folder.at("b"));
  const before = files.fingerprint;
  assert.equal(files.look(), before);
  writeFileSync(folder.at("a"), "2");
  const changed = files.look();
  writeFileSync(folder.at("a"), "1");
  writeFileSync(folder.at("b"), "");
  const come = files.look();
  rmSync(folder.at("b"));
  assert.equal(files.look(), before);
  rmSync(folder.at("a"));
  assert.deepEqual([changed, come, files.look()].map((text) => text === before), [false, false, false]);
  assert.equal(files.fingerprint, before, "to look is not to read");
});

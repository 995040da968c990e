/** Files: permissions, refused paths, and hints on failures. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { cureOf, type FileSystem, type OpenFlags, privateFiles, unsafeFolder, withFile, writeAll } from "../../src/runtime/files.ts";
import { Folder } from "../support/folder.ts";

const raw = fs as unknown as FileSystem;
const isUnix = process.platform !== "win32";
const isRoot = process.getuid?.() === 0;
/** A user that no test runs as. */
const stranger = 65_533;
const modeOf = (path: string): number => fs.lstatSync(path).mode & 0o777;
const writing: readonly OpenFlags[] = ["a", "r+", "w"];

test("privateFiles() creates folders and files that only their user may read", { skip: !isUnix }, () => {
  using folder = new Folder();
  const files = privateFiles(raw);
  files.mkdirSync(folder.at("queue"));
  assert.equal(modeOf(folder.at("queue")), 0o700);
  for (const flags of ["a", "ax", "w", "wx"] as const) {
    withFile(files, folder.at(`queue/${flags}`), flags, (descriptor) => writeAll(files, descriptor, Uint8Array.of(65)));
    assert.equal(modeOf(folder.at(`queue/${flags}`)), 0o600, flags);
    assert.equal(new TextDecoder().decode(files.readFileSync(folder.at(`queue/${flags}`))), "A");
  }
  withFile(files, folder.at("queue/a"), "w", () => {});
  assert.equal(fs.statSync(folder.at("queue/a")).size, 0, "emptied");
  assert.throws(() => files.openSync(folder.at("queue/none"), "r"), { code: "ENOENT" });
});

test("privateFiles() follows no link, and changes nothing behind one", { skip: !isUnix }, () => {
  using folder = new Folder();
  const files = privateFiles(raw);
  fs.writeFileSync(folder.at("target"), "secret");
  fs.symlinkSync(folder.at("target"), folder.at("link"));
  fs.symlinkSync(folder.at("nowhere"), folder.at("dangling"));
  for (const name of ["link", "dangling"]) {
    for (const flags of ["r", ...writing] as const) {
      assert.throws(() => files.openSync(folder.at(name), flags), /not a regular file/, flags);
    }
    for (const flags of ["ax", "wx"] as const) assert.throws(() => files.openSync(folder.at(name), flags), { code: "EEXIST" });
    assert.throws(() => files.readFileSync(folder.at(name)), /not a regular file/);
  }
  assert.equal(folder.read("target"), "secret");
  assert.equal(folder.has("nowhere"), false);
});

test("privateFiles() refuses a file that is replaced while it is opened, before it changes it", { skip: !isUnix }, () => {
  using folder = new Folder();
  fs.writeFileSync(folder.at("target"), "secret");
  fs.writeFileSync(folder.at("file"), "own");
  const open = fs.openSync.bind(fs);
  const racing = Object.assign(Object.create(fs), {
    openSync(path: string, flags: OpenFlags) {
      fs.unlinkSync(path);
      fs.symlinkSync(folder.at("target"), path);
      return open(path, flags);
    },
  }) as FileSystem;
  const files = privateFiles(racing);
  for (const flags of ["r", ...writing] as const) {
    fs.rmSync(folder.at("file"), { force: true });
    fs.writeFileSync(folder.at("file"), "own");
    assert.throws(() => files.openSync(folder.at("file"), flags), /was replaced while it was opened/, flags);
  }
  assert.equal(folder.read("target"), "secret");
});

test("privateFiles() waits for no named pipe", { skip: !isUnix }, () => {
  using folder = new Folder();
  if (spawnSync("mkfifo", [folder.at("pipe")]).status !== 0) return;
  for (const flags of ["r", ...writing] as const) {
    assert.throws(() => privateFiles(raw).openSync(folder.at("pipe"), flags), /not a regular file/);
  }
});

test("privateFiles() touches nothing of another user", { skip: !isRoot }, () => {
  using folder = new Folder();
  const files = privateFiles(raw);
  files.mkdirSync(folder.at("own"));
  fs.mkdirSync(folder.at("other"));
  fs.symlinkSync(folder.at("own"), folder.at("link"));
  fs.writeFileSync(folder.at("file"), "forged");
  for (const name of ["other", "file"]) fs.chownSync(folder.at(name), stranger, stranger);
  assert.deepEqual(["own", "other", "link", "none"].map((name) => files.owns(folder.at(name))), [true, false, false, false]);
  for (const flags of ["r", ...writing] as const) assert.throws(() => files.openSync(folder.at("file"), flags), /another user's/, flags);
  assert.throws(() => files.readFileSync(folder.at("file")), /another user's/);
  assert.equal(folder.read("file"), "forged");
});

test("unsafeFolder() names the cure for a folder that others may write to", { skip: !isUnix }, () => {
  using folder = new Folder();
  assert.equal(unsafeFolder(raw, folder.path), undefined);
  assert.equal(unsafeFolder(raw, folder.at("none")), undefined);
  for (const mode of [0o755, 0o775, 0o700]) {
    fs.chmodSync(folder.path, mode);
    assert.equal(unsafeFolder(raw, folder.path), undefined, mode.toString(8));
  }
  for (const mode of [0o777, 0o1777, 0o702]) {
    fs.chmodSync(folder.path, mode);
    assert.match(unsafeFolder(raw, folder.path)!, new RegExp(`run chmod o-w ${folder.path}, or choose another$`));
  }
});

test("cureOf() goes by the code of the failure, the caller's table first", () => {
  const failure = (code?: string, message = ""): Error => Object.assign(new Error(message), code === undefined ? {} : { code });
  assert.equal(cureOf(failure("ENOSPC"), "Look"), "Make room on the disk");
  assert.equal(cureOf(failure(undefined, "No space left on device (os error 28)"), "Look"), "Make room on the disk");
  assert.equal(cureOf(failure("ENOENT"), "Look"), "Look");
  assert.equal(cureOf(failure("ENOENT"), "Look", { ENOENT: "Create it" }), "Create it");
  for (const odd of [undefined, null, "ENOSPC", { code: 5 }]) assert.equal(cureOf(odd, "Look"), "Look");
});

/** OrphanWatch: which owners have ended, by the observations of several short-lived processes. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { processMark } from "../../src/durable/owner_mark.ts";
import { OrphanWatch } from "../../src/durable/orphan_watch.ts";
import { type FileSystem, privateFiles } from "../../src/runtime/files.ts";
import { Folder } from "../support/folder.ts";

const claimAfterMs = 30_000;
const name = "seq-20260301T120000000Z-1-abcdef01";
const files = privateFiles(fs as unknown as FileSystem);

function watchOf(folder: Folder): OrphanWatch {
  return new OrphanWatch({ files, root: folder.path, prefix: "seq", claimAfterMs });
}

/** What a process sees that looks once. */
function lookOnce(folder: Folder, nowMs: number): boolean {
  const watch = watchOf(folder);
  const isOrphan = watch.list("own").includes(name) && watch.isOrphan(name, nowMs);
  watch.save();
  return isOrphan;
}

function dead(folder: Folder, content = "000000000001 \n"): void {
  fs.mkdirSync(folder.at(name));
  fs.writeFileSync(folder.at(`${name}/heartbeat`), content);
  fs.writeFileSync(folder.at(`${name}/000000000001.clef`), "{}\n");
}

test("OrphanWatch lets processes that live for a moment continue the observations of earlier ones", () => {
  using folder = new Folder();
  dead(folder);
  assert.deepEqual([0, 60_000, 120_000].map((ms) => lookOnce(folder, ms)), [false, false, true]);
});

test("OrphanWatch counts between two processes no more than half the time, and nothing where a clock was set back", () => {
  using folder = new Folder();
  dead(folder);
  assert.deepEqual([0, 1e9, 0, 0].map((ms) => lookOnce(folder, ms)), [false, false, false, false]);
  assert.equal(lookOnce(folder, 15_000), true);
});

test("OrphanWatch begins again when the owner writes its heartbeat", () => {
  using folder = new Folder();
  dead(folder);
  lookOnce(folder, 0);
  lookOnce(folder, 60_000);
  fs.writeFileSync(folder.at(`${name}/heartbeat`), "000000000002 \n");
  assert.deepEqual([120_000, 180_000, 240_000].map((ms) => lookOnce(folder, ms)), [false, false, true]);
});

test("OrphanWatch believes nothing in what it has written down that is no record", () => {
  using folder = new Folder();
  dead(folder);
  for (const text of ["", "garbage", `${name} 99999999 0 other;\n`, `${name} x y 000000000001;\n`, `${name} 99999999 0 000000000001`]) {
    fs.writeFileSync(folder.at("seq.seen"), text);
    assert.equal(lookOnce(folder, 0), false, text);
  }
});

test("OrphanWatch says which folders wait, with their bytes, and forgets what is gone", () => {
  using folder = new Folder();
  dead(folder);
  const watch = watchOf(folder);
  for (const ms of [0, 5000, 10_000]) {
    assert.deepEqual(watch.waiting, { folders: 0, bytes: 0 });
    watch.list("own");
    watch.isOrphan(name, ms);
  }
  assert.deepEqual(watch.waiting, { folders: 1, bytes: 17 });
  watch.save();
  assert.deepEqual(folder.names, [name, "seq.seen"]);
  fs.rmSync(folder.at(name), { recursive: true });
  watch.list("own");
  watch.save();
  assert.deepEqual([watch.waiting, folder.names], [{ folders: 0, bytes: 0 }, []]);
});

test("OrphanWatch knows that a zombie has ended, and a process of an earlier boot", { skip: process.platform !== "linux" }, async () => {
  using folder = new Folder();
  const mark = JSON.parse(processMark());
  dead(folder, `000000000001 ${JSON.stringify({ ...mark, boot: crypto.randomUUID() })}\n`);
  assert.equal(lookOnce(folder, 0), true, "of an earlier boot");
  // a shell whose child has ended, and that does not reap it: it prints the child's number, and waits in vain
  const shell = spawn("python3", [
    "-c",
    "import os, time\npid = os.fork()\nif pid == 0: os._exit(0)\nprint(pid, flush=True)\ntime.sleep(60)",
  ]);
  try {
    const failed = new Promise<undefined>((resolve) => shell.once("error", () => resolve(undefined)));
    const text = await Promise.race([failed, new Promise<string>((resolve) => shell.stdout.once("data", (data) => resolve(String(data))))]);
    if (text === undefined) return; // no Python here
    const pid = Number(text);
    const stat = (): string[] => fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    while (stat()[0] !== "Z") await new Promise((resolve) => setImmediate(resolve));
    fs.writeFileSync(folder.at(`${name}/heartbeat`), `000000000002 ${JSON.stringify({ ...mark, pid, start: stat()[19] })}\n`);
    assert.equal(lookOnce(folder, 0), true, "a zombie");
  } finally {
    shell.kill("SIGKILL");
  }
});

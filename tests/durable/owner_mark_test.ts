/** The mark of a process: when another is certain that its owner has ended, and when it doubts. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { hasEnded, processMark } from "../../src/durable/owner_mark.ts";
import { eventually } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";

const isLinux = process.platform === "linux";

/** The fields of a process's status behind its name. */
function statusOf(pid: number): string[] {
  const status = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  return status.slice(status.lastIndexOf(")") + 2).split(" ");
}

/** The mark that a process of that number has, which is of the same machine as this one. */
const markOf = (pid: number): string => JSON.stringify({ ...JSON.parse(processMark()), pid, start: statusOf(pid)[19] });

test("hasEnded() is certain only of a process of this machine, this boot and this name space", { skip: !isLinux }, async () => {
  using folder = new Folder();
  const own = processMark();
  const { boot, namespace, pid, start } = JSON.parse(own);
  assert.equal(pid, process.pid);
  const child = spawn("sleep", ["60"]);
  try {
    const other = fs.readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]!.split(" ")[19]!;
    const of = (changes: object): boolean =>
      hasEnded(JSON.stringify({ boot, namespace, pid: child.pid, start: other, ...changes }), folder.path);
    assert.equal(hasEnded(own, folder.path), false);
    assert.equal(of({}), false, "it lives");
    assert.equal(of({ start: `${Number(other) - 1}` }), true, "another has its number");
    assert.equal(of({ pid, start: `${Number(start) - 1}` }), true, "this one has its number");
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    assert.equal(of({}), true);
    assert.equal(of({ boot: crypto.randomUUID() }), true, "the machine was started anew since");
    for (const other of ["another", "", undefined, 1]) assert.equal(of({ boot: other }), false, "no boot that Linux names");
    assert.equal(of({ namespace: "pid:[1]" }), false);
    assert.equal(of({ namespace: `${namespace.split(" ")[0]} time:[1]` }), false, "another count of time: its beginnings say nothing here");
    for (const mark of ["", "null", "{}", "garbage", '{"boot":1}']) assert.equal(hasEnded(mark, folder.path), false, mark);
    assert.equal(hasEnded(JSON.stringify({ boot, namespace, pid: child.pid, start: other }), "/proc"), false, "not a disk of this machine");
  } finally {
    child.kill("SIGKILL");
  }
});

test("processMark() is empty where it cannot be known", { skip: isLinux }, () => {
  assert.equal(processMark(), "");
  assert.equal(hasEnded("", "."), false);
});

test("processMark() is this process's, the same each time", { skip: !isLinux }, () => {
  assert.equal(processMark(), markOf(process.pid));
  assert.equal(processMark(), processMark());
});

test("hasEnded() is certain of a process that its parent has not reaped yet", { skip: !isLinux }, async () => {
  using folder = new Folder();
  const parent: ChildProcess = spawn("sh", ["-c", "exec 3<&0; (read line <&3) & echo $!; exec sleep 60"]);
  try {
    const [text] = await once(parent.stdout!, "data") as [Uint8Array];
    const pid = Number(new TextDecoder().decode(text));
    const isSleep = (): boolean => fs.readFileSync(`/proc/${parent.pid}/cmdline`, "utf8").startsWith("sleep"); // empty in between
    await eventually(isSleep, "the shell has become sleep, which never asks for its child");
    assert.equal(hasEnded(markOf(pid), folder.path), false);
    parent.stdin!.end("line\n");
    await eventually(() => statusOf(pid)[0] === "Z", "the child is a zombie");
    assert.equal(hasEnded(markOf(pid), folder.path), true);
  } finally {
    parent.kill("SIGKILL");
  }
});

test("hasEnded() finds the beginning of a living process whatever its name has in it", { skip: !isLinux }, async () => {
  using folder = new Folder();
  const script = folder.at("a) Z 1 (b");
  fs.writeFileSync(script, "#!/bin/sh\necho begun\nread line\n", { mode: 0o700 });
  const child: ChildProcess = spawn(script);
  try {
    await once(child.stdout!, "data");
    assert.match(fs.readFileSync(`/proc/${child.pid}/stat`, "utf8"), /\(a\) Z 1 \(b\)/);
    assert.equal(hasEnded(markOf(child.pid!), folder.path), false);
  } finally {
    child.kill("SIGKILL");
  }
});

/** The folders of several processes: their owners, their heartbeats, and the takeover of dead processes' folders. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { processMark } from "../../src/durable/owner_mark.ts";
import { harmlessName } from "../../src/durable/queue_folder.ts";
import { isFull as triesAll } from "../support/effort.ts";
import { claimAfterMs, type FaultyFiles, fileError, folderIn, foldersIn, leased, Life } from "../support/durable.ts";
import { turn } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { range } from "../support/shipping.ts";
import { pushLine } from "../support/push_line.ts";

const lines = (from: number, to: number): string[] => range(from, to).map((n) => `{"N":${n}}`);

/** Lets the same time pass for all, in steps as small as the heart's. */
async function pass(ms: number, ...lives: readonly Life[]): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) for (const life of lives) await life.clock.advance(Math.min(left, 1000));
}

// ---- orphans ----

test("a queue takes over at once what an orderly process has left", () => {
  using folder = new Folder();
  const first = new Life(folder.path);
  first.tick(...lines(1, 3));
  first.end();
  using second = new Life(folder.path);
  assert.deepEqual([second.queue.size, second.queue.pushed, second.queue.countBefore(0)], [3, 0, 3]);
  second.tick(...lines(4, 4));
  const lease = second.lease()!;
  assert.deepEqual([lease.first, leased(lease)], [-3, lines(1, 4)]);
  lease.settle(4);
  second.end();
  assert.deepEqual(folder.names, []);
});

test("a queue takes over what a crash has left when it has seen no sign of life for claimAfterMs, and wakes the delivery", async () => {
  using folder = new Folder();
  {
    using first = new Life(folder.path);
    first.tick(...lines(1, 3));
  }
  using second = new Life(folder.path);
  second.tick(...lines(4, 4));
  await second.clock.advance(claimAfterMs - 1);
  assert.deepEqual([second.queue.size, second.woken], [1, 0]);
  await second.clock.advance(claimAfterMs / 6);
  assert.deepEqual([second.queue.size, second.queue.pushed, second.woken], [4, 1, 1]);
  assert.equal(foldersIn(folder.path).length, 1);
  second.tick(...lines(5, 5));
  assert.deepEqual([1, 4, 5].map((number) => second.queue.countBefore(number)), [4, 5, 5], "the older have lower numbers");
  const lease = second.lease({ batchSize: 3 })!;
  assert.deepEqual([lease.first, leased(lease)], [-3, lines(1, 3)], "the older first");
  lease.settle(3);
  assert.deepEqual([1, 4, 5].map((number) => second.queue.countBefore(number)), [1, 2, 2]);
  assert.deepEqual(second.drain(), lines(4, 5));
  await turn();
  assert.deepEqual(fs.readdirSync(folderIn(folder.path)), ["heartbeat"]);
});

test("a queue that is leased from takes over without a timer, too", () => {
  using folder = new Folder();
  {
    using first = new Life(folder.path);
    first.tick(...lines(1, 3));
  }
  using second = new Life(folder.path);
  for (const _ of range(1, 6)) {
    assert.equal(second.lease(), undefined);
    second.clock.jump(claimAfterMs / 6);
  }
  assert.deepEqual(second.drain(), lines(1, 3));
});

test("a queue takes over nothing of those that live, for as long as they live", async () => {
  using folder = new Folder();
  using first = new Life(folder.path);
  using second = new Life(folder.path);
  using third = new Life(folder.path);
  for (const [i, life] of [first, second, third].entries()) life.tick(...lines(i, i));
  await pass(claimAfterMs * 5, first, second, third);
  assert.equal(foldersIn(folder.path).length, 3);
  for (const [i, life] of [first, second, third].entries()) assert.deepEqual(life.drain(), lines(i, i));
  first.queue.clear("closed");
  assert.equal(foldersIn(folder.path).length, 2);
});

test("a queue writes its heartbeat in each tick, where its timers are late", async () => {
  using folder = new Folder();
  using busy = new Life(folder.path);
  using other = new Life(folder.path);
  busy.tick(...lines(1, 1));
  for (const _ of range(1, 60)) {
    busy.clock.jump(1000);
    busy.queue.endTick();
    await other.clock.advance(1000);
  }
  assert.equal(other.queue.size, 0);
});

test("four queues that find many orphans take over each of them once", async () => {
  using folder = new Folder();
  for (const n of range(1, 20)) {
    using life = new Life(folder.path);
    life.tick(...lines(n * 10, n * 10 + 9));
  }
  const four = range(1, 4).map(() => new Life(folder.path));
  await Promise.all(four.map((life) => life.outwait()));
  const found = four.flatMap((life) => life.drain());
  assert.equal(foldersIn(folder.path).length, 4);
  assert.deepEqual(found.sort(), lines(10, 209).sort());
  for (const life of four) life.end();
  assert.deepEqual(folder.names, []);
});

test("what a process had taken over is taken over with what is its own, through many crashes, and no path grows", async () => {
  using folder = new Folder();
  for (const n of range(1, 12)) {
    using life = new Life(folder.path);
    life.tick(...lines(n, n));
    await life.outwait();
    assert.equal(life.queue.size, n);
    const paths = fs.readdirSync(folder.path, { recursive: true, encoding: "utf8" });
    assert.ok(paths.every((path) => path.split(/[\\/]/).length <= 3), paths.join());
  }
  using last = new Life(folder.path);
  await last.outwait();
  assert.deepEqual(last.drain(), lines(1, 12));
});

test("two queues whose owner crashes in the middle of taking over lose nothing", async () => {
  for (const step of range(1, 30).filter((n) => triesAll || n % 3 === 1)) {
    using folder = new Folder();
    for (const n of [1, 2]) {
      using life = new Life(folder.path);
      life.tick(...lines(n, n));
      await life.outwait();
    }
    {
      using _ = hearDiagnostics();
      using middle = new Life(folder.path);
      let left = step;
      middle.disk.fault = () => {
        if (left-- <= 0) throw fileError("EIO");
      };
      await middle.outwait();
    }
    using last = new Life(folder.path);
    await last.outwait();
    assert.deepEqual(last.drain(), lines(1, 2), `${step} operations`);
  }
});

test("a folder that cannot be opened is reported once, and tried again", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  {
    using first = new Life(folder.path);
    first.tick(...lines(1, 3));
  }
  using second = new Life(folder.path);
  second.disk.fault = (operation, path) => {
    if (operation === "readFileSync" && String(path).endsWith("bookmark")) throw fileError("EACCES");
  };
  await second.outwait();
  await second.outwait();
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed"]);
  assert.match(
    diagnostics.heard[0]!.message,
    /^Cannot read what other processes left in \S+claimed-\S+ \(EACCES: injected\); the folder is tried again$/,
  );
  second.tick(...lines(4, 4));
  assert.equal(second.queue.size, 1, "the disk is well");
  second.disk.mend();
  await second.clock.advance(claimAfterMs / 6);
  assert.deepEqual(second.drain(), lines(1, 4));
});

test("a folder that cannot be listed has no other effect, and is reported once", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path, {}, {}, (disk) => {
    disk.fault = (operation, path) => {
      if (operation === "readdirSync" && path === folder.path) throw fileError("EACCES");
    };
  });
  life.tick(...lines(1, 3));
  await life.outwait();
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed"]);
  assert.deepEqual(life.drain(), lines(1, 3));
});

test("a queue that cannot take all of what a process had taken over takes the rest when it can", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  for (const n of [1, 2, 3]) {
    using life = new Life(folder.path);
    life.tick(...lines(n, n));
    if (n === 3) await life.outwait();
  }
  using last = new Life(folder.path);
  let renames = 0;
  last.disk.fault = (operation) => {
    if (operation === "renameSync" && ++renames === 3) throw fileError("EBUSY");
  };
  await last.outwait();
  assert.deepEqual(last.drain().sort(), lines(1, 3));
});

test("a queue ignores what is not of its handler, and what is no queue", async () => {
  using folder = new Folder();
  const time = "20260301T120000000Z";
  const names = ["lost+found", "seq", `seq-${time}-1-abcdefgh`, `other-${time}-1-abcdef01`, `seq-2-${time}-1-abcdef01`];
  for (const name of names) fs.mkdirSync(folder.at(name));
  fs.writeFileSync(folder.at(`seq-${time}-1-abcdef01`), "a file");
  using life = new Life(folder.path);
  await life.outwait();
  assert.deepEqual(folder.names.filter((name) => names.includes(name)), names.sort());
});

test("an empty folder that a process has left is deleted", async () => {
  using folder = new Folder();
  {
    using _ = new Life(folder.path);
  }
  {
    using life = new Life(folder.path);
    fs.rmSync(join(foldersIn(folder.path)[0]!, "heartbeat"));
    await life.outwait();
    assert.equal(life.queue.size, 0);
    life.end();
  }
  assert.deepEqual(folder.names, []);
});

// ---- owners that were taken for dead ----

test("an owner that was suspended continues in a new folder: its lines are delivered once more, and none is lost", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using asleep = new Life(folder.path);
  using awake = new Life(folder.path);
  asleep.tick(...lines(1, 3));
  const lease = asleep.lease({ batchSize: 1 })!;
  pushLine(asleep.queue, lines(4, 4)[0]!);
  await awake.outwait();
  assert.equal(awake.queue.size, 3);
  asleep.queue.endTick();
  asleep.tick(...lines(5, 5));
  assert.deepEqual(asleep.losses.map(({ count, reason }) => [count, reason]), [[2, "kept"]], "no loss");
  assert.equal(diagnostics.heard[0]!.code, "taken-over");
  assert.equal(diagnostics.heard[0]!.message, `2 events are gone from the files of this process, below ${folder.path}`);
  assert.match(diagnostics.heard[0]!.hint!, /^Another process delivers them: this process seemed dead/);
  lease.settle(1);
  assert.deepEqual(asleep.drain(), lines(4, 5));
  assert.deepEqual(awake.drain(), lines(1, 3));
  asleep.end();
  awake.end();
  assert.deepEqual(folder.names, []);
});

test("an owner that was suspended in the middle of a write loses nothing of the tick", () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  using asleep = new Life(folder.path);
  using _awake = new Life(folder.path);
  asleep.tick(...lines(1, 2));
  const own = foldersIn(folder.path).find((path) => fs.readdirSync(path).length > 1)!;
  asleep.disk.fault = (operation) => {
    if (operation !== "writeSync") return;
    asleep.disk.mend();
    fs.renameSync(own, join(foldersIn(folder.path).find((path) => path !== own)!, "claimed-it")); // as the other does it
  };
  asleep.tick(...lines(3, 4));
  assert.deepEqual(asleep.drain(), lines(3, 4));
});

test("an owner whose folder is gone makes a new one with its next heartbeat, and takes over others again", async () => {
  using folder = new Folder();
  using life = new Life(folder.path);
  fs.rmSync(folderIn(folder.path), { recursive: true });
  await life.clock.advance(claimAfterMs / 6);
  assert.equal(foldersIn(folder.path).length, 1);
  fs.rmSync(join(folderIn(folder.path), "heartbeat"));
  await life.clock.advance(claimAfterMs / 6);
  assert.deepEqual(fs.readdirSync(folderIn(folder.path)), ["heartbeat"], "it shows its life again");
});

test("an owner writes its heartbeat on a full disk, too", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  using full = new Life(folder.path);
  using other = new Life(folder.path);
  full.tick(...lines(1, 2));
  full.disk.room = 0;
  full.tick(...lines(3, 4));
  await pass(claimAfterMs * 3, full, other);
  assert.equal(other.queue.size, 0);
  assert.equal(full.queue.size, 4);
});

// ---- full disks ----

/** A disk on which nothing finds room but what is written over something else. */
const isFull = (disk: FaultyFiles): void => void (disk.room = 0);

/** What a crash has left: so many lines, in files of a few lines. */
function crash(root: string, from: number, to: number): void {
  using life = new Life(root, { chunkBytes: 24 });
  for (const n of range(from, to)) life.tick(...lines(n, n));
}

test("a queue that cannot make a folder on a full disk takes the folder of a dead process, and delivers what is in it", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  crash(folder.path, 1, 9);
  fs.writeFileSync(join(folderIn(folder.path), "heartbeat"), `000000000001 ${"x".repeat(500)}\n`);
  using life = new Life(folder.path, {}, {}, isFull);
  life.tick(...lines(10, 12));
  assert.deepEqual(diagnostics.heard.map(({ code, hint }) => [code, hint]), [["disk-failed", "Make room on the disk"]]);
  assert.equal(foldersIn(folder.path).length, 1, "what it could not make is not left behind");
  await life.outwait();
  assert.deepEqual([life.queue.size, life.woken], [12, 1]);
  assert.match(fs.readFileSync(join(folderIn(folder.path), "heartbeat"), "utf8"), /^0\d{11} [^x\n]*\n$/, "it is written over");
  const lease = life.lease({ batchSize: 5 })!;
  assert.deepEqual(leased(lease), lines(1, 5));
  lease.settle(3);
  await turn();
  life.disk.mend();
  await life.clock.advance(1000);
  life.tick(...lines(13, 13));
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed", "disk-recovered"]);
  lease.release();
  life[Symbol.dispose]();
  using next = new Life(folder.path);
  await next.outwait();
  assert.deepEqual(next.drain(), lines(4, 13), "what it has written comes behind what was there");
  next.end();
  assert.deepEqual(folder.names, []);
});

test("a queue writes behind the bookmark of the folder that it has made its own", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  crash(folder.path, 1, 9);
  const dead = folderIn(folder.path);
  fs.writeFileSync(join(dead, "bookmark"), "000000000007.clef 0\n");
  {
    using life = new Life(folder.path, {}, {}, isFull);
    await life.outwait();
    assert.equal(life.queue.size, 0, "all is settled");
    fs.writeFileSync(join(folderIn(folder.path), "bookmark"), "000000000007.clef 0\n"); // as if it could not be deleted
    life.disk.mend();
    await life.clock.advance(1000);
    life.tick(...lines(10, 10));
  }
  using next = new Life(folder.path);
  await next.outwait();
  assert.deepEqual(next.drain(), lines(10, 10));
});

test("a queue on a full disk takes over what the dead had taken over, and those that die later", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  crash(folder.path, 1, 3);
  {
    using second = new Life(folder.path);
    second.tick(...lines(4, 4));
    await second.outwait();
    assert.equal(second.queue.size, 4);
  }
  using third = new Life(folder.path, {}, {}, isFull);
  await third.outwait();
  assert.deepEqual(third.drain(), lines(1, 4));
  crash(folder.path, 5, 9);
  await third.outwait();
  assert.deepEqual(third.drain(), lines(5, 9));
  third.end();
  assert.deepEqual(folder.names, []);
});

test("a queue whose own lines find no room takes over those of the dead: to deliver them is what makes room", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  using life = new Life(folder.path);
  crash(folder.path, 1, 3);
  life.disk.room = 0;
  life.tick(...lines(4, 4));
  await life.outwait();
  assert.deepEqual(life.drain(), lines(1, 4));
});

test("a queue on a disk that fails, and is not full, leaves what is there alone, and reports that once", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path);
  crash(folder.path, 1, 3);
  life.disk.break("EIO");
  life.tick(...lines(4, 4));
  await life.outwait();
  assert.deepEqual([life.queue.size, diagnostics.heard.map(({ code }) => code)], [1, ["disk-failed"]]);
});

test("two queues on a full disk that find the same folder share it not", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  crash(folder.path, 1, 3);
  using first = new Life(folder.path, {}, {}, isFull);
  using second = new Life(folder.path, {}, {}, isFull);
  await pass(claimAfterMs * 2, first, second);
  assert.deepEqual([first.queue.size, second.queue.size].sort(), [0, 3]);
  assert.deepEqual([...first.drain(), ...second.drain()], lines(1, 3));
});

test("rejected lines that cannot be moved for want of room hold up no other line, and outlive all", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  {
    using dead = new Life(folder.path);
    dead.tick(...lines(1, 3));
    dead.lease({ batchSize: 1 })!.discard(1, "rejected");
    await turn();
  }
  using life = new Life(folder.path);
  life.tick(...lines(4, 4));
  life.lease()!.discard(1, "rejected");
  await turn();
  life.disk.room = 0;
  await life.outwait();
  assert.deepEqual(life.drain(), lines(2, 3));
  assert.deepEqual(diagnostics.heard, []);
  await turn();
  life.end();
  using next = new Life(folder.path);
  assert.equal(next.queue.size, 0);
  assert.deepEqual(fs.readFileSync(join(folderIn(folder.path), "rejected.clef"), "utf8").split("\n").sort(), [
    "",
    ...lines(1, 1),
    ...lines(4, 4),
  ]);
});

// ---- clocks ----

test("a clock that jumps declares no process dead: time counts only as far as it was watched", async () => {
  for (const ms of [3_600_000, -3_600_000, 86_400_000, -86_400_000]) {
    using folder = new Folder();
    using first = new Life(folder.path);
    using second = new Life(folder.path);
    first.tick(...lines(1, 1));
    for (const _ of range(1, 3)) {
      second.clock.jump(ms);
      await pass(6000, first, second);
      assert.equal(second.queue.lease({ batchSize: 9, maxBatchBytes: 99 }, { nowMs: second.clock.now(), untilMs: Infinity }), undefined);
    }
    await pass(claimAfterMs, first, second);
    assert.deepEqual([first.queue.size, second.queue.size], [1, 0]);
  }
});

test("a clock that was set back keeps no queue from taking over, or from trying the disk again", () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  {
    using first = new Life(folder.path);
    first.tick(...lines(1, 1));
  }
  using second = new Life(folder.path);
  second.disk.break();
  second.tick(...lines(2, 2));
  second.disk.mend();
  second.clock.jump(-86_400_000);
  second.tick(...lines(3, 3));
  assert.deepEqual(second.drain(), lines(2, 3));
  for (const _ of range(1, 6)) {
    assert.equal(second.lease(), undefined);
    second.clock.jump(claimAfterMs / 6);
  }
  assert.deepEqual(second.drain(), lines(1, 1));
});

// ---- dead letters ----

test("rejected lines outlive their process: the next one keeps them", async () => {
  using folder = new Folder();
  for (const n of range(1, 4)) {
    using life = new Life(folder.path, { retainRejectedBytes: 80 });
    life.tick(...lines(n, n));
    life.lease()!.discard(1, "rejected");
    await turn();
    if (n % 2 === 1) life.end();
    else await life.outwait();
  }
  using last = new Life(folder.path, { retainRejectedBytes: 80 });
  await last.outwait();
  assert.equal(last.queue.size, 0);
  const path = folderIn(folder.path);
  assert.deepEqual(fs.readFileSync(join(path, "rejected.clef"), "utf8").trimEnd().split("\n").sort(), lines(1, 4));
  last.end();
  assert.deepEqual(fs.readdirSync(folderIn(folder.path)).sort(), ["heartbeat", "rejected.clef"]);
});

test("rejected lines that are moved stay within the bound of the new owner, the youngest of them", async () => {
  using folder = new Folder();
  {
    using life = new Life(folder.path, { retainRejectedBytes: 10_000 });
    life.tick(...lines(1, 500));
    const lease = life.lease()!;
    while (lease.count > 0) lease.discard(1, "rejected");
    life.end();
  }
  using life = new Life(folder.path, { retainRejectedBytes: 200 });
  life.tick(...lines(501, 501));
  life.lease()!.discard(1, "rejected");
  using third = new Life(folder.path, { retainRejectedBytes: 200 });
  third.tick(...lines(502, 502));
  third.lease()!.discard(1, "rejected");
  life.end();
  await third.outwait();
  const kept = ["rejected.1.clef", "rejected.clef"].map((name) => fs.readFileSync(join(folderIn(folder.path), name), "utf8"));
  assert.ok(kept.every((text) => text.length <= 100 && text.endsWith("}\n")), kept.join("--\n"));
});

test("a rejected line that cannot be kept affects no other line", () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path);
  life.tick(...lines(1, 2));
  fs.mkdirSync(join(folderIn(folder.path), "rejected.clef"));
  life.lease()!.discard(1, "rejected");
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed"]);
  assert.match(diagnostics.heard[0]!.message, /^Cannot keep a rejected event in /);
  life.tick(...lines(3, 3));
  assert.equal(life.queue.size, 2);
});

// ---- marks of processes ----

test("harmlessName() makes a part of a file's name of any name, and different ones of different names", () => {
  const names = ["seq", "Seq_1-a", "a b", "a.b", "a-b", "../x", "a/b", "a\\b", "日本", "%", "x".repeat(99)];
  const harmless = names.map(harmlessName);
  assert.equal(new Set(harmless).size, names.length);
  for (const name of harmless) assert.match(name, /^[\w%-]{1,200}$/);
  assert.equal(harmlessName(""), "queue");
});

const isLinux = process.platform === "linux";

test("a queue takes over at once what a process has left that has ended for certain", { skip: !isLinux }, async () => {
  using folder = new Folder();
  const child: ChildProcess = spawn("sleep", ["60"]);
  const start = fs.readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]!.split(" ")[19]!;
  {
    using life = new Life(folder.path);
    life.tick(...lines(1, 3));
  }
  const mark = JSON.stringify({ ...JSON.parse(processMark()), pid: child.pid, start });
  fs.writeFileSync(join(folderIn(folder.path), "heartbeat"), `000000000001 ${mark}\n`);
  {
    using life = new Life(folder.path);
    assert.equal(life.queue.size, 0, "it lives");
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    await life.clock.advance(claimAfterMs / 6);
    assert.equal(life.queue.size, 3);
    life.end();
  }
  using last = new Life(folder.path);
  assert.deepEqual(last.drain(), lines(1, 3));
});

// ---- whose files they are ----

const isRoot = process.getuid?.() === 0;

test("the folders of a queue have mode 0700 and its files 0600, whatever the umask", { skip: process.platform === "win32" }, async () => {
  using folder = new Folder();
  const before = process.umask(0);
  try {
    using life = new Life(folder.at("a/queue"), { chunkBytes: 20 });
    for (const n of range(1, 9)) life.tick(...lines(n, n));
    const lease = life.lease()!;
    lease.discard(1, "rejected");
    lease.settle(2);
    await turn();
    const own = folderIn(folder.at("a/queue"));
    const modes = (path: string): string => (fs.statSync(path).mode & 0o777).toString(8);
    assert.deepEqual([folder.at("a"), folder.at("a/queue"), own].map(modes), ["700", "700", "700"]);
    const names = fs.readdirSync(own);
    assert.ok(names.includes("bookmark") && names.includes("rejected.clef") && names.length > 4, names.join());
    assert.deepEqual(names.filter((name) => modes(join(own, name)) !== "600"), []);
  } finally {
    process.umask(before);
  }
});

test("a queue refuses a folder that other users may write to, and works in memory until that is cured", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  fs.chmodSync(folder.path, 0o1777);
  using life = new Life(folder.path);
  life.tick(...lines(1, 2));
  assert.deepEqual(foldersIn(folder.path), []);
  assert.match(
    diagnostics.heard[0]!.message,
    /^Cannot keep events on disk in \S+ \(other users may write to it, .*run chmod o-w \S+, or choose another\)/,
  );
  fs.chmodSync(folder.path, 0o755);
  await life.clock.advance(1000);
  life.tick(...lines(3, 3));
  assert.deepEqual([foldersIn(folder.path).length, life.drain()], [1, lines(1, 3)]);
});

test("a queue takes over no folder of another user, and no link to one", { skip: !isRoot }, async () => {
  using folder = new Folder();
  for (const name of ["own", "forged"]) {
    using life = new Life(folder.at(name));
    life.tick(...lines(1, 1));
    life.end();
  }
  const root = folder.at("own");
  const [forged] = foldersIn(folder.at("forged"));
  const name = forged!.slice(folder.at("forged").length + 1);
  fs.symlinkSync(forged!, join(root, name.replace(/.$/, (last) => (last === "0" ? "1" : "0"))));
  fs.cpSync(forged!, join(root, name), { recursive: true });
  for (const path of [join(root, name), ...fs.readdirSync(join(root, name)).map((one) => join(root, name, one))]) {
    fs.chownSync(path, 65_533, 65_533);
  }
  using life = new Life(root);
  await life.outwait();
  assert.deepEqual(life.drain(), lines(1, 1), "only what is its own");
  assert.equal(fs.readdirSync(root).length, 3, "the others are where they were");
  assert.deepEqual(fs.readdirSync(forged!).length, 2);
});

// ---- how much is done at once ----

const callsOf = ({ disk }: Life): number => [...disk.calls.values()].reduce((sum, count) => sum + count, 0);

test("a queue among many folders of others checks a few of them in each turn, and finally all", async () => {
  const count = triesAll ? 1000 : 200;
  using folder = new Folder();
  using own = new Life(folder.path);
  own.tick(...lines(1, 1));
  for (const n of range(1, count)) {
    const path = folder.at(`seq-20260101T000000000Z-${n}-${(0x10000000 + n).toString(16)}`);
    fs.mkdirSync(path, { mode: 0o700 });
    fs.writeFileSync(join(path, "heartbeat"), "released\n", { mode: 0o600 });
  }
  using life = new Life(folder.path, { turnMs: 0 });
  const first = callsOf(life);
  assert.ok(first < 40, `${first} calls in the first turn`);
  assert.equal(life.queue.isSearching, true);
  life.tick(...lines(2, 2));
  assert.deepEqual(life.drain(), lines(2, 2), "the program's own lines need not wait");
  await life.clock.advance(0);
  assert.ok(callsOf(life) > 3 * count, "all were looked at");
  assert.equal(life.queue.isSearching, false);
  assert.equal(foldersIn(folder.path).length, 2, "those that were left are gone");
});

test("a queue takes over many chunks a few in each turn, in their order, and a flush waits for all", async () => {
  using folder = new Folder();
  const dead = new Life(folder.path, { chunkBytes: 100 });
  for (const n of range(1, 300)) dead.tick(`{"N":${n},"Text":"${"x".repeat(50)}"}`);
  dead.end();
  using life = new Life(folder.path, { turnMs: 0, chunkBytes: 100 });
  const first = callsOf(life);
  assert.ok(first < 60, `${first} calls in the first turn`);
  await life.clock.advance(0);
  assert.ok(callsOf(life) > 300);
  assert.deepEqual(life.drain().map((line) => JSON.parse(line).N), range(1, 300));
});

test("queues of two programs on one folder, each with its own handler or server, take over nothing of one another", async () => {
  using folder = new Folder();
  const prefixes = ["seq", "seq-0123456789ab", "audit"];
  for (const prefix of prefixes) {
    const left = new Life(folder.path, { prefix });
    left.tick(`{"Of":"${prefix}"}`);
    left.end();
  }
  const lives = prefixes.map((prefix) => new Life(folder.path, { prefix }));
  for (const life of lives) await life.outwait();
  for (const [i, life] of lives.entries()) assert.deepEqual(life.drain(), [`{"Of":"${prefixes[i]}"}`]);
  for (const life of lives) life.end();
  assert.deepEqual(foldersIn(folder.path), []);
});

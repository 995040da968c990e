/** DurableQueue: when lines are on disk, how they are leased and settled, and a disk that is full, gone or read-only. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { processEnding } from "../../src/runtime/writes_at_exit.ts";
import { durableQueue } from "../../src/durable/durable_queue.ts";
import { all, chunksIn, fileError, folderIn, foldersIn, generous, leased, Life, linesOf } from "../support/durable.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { issuesOf } from "../support/issues.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { range } from "../support/shipping.ts";
import { pushLine } from "../support/push_line.ts";

const lines = (from: number, to: number): string[] => range(from, to).map((n) => `{"N":${n}}`);
const read = (...path: string[]): string => fs.readFileSync(join(...path), "utf8");
/** What all chunks of the only folder hold, as `cat *.clef` shows it. */
const cat = (root: string): string => chunksIn(folderIn(root)).map((name) => read(folderIn(root), name)).join("");

// ---- what is on disk, and when ----

test("DurableQueue writes the lines of a tick when it ends, with one write, as CLEF that people can read", () => {
  using folder = new Folder();
  using life = new Life(folder.path);
  for (const line of lines(1, 100)) pushLine(life.queue, line);
  assert.deepEqual(chunksIn(folderIn(folder.path)), []);
  const before = life.disk.calls.get("writeSync")!;
  life.queue.endTick();
  assert.equal(life.disk.calls.get("writeSync")! - before, 1);
  assert.deepEqual(chunksIn(folderIn(folder.path)), ["000000000001.clef"]);
  assert.equal(cat(folder.path), lines(1, 100).map((line) => `${line}\n`).join(""));
  life.tick('{"Text":"Größe 日本 🚀"}');
  assert.equal(cat(folder.path), [...lines(1, 100), '{"Text":"Größe 日本 🚀"}', ""].join("\n"));
});

test("DurableQueue writes early when a tick is long: memory stays small", () => {
  using folder = new Folder();
  using life = new Life(folder.path);
  const long = range(1, 2000).map((n) => `{"N":${n},"Text":"${"é".repeat(500)}"}`);
  let most = 0;
  for (const line of long) {
    pushLine(life.queue, line);
    most = Math.max(
      most,
      life.queue.bytes - fs.statSync(join(folderIn(folder.path), chunksIn(folderIn(folder.path)).at(-1) ?? "heartbeat")).size,
    );
  }
  assert.equal(life.queue.size, 2000);
  assert.ok(chunksIn(folderIn(folder.path)).length > 1);
  assert.deepEqual(life.drain({ maxBatchBytes: 100_000 }), long);
});

test("DurableQueue waits for the disk in each tick with fsync, and only then", () => {
  for (const fsync of [true, false]) {
    using folder = new Folder();
    using life = new Life(folder.path, { fsync });
    for (const n of range(1, 5)) life.tick(...lines(n, n));
    assert.equal(life.disk.calls.get("fdatasyncSync") ?? 0, fsync ? 5 : 0);
    assert.equal(life.disk.calls.get("fsyncSync") ?? 0, fsync ? 2 : 0, "of the folders, for the names in them");
    assert.deepEqual(life.drain(), lines(1, 5));
  }
});

test("DurableQueue begins a new file when one is full, and deletes each when all of it is settled", async () => {
  using folder = new Folder();
  using life = new Life(folder.path, { chunkBytes: 50 });
  for (const n of range(1, 20)) life.tick(...lines(n, n));
  const path = folderIn(folder.path);
  const files = chunksIn(path);
  assert.ok(files.length >= 4, files.join());
  for (const name of files) assert.ok(read(path, name).length <= 50);
  const lease = life.lease({ batchSize: 12 })!;
  assert.deepEqual(chunksIn(path), files);
  lease.settle(12);
  await turn();
  assert.ok(chunksIn(path).length < files.length);
  assert.match(read(path, "bookmark"), /^\d{12}\.clef \d+\n$/);
  assert.deepEqual(life.drain(), lines(13, 20));
  await turn();
  assert.deepEqual(fs.readdirSync(path), ["heartbeat"]);
  life.tick(...lines(21, 21));
  assert.equal(cat(folder.path), `${lines(21, 21)[0]}\n`);
});

test("DurableQueue moves its bookmark once for all that is settled in one turn, and replaces it whole", async () => {
  using folder = new Folder();
  using life = new Life(folder.path);
  life.tick(...lines(1, 100));
  const lease = life.lease()!;
  const renames: (readonly unknown[])[] = [];
  life.disk.fault = (operation, ...args) => void (operation === "renameSync" && renames.push(args));
  for (const _ of range(1, 10)) lease.settle(5);
  assert.equal(renames.length, 0);
  await turn();
  assert.deepEqual(renames, [[`${folderIn(folder.path)}/bookmark.new`, `${folderIn(folder.path)}/bookmark`]]);
  assert.equal(read(folderIn(folder.path), "bookmark"), `000000000001.clef ${lines(1, 50).join("\n").length + 1}\n`);
  life.queue.end(false);
  assert.equal(renames.length, 1, "it is where it should be");
});

test("DurableQueue counts lines and bytes as a queue in memory does, and has nothing of them in memory", () => {
  using folder = new Folder();
  using life = new Life(folder.path);
  const { queue } = life;
  life.tick("a", "bc");
  pushLine(queue, "def");
  assert.deepEqual([queue.size, queue.bytes, queue.pushed], [3, 9, 3]);
  const lease = life.lease({ batchSize: 2 })!;
  assert.deepEqual([lease.first, lease.count, lease.bytes, leased(lease)], [0, 2, 5, ["a", "bc"]]);
  assert.deepEqual([queue.size, queue.bytes, queue.pushed], [3, 9, 3]);
  assert.deepEqual([0, 1, 2, 3, 99].map((number) => queue.countBefore(number)), [0, 1, 2, 3, 3]);
  lease.settle(1);
  assert.deepEqual([queue.size, queue.bytes, queue.pushed], [2, 7, 3]);
  assert.deepEqual([0, 1, 2, 3].map((number) => queue.countBefore(number)), [0, 0, 1, 2]);
  lease.discard(1, "rejected");
  assert.deepEqual(life.losses, [{ count: 1, reason: "rejected", first: 1, lines: ["bc"] }]);
  assert.deepEqual([queue.size, lease.isHeld, lease.count], [1, false, 0]);
});

test("DurableQueue lends to one at a time, lends again what comes back, and heeds no lease that has expired", () => {
  using folder = new Folder();
  using life = new Life(folder.path);
  const { queue } = life;
  life.tick(...lines(1, 5));
  const one = queue.lease({ ...all, batchSize: 3 }, { nowMs: 1000, untilMs: 2000 })!;
  assert.equal(queue.isLeased(1999), true);
  assert.equal(queue.lease(all, { nowMs: 1999, untilMs: 3000 }), undefined);
  assert.equal(queue.isLeased(2000), false);
  one.suspect = 2;
  const two = queue.lease({ ...all, batchSize: 3 }, { nowMs: 2000, untilMs: Infinity })!;
  assert.deepEqual([one.isHeld, two.isHeld, two.suspect], [false, true, 2]);
  one.settle(3);
  one.discard(1, "rejected");
  one.release();
  assert.deepEqual([queue.size, two.isHeld, leased(two)], [5, true, lines(1, 3)]);
  two.settle(1);
  two.release();
  assert.equal(two.isHeld, false);
  assert.deepEqual(life.drain(), lines(2, 5));
  assert.deepEqual(life.losses, []);
});

test("DurableQueue makes batches of as many lines as have room, and gives one that is too long alone", () => {
  using folder = new Folder();
  using life = new Life(folder.path, { chunkBytes: 64 });
  const texts = ["a".repeat(9), "b".repeat(9), "c".repeat(500), "d".repeat(19), "e", ""];
  for (const text of texts) life.tick(text);
  const batches: string[][] = [];
  for (let lease; (lease = life.lease({ maxBatchBytes: 20 })) !== undefined;) {
    batches.push(leased(lease));
    lease.settle(lease.count);
  }
  assert.deepEqual(batches, [texts.slice(0, 2), [texts[2]], [texts[3]], ["e", ""]]);
});

test("DurableQueue shows its oldest lines, leased or not, as many as fit", () => {
  using folder = new Folder();
  using life = new Life(folder.path, { chunkBytes: 20 });
  for (const n of range(1, 9)) life.tick(...lines(n, n));
  const lease = life.lease({ batchSize: 3 })!;
  lease.settle(1);
  pushLine(life.queue, lines(10, 10)[0]!);
  assert.deepEqual(linesOf(life.queue.peek(Infinity)), lines(2, 10));
  assert.deepEqual(linesOf(life.queue.peek(20)), lines(2, 3));
  assert.deepEqual(linesOf(life.queue.peek(3)), []);
});

test("DurableQueue carries bytes that are neither UTF-8 nor JSON as they are", async () => {
  using folder = new Folder();
  {
    using life = new Life(folder.path);
    life.tick(...lines(1, 2));
    fs.appendFileSync(join(folderIn(folder.path), "000000000001.clef"), Uint8Array.of(0xff, 0x00, 0xc3, 10));
  }
  using life = new Life(folder.path);
  await life.outwait();
  const lease = life.lease()!;
  assert.deepEqual([...lease.body().slice(-3)], [0xff, 0x00, 0xc3]);
  assert.equal(lease.count, 3);
});

// ---- bounds ----

test("DurableQueue gives up the oldest file when the disk would exceed maxBytes, counts its lines, and shows them", () => {
  using folder = new Folder();
  using life = new Life(folder.path, { maxBytes: 1000, chunkBytes: 100 });
  for (const n of range(1, 500)) {
    life.tick(...lines(n, n));
    assert.ok(cat(folder.path).length <= 1000);
  }
  const lost = life.losses.flatMap(({ lines }) => lines!);
  assert.ok(life.losses.every(({ reason, count, lines }) => reason === "overflow" && lines!.length === count && count > 1));
  assert.deepEqual(life.losses.map(({ first }) => first).slice(0, 2), [0, life.losses[0]!.count]);
  assert.ok(cat(folder.path).length > 800, "no more is given up than must be");
  assert.deepEqual([...lost, ...life.drain()], lines(1, 500));
  assert.equal(life.queue.pushed, 500);
});

test("DurableQueue never gives up what is leased to make room", () => {
  using folder = new Folder();
  using life = new Life(folder.path, { maxBytes: 1000, chunkBytes: 100 });
  for (const n of range(1, 50)) life.tick(...lines(n, n));
  const lease = life.lease({ batchSize: 20 })!;
  for (const n of range(51, 300)) life.tick(...lines(n, n));
  assert.deepEqual(leased(lease), lines(1, 20));
  assert.equal(lease.isHeld, true);
  lease.release();
  const rest = life.drain();
  const lost = life.losses.flatMap(({ lines }) => lines!);
  assert.deepEqual(rest.slice(0, 20), lines(1, 20));
  assert.deepEqual([...rest, ...lost].sort(), lines(1, 300).sort());
});

test("DurableQueue gives up nothing for which there is room once the settled is deleted", () => {
  for (const overflow of ["drop-oldest", "drop-newest"] as const) {
    using folder = new Folder();
    using life = new Life(folder.path, { maxBytes: 1000, chunkBytes: 100 }, { overflow });
    for (const n of range(1, 90)) life.tick(...lines(n, n));
    const lease = life.lease({ batchSize: 80 })!;
    lease.settle(80);
    for (const n of range(91, 150)) life.tick(...lines(n, n));
    assert.deepEqual(life.losses, []);
    lease.release();
    assert.deepEqual(life.drain(), lines(81, 150));
  }
});

test('DurableQueue with "drop-newest" refuses what has no room, and counts it', () => {
  using folder = new Folder();
  using life = new Life(folder.path, { maxBytes: 1000 }, { overflow: "drop-newest" });
  for (let n = 1; n <= 300; n += 3) life.tick(...lines(n, n + 2));
  assert.ok(cat(folder.path).length <= 1000);
  const kept = life.drain();
  assert.deepEqual(kept, lines(1, kept.length));
  assert.deepEqual(life.losses.flatMap(({ lines }) => lines), lines(kept.length + 1, 300));
  assert.ok(life.losses.every(({ reason, first }) => reason === "overflow" && first === kept.length));
  assert.equal(life.queue.pushed, kept.length);
  const wide = "é".repeat(400);
  life.tick(wide, wide);
  assert.deepEqual([life.queue.size, life.losses.at(-1)?.count], [1, 1], "written out, the second was longer than it looked");
});

test("DurableQueue counts a line as lost that is larger than the whole disk", () => {
  for (const overflow of ["drop-oldest", "drop-newest"] as const) {
    using folder = new Folder();
    using life = new Life(folder.path, { maxBytes: 1000 }, { overflow });
    life.tick("x".repeat(5000));
    life.tick("short");
    assert.deepEqual(life.losses.map(({ count, reason }) => [count, reason]), [[1, "overflow"]]);
    assert.deepEqual(life.drain(), ["short"]);
  }
});

test("DurableQueue keeps rejected lines for people, the youngest of them, within bounds", () => {
  using folder = new Folder();
  using life = new Life(folder.path, { retainRejectedBytes: 100 });
  life.tick(...lines(1, 50), "x".repeat(60));
  const lease = life.lease()!;
  while (lease.count > 0) lease.discard(1, "rejected");
  const kept = ["rejected.1.clef", "rejected.clef"].map((name) => read(folderIn(folder.path), name)).join("");
  assert.ok(kept.length <= 100 && kept.length > 50, kept);
  assert.deepEqual(linesOf(new TextEncoder().encode(kept)), lines(1, 50).slice(-kept.split("\n").length + 1));
  assert.equal(life.losses.length, 51);
});

test("DurableQueue that has no room for all of a rejected line keeps no half of it", () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path);
  life.tick(...lines(1, 3));
  const lease = life.lease()!;
  lease.discard(1, "rejected");
  life.disk.room = 4;
  lease.discard(1, "rejected");
  life.disk.mend();
  lease.discard(1, "rejected");
  assert.equal(read(folderIn(folder.path), "rejected.clef"), `${lines(1, 1)[0]}\n${lines(3, 3)[0]}\n`);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed"]);
  assert.equal(life.losses.length, 3, "it is counted all the same");
});

test("DurableQueue keeps a rejected line that is very long", () => {
  using folder = new Folder();
  using life = new Life(folder.path);
  const long = "x".repeat(400_000);
  life.tick(long);
  life.lease()!.discard(1, "rejected");
  assert.equal(read(folderIn(folder.path), "rejected.clef"), `${long}\n`);
});

test("DurableQueue keeps no rejected line with retainRejectedBytes 0, and none that was given up for another reason", () => {
  using folder = new Folder();
  using none = new Life(folder.path, { retainRejectedBytes: 0 });
  using other = new Life(folder.path);
  for (const [life, reason] of [[none, "rejected"], [other, "stale"]] as const) {
    life.tick(...lines(1, 3));
    life.lease()!.discard(2, reason);
    assert.deepEqual(life.losses.map(({ count, lines }) => [count, lines]), [[2, lines(1, 2)]]);
  }
  assert.ok(foldersIn(folder.path).every((path) => !fs.readdirSync(path).includes("rejected.clef")));
});

// ---- torn lines ----

for (
  const [what, tail, kept] of [
    ["is half a line", '{"N":3', []],
    ["is a whole line but for its end", '{"N":3}', ['{"N":3}']],
    ["is the beginning of a letter", Uint8Array.of(0x7b, 0xc3), []],
    ["is what a power cut leaves", new Uint8Array(5000), []],
    ["is a number, which is no event", "12", []],
    ["are two lines and a half", '{"N":3}\n{"N":4}\n{"N":5,"Te', ['{"N":3}', '{"N":4}']],
  ] as const
) {
  test(`DurableQueue opens a file whose end ${what}: nothing is glued to the next line`, async () => {
    using folder = new Folder();
    {
      using life = new Life(folder.path);
      life.tick(...lines(1, 2));
      fs.appendFileSync(join(folderIn(folder.path), "000000000001.clef"), tail);
    }
    {
      using life = new Life(folder.path);
      life.tick("{}");
      await life.outwait();
      assert.equal(life.queue.size, 3 + kept.length);
      const claimed = foldersIn(folderIn(folder.path)).find((path) => path.includes("claimed-"))!;
      assert.equal(read(claimed, "000000000001.clef"), [...lines(1, 2), ...kept, ""].join("\n"), "as cat *.clef shows it");
    }
    using life = new Life(folder.path);
    await life.outwait();
    assert.deepEqual(life.drain(), [...lines(1, 2), ...kept, "{}"]);
  });
}

for (
  const [what, bookmark, expected] of [
    ["cannot be read", "garbage", lines(1, 9)],
    ["is empty", "", lines(1, 9)],
    ["is half written", "000000000001.cl", lines(1, 9)],
    ["is written but for its last digit", "000000000001.clef 1", lines(1, 9)],
    ["is whole but for its line break", "000000000001.clef 16", lines(1, 9)],
    ["is in the middle of a line", "000000000001.clef 12\n", lines(1, 9)],
    ["is behind the end of its file", "000000000001.clef 999\n", lines(4, 9)],
    ["is in a file that is gone", "000000000002.clef 8\n", lines(7, 9)],
    ["is right", "000000000001.clef 16\n", lines(3, 9)],
  ] as const
) {
  test(`DurableQueue opens a folder whose bookmark ${what}`, async () => {
    using folder = new Folder();
    {
      using life = new Life(folder.path, { chunkBytes: 24 });
      for (const n of range(1, 9)) life.tick(...lines(n, n));
      fs.writeFileSync(join(folderIn(folder.path), "bookmark"), bookmark);
      if (what.endsWith("gone")) fs.rmSync(join(folderIn(folder.path), "000000000002.clef"));
    }
    using life = new Life(folder.path);
    await life.outwait();
    assert.deepEqual(life.drain(), expected);
    await turn();
    assert.deepEqual(fs.readdirSync(folderIn(folder.path)), ["heartbeat"]);
  });
}

test("DurableQueue ignores a bookmark that was not renamed, and deletes it", async () => {
  using folder = new Folder();
  {
    using life = new Life(folder.path);
    life.tick(...lines(1, 9));
    fs.writeFileSync(join(folderIn(folder.path), "bookmark"), "000000000001.clef 16\n");
    fs.writeFileSync(join(folderIn(folder.path), "bookmark.new"), "000000000001.clef 24\n");
  }
  using life = new Life(folder.path);
  await life.outwait();
  assert.deepEqual(life.drain(), lines(3, 9));
  await turn();
  assert.deepEqual(fs.readdirSync(folderIn(folder.path)), ["heartbeat"]);
});

test("DurableQueue whose bookmark could not be put in its place keeps the previous one", async () => {
  using folder = new Folder();
  {
    using _ = hearDiagnostics();
    using life = new Life(folder.path);
    life.tick(...lines(1, 9));
    const lease = life.lease()!;
    lease.settle(2);
    await turn();
    life.disk.fault = (operation) => {
      if (operation === "renameSync") throw fileError("EIO");
    };
    lease.settle(2);
    await turn();
  }
  using life = new Life(folder.path);
  await life.outwait();
  assert.deepEqual(life.drain(), lines(3, 9));
});

// ---- a disk that fails ----

test("DurableQueue falls back to memory, says so once, tries once in a second, and moves all to disk when it works again", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(join(folder.path, "queue"));
  life.tick(...lines(1, 3));
  life.disk.break("ENOSPC");
  life.tick(...lines(4, 4));
  const tries = (): number => ["lstatSync", "openSync", "writeSync"].reduce((sum, name) => sum + life.disk.calls.get(name)!, 0);
  const before = tries();
  for (const n of range(5, 10)) life.tick(...lines(n, n));
  assert.equal(tries(), before, "left alone for a second");
  await life.clock.advance(1000);
  life.tick(...lines(11, 11));
  assert.ok(tries() > before);
  assert.deepEqual(diagnostics.heard.map(({ code, handler, hint }) => [code, handler, hint]), [[
    "disk-failed",
    "seq",
    "Make room on the disk",
  ]]);
  assert.match(diagnostics.heard[0]!.message, /^Cannot keep events on disk in \S+queue \(ENOSPC: injected\); they are kept in memory/);
  assert.deepEqual([life.queue.size, life.queue.pushed], [11, 11]);
  life.disk.mend();
  await life.clock.advance(1000);
  life.tick(...lines(12, 12));
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed", "disk-recovered"]);
  assert.equal(cat(join(folder.path, "queue")), lines(1, 12).map((line) => `${line}\n`).join(""));
  assert.deepEqual(life.drain(), lines(1, 12));
  assert.deepEqual(life.losses, []);
});

test("DurableQueue delivers from memory while the disk fails, what is on disk first", () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  using life = new Life(folder.path);
  life.tick(...lines(1, 3));
  life.disk.fault = (operation) => {
    if (operation !== "readSync" && operation !== "closeSync") throw fileError("EROFS");
  };
  life.tick(...lines(4, 6));
  assert.equal(life.lease(), undefined, "what is on disk cannot be read, and the others wait behind it");
  assert.equal(life.queue.size, 6);
  life.clock.jump(1000);
  life.disk.fault = (operation, _path, flags) => {
    if (!["readSync", "closeSync", "lstatSync", "fstatSync"].includes(operation) && flags !== "r") throw fileError("EROFS");
  };
  assert.deepEqual(life.drain(), lines(1, 6));
  assert.deepEqual([life.queue.size, life.queue.bytes, life.losses.length], [0, 0, 0]);
});

test("DurableQueue that could never write works in memory, within the bounds of one", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  fs.writeFileSync(folder.at("file"), "");
  using life = new Life(folder.at("file/queue"), {}, { maxQueueBytes: 500 });
  for (const n of range(1, 200)) {
    life.tick(...lines(n, n));
    assert.ok(life.queue.bytes <= 500);
  }
  assert.deepEqual(diagnostics.heard.map(({ code, hint }) => [code, hint]), [
    ["disk-failed", "Check the option path of the queue, and that this process may write there"],
  ]);
  const lost = life.losses.flatMap(({ lines }) => lines!);
  assert.ok(life.queue.bytes > 300, "no more is given up than must be");
  fs.rmSync(folder.at("file"));
  await life.clock.advance(1000);
  life.tick(...lines(201, 201));
  assert.deepEqual(linesOf(fs.readFileSync(join(folderIn(folder.at("file/queue")), "000000000001.clef"))).length > 0, true);
  assert.deepEqual([...lost, ...life.drain()], lines(1, 201));
});

test("DurableQueue has all its room in memory again after each failure", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  using life = new Life(folder.path, {}, { maxQueueBytes: 500 });
  for (const round of range(1, 10)) {
    life.disk.break();
    life.tick(...lines(round * 100, round * 100 + 29));
    life.disk.mend();
    await life.clock.advance(1000);
    pushLine(life.queue, "{}");
    life.queue.endTick();
  }
  assert.deepEqual([life.queue.size, life.losses], [310, []]);
});

test('DurableQueue in memory with "drop-newest" refuses what has no room', () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  fs.writeFileSync(folder.at("file"), "");
  using life = new Life(folder.at("file"), {}, { maxQueueBytes: 500, overflow: "drop-newest" });
  for (const n of range(1, 200)) life.tick(...lines(n, n));
  const kept = life.drain();
  assert.deepEqual([...kept, ...life.losses.flatMap(({ lines }) => lines!)], lines(1, 200));
  assert.ok(kept.length > 40);
});

test("DurableQueue leaves no half line when the disk fills in the middle of a write", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  using life = new Life(folder.path);
  life.tick(...lines(1, 10));
  for (const n of range(1, 30)) {
    life.disk.room = n * 3;
    life.tick(...lines(n * 10 + 1, n * 10 + 10));
    assert.match(cat(folder.path), /\n$/);
    assert.equal(life.queue.size, n * 10 + 10);
    if (n % 3 === 0) life.disk.mend();
    await life.clock.advance(1000);
  }
  life.disk.mend();
  await life.clock.advance(2000);
  life.queue.endTick();
  assert.equal(cat(folder.path), lines(1, 310).map((line) => `${line}\n`).join(""));
  assert.deepEqual(life.drain(), lines(1, 310));
});

test("DurableQueue keeps a lease through a fall back to memory and the way to disk again", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  using life = new Life(folder.path);
  life.disk.break();
  life.tick(...lines(1, 10));
  const lease = life.lease({ batchSize: 6 })!;
  lease.settle(2);
  life.disk.mend();
  await life.clock.advance(2000);
  life.tick(...lines(11, 12));
  assert.equal(cat(folder.path), lines(3, 12).map((line) => `${line}\n`).join(""), "what is lent out, too, is saved");
  lease.settle(2);
  lease.release();
  assert.deepEqual(life.drain({ batchSize: 3 }), lines(5, 12));
  await turn();
  assert.deepEqual(fs.readdirSync(folderIn(folder.path)), ["heartbeat"]);
});

test("DurableQueue whose folder is deleted says what is gone, and continues in a new one", () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path);
  life.tick(...lines(1, 5));
  fs.rmSync(folderIn(folder.path), { recursive: true });
  life.tick(...lines(6, 7));
  assert.deepEqual(life.losses.map(({ count, reason, first }) => [count, reason, first]), [[5, "gone", 0]]);
  assert.deepEqual(diagnostics.heard.map(({ code, count }) => [code, count]), [["gone", 5]]);
  assert.equal(cat(folder.path), lines(6, 7).map((line) => `${line}\n`).join(""));
  assert.deepEqual([life.queue.size, life.queue.countBefore(5), life.queue.countBefore(7)], [2, 0, 2]);
  assert.deepEqual(life.drain(), lines(6, 7));
});

test("DurableQueue whose folder is deleted notices when it moves its bookmark, too", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path);
  life.tick(...lines(1, 5));
  const lease = life.lease({ batchSize: 2 })!;
  fs.rmSync(folderIn(folder.path), { recursive: true });
  lease.settle(1);
  await turn();
  assert.deepEqual(diagnostics.heard.map(({ code, count }) => [code, count]), [["gone", 3]]);
  lease.settle(1);
  life.tick(...lines(6, 6));
  assert.deepEqual(life.drain(), lines(6, 6));
});

test("DurableQueue whose folder is deleted while lines are leased settles them, or reports what is gone", () => {
  for (const settles of [true, false]) {
    using folder = new Folder();
    using _ = hearDiagnostics();
    using life = new Life(folder.path);
    life.tick(...lines(1, 5));
    const lease = life.lease({ batchSize: 2 })!;
    fs.rmSync(folderIn(folder.path), { recursive: true });
    life.tick(...lines(6, 7));
    assert.equal(lease.isHeld, true);
    if (settles) lease.settle(2);
    else lease.release();
    assert.deepEqual(life.losses.map(({ count, first }) => [first, count]), settles ? [[2, 3]] : [[2, 3], [0, 2]]);
    assert.deepEqual(life.drain(), lines(6, 7));
  }
});

test("DurableQueue whose place becomes a file works in memory until it is a folder again", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.at("queue"));
  life.tick(...lines(1, 5));
  fs.rmSync(folder.at("queue"), { recursive: true });
  fs.writeFileSync(folder.at("queue"), "");
  life.tick(...lines(6, 8));
  assert.deepEqual(diagnostics.heard.map(({ code }) => code).sort(), ["disk-failed", "gone"]);
  assert.deepEqual(leased(life.lease()!), lines(6, 8));
  fs.rmSync(folder.at("queue"));
  await life.clock.advance(1000);
  life.tick(...lines(9, 9));
  assert.equal(cat(folder.at("queue")), lines(6, 9).map((line) => `${line}\n`).join(""));
});

test("DurableQueue some of whose files are deleted, emptied, cut or changed gives up their lines, and no others", () => {
  const harms: Readonly<Record<string, (path: string) => void>> = {
    deleted: (path) => fs.rmSync(path),
    emptied: (path) => fs.truncateSync(path),
    cut: (path) => fs.truncateSync(path, 12),
    "without line breaks": (path) => fs.writeFileSync(path, "x".repeat(fs.statSync(path).size)),
    "full of line breaks": (path) => fs.writeFileSync(path, "\n".repeat(fs.statSync(path).size)),
  };
  for (const [what, harm] of Object.entries(harms)) {
    using folder = new Folder();
    using _ = hearDiagnostics();
    using life = new Life(folder.path, { chunkBytes: 24 });
    for (const n of range(1, 9)) life.tick(...lines(n, n));
    const path = folderIn(folder.path);
    for (const name of ["000000000002.clef", "000000000003.clef"]) harm(join(path, name));
    life.tick(...lines(10, 10));
    const taken = life.drain({ batchSize: 2 });
    const lost = life.losses.reduce((sum, { count }) => sum + count, 0);
    assert.deepEqual(
      taken.filter((line) => line !== ""),
      what === "cut" ? [...lines(1, 4), ...lines(7, 7), ...lines(10, 10)] : [...lines(1, 3), ...lines(10, 10)],
      what,
    );
    assert.equal(taken.length + lost, 10, what);
    assert.deepEqual([life.queue.size, life.queue.bytes], [0, 0], what);
  }
});

test("DurableQueue that cannot read the disk for now says so once, wakes a second later, and lends when it can", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path, { chunkBytes: 24 });
  for (const n of range(1, 9)) life.tick(...lines(n, n));
  life.disk.fault = (operation) => {
    if (operation === "readSync") throw fileError("EMFILE");
  };
  for (const n of range(1, 5)) {
    assert.equal(life.lease(), undefined);
    assert.deepEqual([life.queue.size, life.queue.isLeased(life.clock.now()), life.woken], [9, true, n - 1]);
    assert.equal(life.lease(), undefined);
    await life.clock.advance(1000);
    assert.deepEqual([life.queue.isLeased(life.clock.now()), life.woken], [false, n]);
  }
  assert.match(
    diagnostics.heard[0]!.message,
    /^Cannot read events from \S+000000000001\.clef \(EMFILE: injected\); they are kept, and the file is tried again$/,
  );
  assert.deepEqual(diagnostics.heard.map(({ code, hint }) => [code, hint]), [["disk-failed", "Raise the limit of open files"]]);
  let reads = 0;
  life.disk.fault = (operation) => {
    if (operation === "readSync" && ++reads > 1) throw fileError("EMFILE");
  };
  const lease = life.lease()!;
  assert.deepEqual(leased(lease), lines(1, 3), "what could be read before it failed");
  life.disk.mend();
  lease.release();
  assert.deepEqual(life.drain(), lines(1, 9));
  assert.deepEqual(life.losses, []);
});

test("DurableQueue passes a file by that fails again and again: it is named, counted and kept, and delivered when it can be read", async () => {
  for (const code of ["EIO", "EACCES", "EISDIR"]) {
    using folder = new Folder();
    using diagnostics = hearDiagnostics();
    using life = new Life(folder.path, { chunkBytes: 24 });
    for (const n of range(1, 9)) life.tick(...lines(n, n));
    let bad = 0;
    life.disk.fault = (operation, path, ...rest) => {
      if (operation === "openSync" && /0{11}2(?:-\d+)?\.clef$/.test(String(path)) && rest[0] === "r") throw fileError(code);
      if (operation === "openSync" && ++bad < 0) throw fileError(code);
    };
    const delivered: string[] = [];
    for (const _ of range(1, 5)) {
      delivered.push(...life.drain());
      await turn();
      await life.clock.advance(1000);
    }
    assert.deepEqual(delivered, [...lines(1, 3), ...lines(7, 9)]);
    assert.deepEqual(life.losses.map(({ count, reason }) => [count, reason]), [[3, "unreadable"]]);
    assert.deepEqual(diagnostics.heard.map((one) => one.code), ["disk-failed", "unreadable"]);
    assert.match(
      diagnostics.heard[1]!.message,
      /^3 events in \S+000000000002\.clef cannot be read \(E\w+: injected\); the file is kept, and later events are delivered$/,
    );
    assert.equal(life.queue.size, 0);
    life.tick(...lines(10, 10));
    await life.outwait();
    assert.deepEqual(life.drain(), lines(10, 10));
    life.disk.mend();
    await life.outwait();
    assert.deepEqual(life.drain(), lines(4, 6));
    assert.equal(life.losses.reduce((sum, { count }) => sum + count, 0), 0, "not lost after all");
    await turn();
    assert.deepEqual(fs.readdirSync(folderIn(folder.path)), ["heartbeat"]);
  }
});

test("DurableQueue delivers the readable files of a dead process, keeps the others, and leaves them to later processes", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  {
    using life = new Life(folder.path, { chunkBytes: 24 });
    for (const n of range(1, 9)) life.tick(...lines(n, n));
  }
  {
    using life = new Life(folder.path);
    life.disk.fault = (operation, path, flags) => {
      if (operation === "openSync" && /0{11}2(?:-0)?\.clef$/.test(String(path)) && flags === "r") throw fileError("EIO");
    };
    await life.outwait();
    assert.deepEqual(life.drain(), [...lines(1, 3), ...lines(7, 9)]);
    await turn();
    assert.deepEqual(diagnostics.heard.map((one) => one.code), ["unreadable"]);
    life.end();
  }
  using life = new Life(folder.path);
  assert.deepEqual(life.drain(), lines(4, 6));
});

test("DurableQueue that cannot delete its files delivers nothing twice", async () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  {
    using life = new Life(folder.path, { chunkBytes: 24 });
    for (const n of range(1, 9)) life.tick(...lines(n, n));
    life.disk.fault = (operation) => {
      if (operation === "unlinkSync") throw fileError("EBUSY");
    };
    const lease = life.lease({ batchSize: 6 })!;
    lease.settle(6);
    await turn();
    assert.equal(chunksIn(folderIn(folder.path)).length, 3);
  }
  using life = new Life(folder.path);
  await life.outwait();
  assert.deepEqual(life.drain(), lines(7, 9));
});

test("a listener of diagnostics may log to the queue that fails", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path);
  const { push } = diagnostics.heard;
  diagnostics.heard.push = (...said) => {
    for (const { code } of said) life.tick(code);
    return push.apply(diagnostics.heard, said);
  };
  life.tick(...lines(1, 3));
  fs.rmSync(folderIn(folder.path), { recursive: true });
  life.disk.break();
  life.tick(...lines(4, 6));
  life.disk.mend();
  await life.clock.advance(1000);
  life.tick(...lines(7, 7));
  assert.equal(life.queue.pushed, 10, "each line has a number of its own");
  assert.deepEqual(life.drain(), [...lines(4, 6), "disk-failed", ...lines(7, 7), "gone", "disk-recovered"]);
});

/** Mounts a disk of 256 KiB; false where that is not allowed. */
function mountSmallDisk(path: string, ...options: readonly string[]): boolean {
  return spawnSync("mount", [...options, "-t", "tmpfs", "-o", "size=256k", "tmpfs", path]).status === 0;
}

const canMount = ((): boolean => {
  using folder = new Folder();
  const isMounted = process.platform === "linux" && mountSmallDisk(folder.path);
  if (isMounted) spawnSync("umount", [folder.path]);
  return isMounted;
})();

test("DurableQueue on a disk that is full, or read-only, loses nothing", { skip: !canMount && "no disk can be mounted here" }, async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  const root = folder.at("disk");
  fs.mkdirSync(root);
  assert.ok(mountSmallDisk(root));
  try {
    using life = new Life(join(root, "queue"), { chunkBytes: 20_000 });
    for (let n = 1; n <= 12_000; n += 100) {
      life.tick(...lines(n, n + 99).map((line) => line.padEnd(50)));
      await life.clock.advance(100);
    }
    assert.deepEqual(diagnostics.heard.map(({ code, hint }) => [code, hint]), [["disk-failed", "Make room on the disk"]]);
    assert.equal(life.queue.size, 12_000);
    const taken: string[] = [];
    for (let lease; (lease = life.lease({ batchSize: 700 })) !== undefined;) {
      for (const line of leased(lease)) taken.push(line.trimEnd());
      lease.settle(lease.count);
      await life.clock.advance(1000);
    }
    assert.deepEqual(taken, lines(1, 12_000));
    assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed", "disk-recovered"], "what is delivered made room");
    await turn();
    assert.equal(spawnSync("mount", ["-o", "remount,ro", root]).status, 0);
    life.tick(...lines(1, 4));
    await life.clock.advance(60_000);
    assert.equal(spawnSync("mount", ["-o", "remount,rw", root]).status, 0);
    await life.clock.advance(60_000);
    assert.deepEqual(diagnostics.heard.map(({ code }) => code).slice(2), ["disk-failed", "disk-recovered"]);
    assert.equal(cat(join(root, "queue")), lines(1, 4).map((line) => `${line}\n`).join(""));
  } finally {
    spawnSync("umount", ["--lazy", root]);
  }
});

// ---- its end ----

test("DurableQueue that is cleared leaves what is on disk, says that it is kept, and works on in a new folder", () => {
  using folder = new Folder();
  using life = new Life(folder.path);
  life.tick(...lines(1, 3));
  const lease = life.lease({ batchSize: 2 })!;
  lease.settle(1);
  pushLine(life.queue, lines(4, 4)[0]!);
  life.queue.clear("closed");
  assert.deepEqual([life.queue.size, life.queue.bytes, lease.isHeld, life.clock.timers], [0, 0, false, 0]);
  assert.deepEqual(
    life.losses.map(({ count, reason, first }) => [count, reason, first]),
    [[3, "kept", 1]],
  );
  assert.equal(cat(folder.path), lines(1, 4).map((line) => `${line}\n`).join(""));
  life.queue.clear("closed");
  assert.equal(life.losses.length, 1);
  life.tick(...lines(5, 5));
  assert.deepEqual(life.drain(), lines(2, 5), "it takes over what it has left itself");
});

test("DurableQueue that is cleared while the disk fails gives up what is in memory, and shows it", () => {
  using folder = new Folder();
  using _ = hearDiagnostics();
  using life = new Life(folder.path);
  life.tick(...lines(1, 3));
  life.disk.break();
  life.tick(...lines(4, 5));
  life.queue.clear("closed");
  assert.deepEqual(life.losses, [
    { count: 3, reason: "kept", first: 0, lines: undefined },
    { count: 2, reason: "closed", first: 3, lines: lines(4, 5) },
  ]);
});

test("DurableQueue that is cleared, or ends, tries the disk a last time", () => {
  for (const end of ["clear", "end"] as const) {
    using folder = new Folder();
    using diagnostics = hearDiagnostics();
    using life = new Life(folder.path);
    life.tick(...lines(1, 3));
    life.disk.break();
    life.tick(...lines(4, 5));
    life.disk.mend();
    if (end === "clear") life.queue.clear("closed");
    else life.end();
    assert.deepEqual(life.losses.map(({ count, reason }) => [count, reason]), [[3, "kept"], [2, "kept"]]);
    assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed", "disk-recovered"]);
    assert.equal(cat(folder.path), lines(1, 5).map((line) => `${line}\n`).join(""));
  }
});

test("DurableQueue that is empty deletes its folder when it is cleared, or when the process ends", () => {
  for (const end of ["clear", "end"] as const) {
    using folder = new Folder();
    using life = new Life(folder.path);
    life.tick(...lines(1, 3));
    assert.deepEqual(life.drain(), lines(1, 3));
    if (end === "clear") life.queue.clear("closed");
    else life.end();
    assert.deepEqual(folder.names, []);
    assert.equal(processEnding().writers.has(life.queue), false);
  }
});

test("DurableQueue writes what is in memory when the process ends; if the end is not certain, it continues", () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path);
  pushLine(life.queue, lines(1, 1)[0]!);
  life.queue.end(false);
  assert.equal(cat(folder.path), `${lines(1, 1)[0]}\n`);
  assert.match(read(folderIn(folder.path), "heartbeat"), /^0/);
  pushLine(life.queue, lines(2, 2)[0]!);
  life.queue.end(true);
  assert.match(read(folderIn(folder.path), "heartbeat"), /^released/);
  assert.deepEqual(diagnostics.heard, []);
  using next = new Life(folder.path);
  assert.deepEqual(next.drain(), lines(1, 2), "it is there at once");
});

test("DurableQueue that ends while the disk fails says what is lost", () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  using life = new Life(folder.path);
  life.disk.break();
  life.tick(...lines(1, 2));
  life.end();
  assert.deepEqual(life.losses, [{ count: 2, reason: "exit", first: 0, lines: lines(1, 2) }]);
  assert.deepEqual(diagnostics.heard.map(({ code, count }) => [code, count]), [["disk-failed", 1], ["lost", 2]]);
});

// ---- the options ----

test("durableQueue() touches nothing until its first event, and has all defaults", async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const make = durableQueue({ path: folder.at("a/b"), clock });
  assert.deepEqual(folder.names, []);
  const queue = make({ bounds: generous, onLoss: () => {}, name: "seq", wake: () => {} });
  pushLine(queue, "{}");
  queue.endTick();
  assert.equal(queue.isDurable, true);
  assert.match(folderIn(folder.at("a/b")), /seq-20260301T120000000Z-\d+-[0-9a-f]{8}$/);
  const lease = queue.lease(all, { nowMs: 0, untilMs: Infinity })!;
  lease.settle(1);
  await turn();
  queue.clear("closed");
  assert.deepEqual([foldersIn(folder.at("a/b")), clock.timers], [[], 0]);
});

test("durableQueue() resolves a relative path when it is called", () => {
  using folder = new Folder();
  const before = process.cwd();
  process.chdir(folder.path);
  const make = durableQueue({ path: "queue" });
  process.chdir(before);
  const queue = make({ bounds: generous, onLoss: () => {}, name: "seq", wake: () => {} });
  assert.equal(foldersIn(folder.at("queue")).length, 1);
  queue.clear("closed");
});

test("durableQueue() names every wrong option", async () => {
  const issues = await issuesOf(() =>
    durableQueue({ path: "", maxBytes: 0, chunkBytes: "1.5", fsync: "perhaps", retainRejectedBytes: -1, claimAfterMs: 1, clok: 1 } as never)
  );
  assert.deepEqual(issues.map(({ path }) => path), [
    "path",
    "maxBytes",
    "chunkBytes",
    "fsync",
    "retainRejectedBytes",
    "claimAfterMs",
    "clok",
  ]);
  assert.match(issues.at(-1)!.message, /did you mean clock/);
  assert.deepEqual((await issuesOf(() => durableQueue({} as never))).map(({ path }) => path), ["path"]);
});

test("durableQueue() refuses a folder that other users may write to, with the cure", async () => {
  using folder = new Folder();
  fs.chmodSync(folder.path, 0o777);
  const [issue] = await issuesOf(() => durableQueue({ path: folder.path }));
  assert.equal(issue!.path, "path");
  assert.match(
    issue!.message,
    /^Cannot use this as a folder for events, because other users may write to it, .*; run chmod o-w \S+, or choose another/,
  );
});

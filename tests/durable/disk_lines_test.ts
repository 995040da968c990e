/** Where lines are kept: on disk, in memory while the disk fails, and which lines are dropped if neither has room. */

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { DiskLines, type DiskSettings } from "../../src/durable/disk_lines.ts";
import type { Loss, QueueBounds } from "../../src/delivery/queue.ts";
import { all, chunksIn, claimAfterMs, FaultyFiles, fileError, folderIn, generous, linesOf } from "../support/durable.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { hearDiagnostics } from "../support/seq.ts";

/** The lines of one queue, whose time the test passes with each call. */
class Kept implements Disposable {
  readonly root: Folder = new Folder();
  readonly disk: FaultyFiles = new FaultyFiles();
  readonly lines: DiskLines;
  /** What was given up: how many, why, and the number of the first. */
  readonly losses: (readonly [count: number, reason: string, first: number])[] = [];
  readonly lost: string[] = [];
  #pushed = 0;

  constructor(settings: Partial<DiskSettings> = {}, bounds: Partial<QueueBounds> = {}) {
    const whole: DiskSettings = {
      ...{ root: this.root.path, clock: new FakeClock(0), files: this.disk.files, name: "seq", prefix: "seq", maxBytes: 1_000_000 },
      ...{ chunkBytes: 8, fsync: false, retainRejectedBytes: 0, claimAfterMs, ...settings },
    };
    this.lines = new DiskLines(whole, () => ({ ...generous, ...bounds }), ({ count, reason, first, lines }: Loss) => {
      this.losses.push([count, reason, first]);
      if (lines !== undefined) this.lost.push(...linesOf(lines()));
    });
  }

  /** Adds lines; returns how many had no room. */
  add(nowMs: number, ...lines: readonly string[]): number {
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
    const left = this.lines.add({ bytes, count: lines.length, first: this.#pushed }, nowMs);
    this.#pushed += lines.length - left;
    return left;
  }

  /** Leases all that can be read, settles it, and returns it. */
  take(nowMs: number): string[] {
    const taken: string[] = [];
    for (let leased = this.lines.leaseChunks(all, nowMs); leased !== undefined; leased = this.lines.leaseChunks(all, nowMs)) {
      taken.push(...linesOf(leased.bytes));
      this.lines.settle(leased, leased.ends.length, leased.bytes.length);
    }
    this.lines.save(nowMs);
    return taken;
  }

  get chunks(): string[] {
    return chunksIn(folderIn(this.root.path));
  }

  [Symbol.dispose](): void {
    this.disk.close();
    this.root[Symbol.dispose]();
  }
}

test("add() keeps lines in memory while the disk fails, and the next after a second moves them to the disk", () => {
  using diagnostics = hearDiagnostics();
  using kept = new Kept();
  kept.add(0, "aaa");
  kept.disk.break();
  kept.add(1, "bbb");
  kept.disk.mend();
  kept.add(999, "ccc");
  assert.deepEqual([kept.lines.count, kept.chunks.length, kept.lines.errors.isNow], [3, 1, true], "the disk is left alone for a second");
  kept.add(1001, "ddd");
  assert.deepEqual([kept.lines.count, kept.chunks.length, kept.lines.errors.isNow], [4, 3, false]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed", "disk-recovered"]);
  assert.deepEqual([kept.take(1001), kept.chunks, kept.losses], [["aaa", "bbb", "ccc", "ddd"], [], []]);
});

test("add() drops the oldest chunk for which there is no room, but none of which lines are leased", () => {
  using kept = new Kept({ maxBytes: 24 }); // in eight pieces: three bytes each
  for (const line of ["aaa", "bbb", "ccc", "ddd", "eee", "fff"]) assert.equal(kept.add(0, line), 0);
  const leased = kept.lines.leaseChunks({ ...all, batchSize: 1 }, 0)!;
  assert.equal(kept.add(0, "ggg"), 0);
  assert.deepEqual([kept.losses, kept.lost], [[[1, "overflow", 1]], ["bbb"]]);
  kept.lines.putBack(leased);
  assert.deepEqual(kept.take(0), ["aaa", "ccc", "ddd", "eee", "fff", "ggg"]);
});

test("add() drops nothing while what is settled, and not deleted yet, makes room", () => {
  using kept = new Kept({ maxBytes: 16 });
  for (const line of ["aaa", "bbb", "ccc", "ddd"]) kept.add(0, line);
  const leased = kept.lines.leaseChunks({ ...all, batchSize: 1 }, 0)!;
  kept.lines.settle(leased, 1, 4);
  assert.equal(kept.add(0, "eee"), 0);
  assert.deepEqual([kept.losses, kept.take(0)], [[], ["bbb", "ccc", "ddd", "eee"]]);
});

test("add() leaves out the last lines where the overflow is drop-newest, and what is settled makes room first", () => {
  using kept = new Kept({ maxBytes: 16 }, { overflow: "drop-newest" });
  assert.equal(kept.add(0, "aaa", "bbb", "ccc"), 0);
  assert.equal(kept.add(0, "ddd", "eee"), 1);
  assert.deepEqual([kept.losses, kept.lost], [[[1, "overflow", 4]], ["eee"]]);
  assert.equal(kept.lines.hasRoomFor(1), false);
  const leased = kept.lines.leaseChunks({ ...all, batchSize: 3 }, 0)!;
  kept.lines.settle(leased, 3, leased.bytes.length);
  assert.deepEqual([kept.lines.hasRoomFor(12), kept.lines.hasRoomFor(13)], [true, false]);
});

test("leaseChunks() skips a file that fails three times, and delivers what is behind it", () => {
  using diagnostics = hearDiagnostics();
  using kept = new Kept();
  kept.add(0, "aaa", "bbb");
  kept.add(0, "ccc");
  kept.disk.fault = (operation, path, flags) => {
    if (operation === "openSync" && flags === "r" && String(path).endsWith("1.clef")) throw fileError("EIO");
  };
  for (const nowMs of [0, 1000]) {
    assert.deepEqual(kept.take(nowMs), []);
    assert.equal(kept.lines.leaseChunks(all, nowMs + 999), undefined, "the file is left alone for a second");
  }
  assert.deepEqual(kept.take(2000), ["ccc"]);
  assert.deepEqual([kept.losses, kept.lines.count], [[[2, "unreadable", 0]], 0]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disk-failed", "unreadable"]);
});

test("files that were deleted are counted as gone, once, and the queue continues in a new folder", () => {
  using diagnostics = hearDiagnostics();
  using kept = new Kept();
  kept.add(0, "aaa", "bbb");
  rmSync(folderIn(kept.root.path), { recursive: true });
  kept.add(0, "ccc");
  kept.lines.beat(0);
  assert.deepEqual([kept.losses, kept.take(0)], [[[2, "gone", 0]], ["ccc"]]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["gone"]);
});

test("leave() gives up what is in memory only, and leaves what is on disk to the next process", () => {
  using _ = hearDiagnostics();
  using kept = new Kept();
  kept.add(0, "aaa");
  kept.disk.break();
  kept.add(0, "bbb", "ccc");
  assert.equal(kept.lines.leave("closed", 0), 2);
  assert.deepEqual([kept.losses, kept.lost], [[[1, "kept", 0], [2, "closed", 1]], ["bbb", "ccc"]]);
  assert.equal(kept.lines.count, 0);
  assert.deepEqual(kept.chunks.length, 1);
});

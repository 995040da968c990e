/** FileDelivery on files that fail as a disk does: half-way through a line, and again and again. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { FileDelivery, type FileDeliverySettings } from "../../src/file/file_delivery.ts";
import type { RollingFileSystem } from "../../src/file/rolling_file.ts";
import type { FileStatus } from "../../src/runtime/files.ts";
import { StandingTime, tick } from "../support/files.ts";
import { hearDiagnostics } from "../support/seq.ts";

/** A file of a {@linkcode FakeDisk}. */
interface FakeFile {
  readonly ino: number;
  bytes: number[];
}

/** Files in memory, on a disk that takes only so much at a time and in all. */
class FakeDisk implements RollingFileSystem {
  readonly files = new Map<string, FakeFile>();
  readonly calls: string[] = [];
  /** The bytes that are still free. */
  free = Infinity;
  /** Returns how many bytes the next write accepts. */
  most: () => number = () => Infinity;
  /** Whether a write that finds too little room writes what it can, and then throws: on Deno it does. */
  throwsInPart = false;
  readonly #open = new Map<number, FakeFile>();
  #last = 100;

  openSync(path: string, flags: "a" | "w" | "wx"): number {
    this.calls.push(`open ${flags}`);
    const file = this.files.get(path) ?? { ino: ++this.#last, bytes: [] };
    this.files.set(path, file);
    if (flags === "w") file.bytes = [];
    this.#open.set(++this.#last, file);
    return this.#last;
  }

  closeSync(descriptor: number): void {
    this.calls.push("close");
    if (!this.#open.delete(descriptor)) throw new Error("EBADF");
  }

  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number): number {
    this.calls.push("write");
    const file = this.#open.get(descriptor);
    if (file === undefined) throw new Error("EBADF");
    const count = Math.min(length, this.free, this.most());
    if (count === 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    this.free -= count;
    for (const byte of bytes.subarray(offset, offset + count)) file.bytes.push(byte);
    if (this.throwsInPart && count < length) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    return count;
  }

  fstatSync(descriptor: number): FileStatus {
    return this.#status(this.#open.get(descriptor)!);
  }

  statSync(path: string): FileStatus | undefined {
    const file = this.files.get(path);
    return file && this.#status(file);
  }

  #status({ ino, bytes }: FakeFile): FileStatus {
    return { dev: 1, ino, uid: 0, mode: 0, size: bytes.length, isFile: () => true, isDirectory: () => false };
  }

  renameSync(from: string, to: string): void {
    this.files.set(to, this.files.get(from)!);
    this.files.delete(from);
  }

  read(path = "/app.log"): string {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(this.files.get(path)?.bytes ?? []));
  }

  get descriptors(): number {
    return this.#open.size;
  }
}

function deliver(disk: FakeDisk, settings: Partial<FileDeliverySettings> = {}): FileDelivery {
  return new FileDelivery({
    files: disk,
    path: "/app.log",
    name: "file",
    truncates: false,
    fileMode: 0o600,
    maxBytes: 0,
    backupCount: 0,
    ...settings,
  });
}

test("FileDelivery writes all texts of a tick with one call, to a file that stays open", async () => {
  const disk = new FakeDisk();
  const delivery = deliver(disk);
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 1000; n++) delivery.push(`${round} ${n}\n`);
    await tick();
  }
  assert.deepEqual(disk.calls, ["open a", "write", "write", "write"]);
  delivery.close();
  assert.equal(disk.descriptors, 0);
});

test("FileDelivery continues where a write has stopped", async () => {
  const disk = new FakeDisk();
  let most = 0;
  disk.most = () => 1 + most++ % 5;
  const delivery = deliver(disk);
  const texts = Array.from({ length: 50 }, (_, n) => `${n} é日🚀\n`);
  for (const text of texts) delivery.push(text);
  await tick();
  assert.equal(disk.read(), texts.join(""));
  assert.deepEqual([delivery.stats.delivered, delivery.stats.queued, delivery.stats.queuedBytes], [50, 0, 0]);
  delivery.close();
});

for (const throwsInPart of [false, true]) {
  test(`FileDelivery goes on in the middle of the line at which the disk was full${throwsInPart ? ", where the write throws, too" : ""}`, async () => {
    using diagnostics = hearDiagnostics();
    const disk = new FakeDisk();
    disk.throwsInPart = throwsInPart;
    disk.free = 7;
    const delivery = deliver(disk);
    for (const text of ["one\n", "two ü\n", "three\n"]) delivery.push(text);
    await tick();
    assert.equal(disk.read(), "one\ntwo");
    assert.deepEqual([delivery.stats.delivered, delivery.stats.queued, delivery.stats.queuedBytes], [1, 2, 10]);
    assert.deepEqual(diagnostics.heard.map(({ code, hint }) => [code, hint]), [["file-failed", "Make room on the disk"]]);
    disk.free = Infinity;
    assert.deepEqual(delivery.flush(), { delivered: 2, pending: 0, lost: 0 });
    assert.equal(disk.read(), "one\ntwo ü\nthree\n");
    delivery.close();
    assert.equal(disk.descriptors, 0);
  });
}

test("FileDelivery writes a line that was begun whole again, where its file was moved away meanwhile", async () => {
  using diagnostics = hearDiagnostics();
  const disk = new FakeDisk();
  disk.free = 7;
  const delivery = deliver(disk);
  for (const text of ["one\n", "two\n"]) delivery.push(text);
  await tick();
  disk.renameSync("/app.log", "/moved");
  disk.free = Infinity;
  delivery.push("three\n");
  await tick();
  assert.equal(disk.read("/moved"), "one\ntwo");
  assert.equal(disk.read(), "two\nthree\n");
  assert.equal(diagnostics.heard.length, 2);
  delivery.close();
});

test("FileDelivery drops no line that was begun: the file keeps whole lines", async () => {
  using diagnostics = hearDiagnostics();
  const disk = new FakeDisk();
  disk.free = 5;
  const delivery = deliver(disk);
  delivery.push("begun line\n");
  await tick();
  const texts = Array.from({ length: 1500 }, (_, n) => `${n}`.padEnd(999, ".") + "\n");
  for (const text of texts) delivery.push(text);
  disk.free = Infinity;
  delivery.flush();
  const lines = disk.read().split("\n");
  assert.equal(lines.shift(), "begun line");
  assert.equal(lines.pop(), "");
  const kept = Math.floor((1_048_576 - 6) / 1000);
  assert.deepEqual(lines, texts.slice(-kept).map((text) => text.slice(0, -1)));
  assert.deepEqual(delivery.stats.lost, { overflow: 1500 - kept });
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["file-failed", "overflow", "recovered"]);
  delivery.close();
});

test("FileDelivery rolls at no place within a line", async () => {
  const disk = new FakeDisk();
  disk.most = () => 3;
  const delivery = deliver(disk, { maxBytes: 5, backupCount: 9 });
  for (const text of ["long line 1\n", "x\n", "y\n", "long line 2\n"]) delivery.push(text);
  await tick();
  assert.deepEqual(["/app.log.2", "/app.log.1", "/app.log"].map((path) => disk.read(path)), ["long line 1\n", "x\ny\n", "long line 2\n"]);
  delivery.close();
});

test("FileDelivery tries to roll once in a tick, and where that fails still writes the tick with one call", async () => {
  using diagnostics = hearDiagnostics();
  const disk = new FakeDisk();
  let moves = 0;
  disk.renameSync = () => {
    moves++;
    throw new Error("Busy");
  };
  const delivery = deliver(disk, { maxBytes: 5, backupCount: 1 });
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 100; n++) delivery.push(`${n}\n`);
    await tick();
  }
  assert.equal(moves, 2);
  const lock = ["open wx", "close"];
  assert.deepEqual(disk.calls, ["open a", "write", ...lock, "close", "open a", "write", ...lock, "close", "open a", "write"]);
  assert.deepEqual([delivery.stats.delivered, delivery.stats.lastError], [200, "Busy"]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["file-failed"]);
  delivery.close();
});

test("FileDelivery checks its file once a second, and not with each tick", async () => {
  using time = new StandingTime();
  const disk = new FakeDisk();
  let looks = 0;
  const { statSync } = disk;
  disk.statSync = (path) => (looks++, statSync.call(disk, path));
  const delivery = deliver(disk);
  for (let round = 0; round < 100; round++) {
    delivery.push("one\n");
    await tick();
    time.ms += 100;
  }
  assert.equal(looks, 9);
  delivery.close();
});

test("FileDelivery loses and doubles no line on a disk that is full again and again", async () => {
  using _diagnostics = hearDiagnostics();
  const steps = fc.array(
    fc.record({ texts: fc.array(fc.nat(40), { maxLength: 5 }), free: fc.nat(100), most: fc.integer({ min: 1, max: 50 }) }),
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(0, 1, 30, 100), async (all, maxBytes) => {
      const disk = new FakeDisk();
      const delivery = deliver(disk, { maxBytes, backupCount: 1000 });
      const wanted: string[] = [];
      for (const { texts, free, most } of all) {
        disk.free = free;
        disk.most = () => most;
        for (const length of texts) delivery.push(wanted[wanted.push(`${wanted.length} ${"é".repeat(length)}\n`) - 1]!);
        await tick();
      }
      disk.free = Infinity;
      delivery.close();
      const number = (path: string): number => Number(path.split(".")[2] ?? 0);
      const found = [...disk.files.keys()].sort((a, b) => number(b) - number(a)).map((path) => disk.read(path));
      assert.equal(found.join(""), wanted.join(""));
      for (const text of found) assert.match(text, /^$|\n$/);
      assert.equal(disk.descriptors, 0);
      assert.equal(delivery.stats.delivered, wanted.length);
    }),
  );
});

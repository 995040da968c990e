/** DurableQueue against simple models, through random steps: crashes, failing disks, small disks, several processes. */

import fc from "fast-check";
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Lease } from "../../src/delivery/lease.ts";
import { chunksIn, fileError, foldersIn, leased, Life } from "../support/durable.ts";
import { turn } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { rounds } from "../support/effort.ts";
import { pushLine } from "../support/push_line.ts";

/** A step: what is done, and a number that says how much of it. */
type Step<Word extends string> = readonly [word: Word, n: number];

/** Steps, of which some come more often. */
function steps<Word extends string>(weights: Readonly<Record<Word, number>>, maxLength: number): fc.Arbitrary<Step<Word>[]> {
  const words = (Object.entries(weights) as [Word, number][]).map(([word, weight]) => ({ arbitrary: fc.constant(word), weight }));
  return fc.array(fc.tuple(fc.oneof(...words), fc.nat(1000)), { maxLength, size: "max" });
}

const lineOf = (n: number): string => `{"N":${n},"Text":"${"x".repeat(n * 7 % 40)}"}`;
const numberOf = (line: string): number => JSON.parse(line).N;
const sizeOf = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + lineOf(n).length + 1, 0);

// ---- crashes ----

/** What a queue should hold while its disk works and nothing is too large. */
interface Model {
  /** In the order of their delivery. */
  held: number[];
  /** Of the last of them, how many are of a tick that has not ended. */
  fresh: number;
  /** How many of the first are leased. */
  lent: number;
  /** Settled, but not in the bookmark yet. */
  unsaved: number[];
}

const crashes = steps({ push: 10, tick: 5, lease: 4, settle: 4, reject: 1, release: 2, turn: 2, crash: 1, end: 1, fail: 1 }, 60);

test("DurableQueue holds, lends and settles as a list would, through crashes and endings", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 20, max: 400 }), crashes, async (chunkBytes, steps) => {
      using folder = new Folder();
      using _ = hearDiagnostics();
      const model: Model = { held: [], fresh: 0, lent: 0, unsaved: [] };
      let life = new Life(folder.path, { chunkBytes });
      let lease: Lease | undefined;
      let next = 0;
      for (const [word, n] of steps) {
        if (word === "push") {
          for (let i = n % 4; i >= 0; i--) {
            model.held.push(next);
            model.fresh++;
            pushLine(life.queue, lineOf(next++));
            if (sizeOf(model.held.slice(-model.fresh)) >= chunkBytes) model.fresh = 0; // written early
          }
        } else if (word === "tick") {
          life.queue.endTick();
          model.fresh = 0;
        } else if (word === "lease" && lease === undefined) {
          lease = life.lease({ batchSize: 1 + n % 9, maxBatchBytes: 1 + n });
          model.fresh = 0;
          model.lent = lease?.count ?? 0;
          if (lease !== undefined) assert.deepEqual(leased(lease).map(numberOf), model.held.slice(0, lease.count));
          assert.equal(model.lent === 0, model.held.length === 0);
        } else if ((word === "settle" || word === "reject") && lease !== undefined) {
          const count = word === "settle" ? 1 + n % lease.count : 1;
          if (word === "settle") lease.settle(count);
          else lease.discard(1, "rejected");
          model.unsaved.push(...model.held.splice(0, count));
          if ((model.lent -= count) === 0) lease = undefined;
        } else if (word === "release" && lease !== undefined) {
          lease.release();
          lease = undefined;
        } else if (word === "turn") {
          await turn();
          model.unsaved = [];
        } else if (word === "crash" || word === "end") {
          lease = undefined;
          if (word === "crash") {
            model.held.splice(model.held.length - model.fresh, model.fresh);
            model.held.unshift(...model.unsaved);
            life[Symbol.dispose]();
          } else {
            life.end();
          }
          Object.assign(model, { fresh: 0, unsaved: [] });
          life = new Life(folder.path, { chunkBytes });
          if (word === "end") assert.equal(life.queue.size, model.held.length);
          for (let i = n % 3; i > 0; i--) {
            model.held.push(next);
            life.tick(lineOf(next++));
          }
          await life.outwait();
        } else if (word === "fail") { // for a moment, in which nothing is asked of it but lines
          life.disk.break("ENOSPC");
          model.held.push(next);
          life.tick(lineOf(next++));
          model.fresh = 0;
          life.disk.mend();
          await life.clock.advance(1000);
          life.queue.endTick();
          life.queue.peek(0);
          life.tick(lineOf(next));
          model.held.push(next++);
          model.unsaved = [];
        }
        const { queue } = life;
        assert.equal(queue.size, model.held.length);
        assert.equal(queue.countBefore(queue.pushed), model.held.length);
        assert.equal(queue.bytes, sizeOf(model.held));
      }
      if (lease !== undefined) lease.release();
      assert.deepEqual(life.drain().map(numberOf), model.held);
      assert.ok(life.losses.every(({ reason }) => reason === "rejected" || reason === "kept"));
      life.queue.clear("closed");
      life[Symbol.dispose]();
    }),
    { seed: 20261122, numRuns: rounds(80) },
  );
});

// ---- a disk that fails, or is small ----

const operations = [
  "openSync",
  "writeSync",
  "readSync",
  "statSync",
  "renameSync",
  "unlinkSync",
  "mkdirSync",
  "rmdirSync",
  "readdirSync",
  "ftruncateSync",
];
/** Not ENOENT, which of a file that is there would be a lie, and is believed: files that are deleted are the words unlink and remove. */
const codes = ["EIO", "ENOSPC", "EACCES", "EMFILE"];
const troubles = steps(
  {
    push: 12,
    tick: 8,
    lease: 4,
    settle: 5,
    reject: 1,
    release: 2,
    turn: 2,
    advance: 4,
    break: 2,
    room: 2,
    mend: 3,
    unlink: 1,
    cut: 1,
    remove: 1,
    file: 1,
  },
  80,
);
const limits = fc.record({
  maxBytes: fc.integer({ min: 50, max: 20_000 }),
  chunkBytes: fc.integer({ min: 10, max: 2000 }),
  maxQueueBytes: fc.integer({ min: 50, max: 5000 }),
  overflow: fc.constantFrom("drop-oldest", "drop-newest"),
});

/** Harms what is on disk, as an operator might. */
function harm(root: string, word: string, n: number): void {
  const [path] = foldersIn(root);
  const chunks = path === undefined || !fs.statSync(path).isDirectory() ? [] : chunksIn(path);
  const chunk = chunks[n % Math.max(1, chunks.length)];
  if (word === "unlink" && chunk !== undefined) fs.unlinkSync(join(path!, chunk));
  if (word === "cut" && chunk !== undefined) fs.truncateSync(join(path!, chunk), n % Math.max(1, fs.statSync(join(path!, chunk)).size));
  if (word === "remove") fs.rmSync(n % 2 === 0 ? root : path ?? root, { recursive: true, force: true });
  if (word === "file") {
    fs.rmSync(root, { recursive: true, force: true });
    fs.writeFileSync(root, "");
  }
  if (word === "mend" && fs.existsSync(root) && fs.statSync(root).isFile()) fs.unlinkSync(root);
}

test("DurableQueue delivers or counts every line, in order, through failing, small and damaged disks", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(limits, troubles, async ({ maxBytes, chunkBytes, ...bounds }, steps) => {
      using folder = new Folder();
      using _ = hearDiagnostics();
      const root = folder.at("queue");
      using life = new Life(root, { maxBytes, chunkBytes }, bounds);
      const { queue, disk } = life;
      const delivered: number[] = [];
      let lease: Lease | undefined;
      let pushed = 0;
      let isUnharmed = true;
      const check = (): void => {
        const lost = life.losses.reduce((sum, { count }) => sum + count, 0);
        assert.equal(delivered.length + lost + queue.size, pushed, "every line is delivered, counted or held");
        assert.ok(queue.bytes >= 0 && queue.countBefore(Infinity) === queue.size);
        if (isUnharmed) {
          assert.ok(
            foldersIn(root).flatMap((path) => chunksIn(path).map((name) => fs.statSync(join(path, name)).size)).reduce(
              (a, b) => a + b,
              0,
            ) <= maxBytes,
          );
        }
      };
      for (const [word, n] of steps) {
        if (word === "push") { for (let i = n % 5; i >= 0; i--) pushLine(queue, lineOf(pushed++)); }
        else if (word === "tick") queue.endTick();
        else if (word === "lease" && lease === undefined) {
          lease = life.lease({ batchSize: 1 + n % 9, maxBatchBytes: 1 + n });
          assert.ok(lease !== undefined || !isUnharmed || queue.size === 0);
        } else if (word === "settle" && lease !== undefined) {
          const lines = leased(lease).slice(0, 1 + n % lease.count);
          lease.settle(lines.length);
          delivered.push(...lines.map(numberOf));
        } else if (word === "reject" && lease !== undefined) lease.discard(1, "rejected");
        else if (word === "release" && lease !== undefined) {
          lease.release();
          lease = undefined;
        } else if (word === "turn") await turn();
        else if (word === "advance") await life.clock.advance(n * 10);
        else if (word === "break") {
          disk.fault = (operation) => {
            if (operation === operations[n % operations.length] || n % 7 === 0) throw fileError(codes[n % codes.length]!);
          };
        } else if (word === "room") disk.room = n % 300;
        else if (word === "mend") disk.mend();
        if (word === "cut") disk.mend(); // a cut file, and a failing disk before the next tick, would change the order of lines
        if (["mend", "unlink", "cut", "remove", "file"].includes(word)) harm(root, word, n);
        if (word === "cut") life.tick(lineOf(pushed++));
        if (["break", "room", "unlink", "cut", "remove", "file"].includes(word)) isUnharmed = false;
        if (lease?.count === 0) lease = undefined;
        check();
      }
      if (lease !== undefined) lease.release();
      disk.mend();
      harm(root, "mend", 0);
      await life.clock.advance(2000);
      queue.endTick();
      check();
      delivered.push(...life.drain().map(numberOf));
      assert.equal(queue.size, 0);
      check();
      const isPassedBy = life.losses.some(({ reason }) => reason === "unreadable");
      const ordered = [...new Set(delivered)].sort((a, b) => a - b);
      assert.deepEqual(
        isPassedBy ? delivered.toSorted((a, b) => a - b) : delivered,
        ordered,
        "once each, in order unless a file was passed by",
      );
      const seen = life.losses.flatMap(({ lines }) => lines ?? []).map(numberOf);
      assert.deepEqual(seen.filter((n) => delivered.includes(n)), [], "none is both");
      queue.clear("closed");
      using next = new Life(root);
      await next.outwait();
      const again = next.drain();
      if (isUnharmed) assert.deepEqual(again, [], "nothing is left");
      await turn();
      next.queue.clear("closed");
      const left = foldersIn(root).flatMap((path) => fs.readdirSync(path));
      assert.deepEqual(left.filter((name) => !/^(?:heartbeat|rejected(?:\.1)?\.clef)$/.test(name)), []);
    }),
    { seed: 20261123, numRuns: rounds(150) },
  );
});

// ---- several processes ----

const lives = steps({ tick: 12, drain: 2, some: 3, advance: 6, suspend: 2, crash: 2, end: 1 }, 60);

test(
  "DurableQueues that share a folder deliver every line at least once, those of the dead and the suspended, too",
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: 400 }), lives, async (chunkBytes, steps) => {
        using folder = new Folder();
        using _ = hearDiagnostics();
        const begin = (): Life => new Life(folder.path, { chunkBytes });
        const running = [begin(), begin(), begin()];
        const ended = new Set<number>();
        const delivered: number[] = [];
        let next = 0;
        for (const [word, n] of steps) {
          const at = n % running.length;
          const life = running[at]!;
          if (word === "tick") {
            const lines = Array.from({ length: 1 + n % 5 }, () => next++);
            life.tick(...lines.map(lineOf));
            for (const one of lines) ended.add(one);
          } else if (word === "drain") {
            delivered.push(...life.drain({ batchSize: 3 }).map(numberOf));
            await turn();
          } else if (word === "some") {
            const lease = life.lease({ batchSize: 1 + n % 7 });
            if (lease === undefined) continue;
            const some = leased(lease).slice(0, 1 + n % lease.count);
            delivered.push(...some.map(numberOf));
            lease.settle(some.length);
            if (n % 2 === 0) await turn();
            lease.release();
          } else if (word === "advance") {
            for (let ms = n * 20; ms > 0; ms -= 5000) for (const one of running) await one.clock.advance(Math.min(5000, ms));
          } else if (word === "suspend") { // the others continue without it, and treat it as dead
            for (let i = 0; i < 8; i++) for (const one of running) if (one !== life) await one.clock.advance(5000);
            if (n % 2 === 0) life.clock.jump(40_000);
          } else {
            if (word === "crash") life[Symbol.dispose]();
            else life.end();
            running[at] = begin();
          }
        }
        for (const life of running) life[Symbol.dispose]();
        using last = begin();
        await last.outwait();
        delivered.push(...last.drain().map(numberOf));
        assert.deepEqual([...ended].filter((n) => !delivered.includes(n)), []);
        assert.ok(delivered.every((n) => ended.has(n)));
        await turn();
        last.queue.clear("closed");
        assert.deepEqual(folder.names, []);
      }),
      { seed: 20261124, numRuns: rounds(30) },
    );
  },
);

/** Queues on disk for tests: what a process has of one, until it ends by a crash; and files that fail. */

import fs from "node:fs";
import { join } from "node:path";
import { processEnding } from "../../src/runtime/writes_at_exit.ts";
import { DurableQueue, type DurableSettings } from "../../src/durable/durable_queue.ts";
import type { Lease } from "../../src/delivery/lease.ts";
import type { BatchLimits, Loss as QueueLoss, QueueBounds } from "../../src/delivery/queue.ts";
import type { FileSystem } from "../../src/runtime/files.ts";
import { FakeClock } from "./fake_clock.ts";
import { hearDiagnostics } from "./seq.ts";
import { pushLine } from "./push_line.ts";

/** Called before each operation on files: with its name, and what it is given; what it throws is what the operation throws. */
export type Fault = (operation: string, ...args: readonly unknown[]) => void;

/** An error as files throw it. */
export function fileError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** The files of the runtime, which fail when a test says so. */
export class FaultyFiles {
  fault: Fault = () => {};
  /** How many bytes may still be written; as on a disk, what is left is written, and then nothing. */
  room: number = Infinity;
  /** How often each operation was asked for. */
  readonly calls: Map<string, number> = new Map();
  readonly files: FileSystem;
  readonly #open = new Set<number>();

  constructor() {
    const own: Record<string, unknown> = {
      writeSync: (descriptor: number, bytes: Uint8Array, offset: number, length: number, position?: number) => {
        const isOver = position === 0 && length <= fs.fstatSync(descriptor).size; // what is written over needs no room
        if (isOver) return fs.writeSync(descriptor, bytes, offset, length, position);
        if (this.room <= 0) throw fileError("ENOSPC");
        const written = fs.writeSync(descriptor, bytes, offset, Math.min(length, this.room), position);
        this.room -= written;
        return written;
      },
    };
    this.files = new Proxy(fs as unknown as FileSystem, {
      get: (target, name: string) => (...args: unknown[]) => {
        this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
        this.fault(name, ...args);
        const result = ((own[name] ?? Reflect.get(target, name)) as (...args: unknown[]) => unknown)(...args);
        if (name === "openSync") this.#open.add(result as number);
        if (name === "closeSync") this.#open.delete(args[0] as number);
        return result;
      },
    });
  }

  /** All fails from now on. */
  break(code = "EIO"): void {
    this.fault = () => {
      throw fileError(code);
    };
  }

  /** Closes what is open, as the end of a process does. */
  close(): void {
    for (const descriptor of this.#open) fs.closeSync(descriptor);
    this.#open.clear();
  }

  mend(): void {
    this.fault = () => {};
    this.room = Infinity;
  }
}

/** What a queue said that it gave up. */
export interface Loss {
  readonly count: number;
  readonly reason: string;
  readonly first: number;
  /** The lines, where they were shown. */
  readonly lines: readonly string[] | undefined;
}

export const generous: QueueBounds = { queueSize: 1_000_000, maxQueueBytes: 33_554_432, overflow: "drop-oldest" };
export const all: BatchLimits = { batchSize: 1_000_000, maxBatchBytes: 1_000_000_000 };
/** How long an owner must seem dead. */
export const claimAfterMs = 30_000;
const utf8 = new TextDecoder();

/** The lines of bytes, each of which ends with a line break or the bytes. */
export function linesOf(bytes: Uint8Array): string[] {
  const text = utf8.decode(bytes);
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** The lines of a lease. */
export function leased(lease: Lease): string[] {
  return utf8.decode(lease.body()).split("\n");
}

/** Each begins a second later than the one before: their folders show it. */
let lives = 0;

/** What one process has of a queue; disposing it is a crash: nothing more is written, said or moved. */
export class Life implements Disposable {
  readonly clock: FakeClock = new FakeClock(Date.UTC(2026, 2, 1, 12) + 1000 * lives++);
  readonly disk: FaultyFiles = new FaultyFiles();
  readonly queue: DurableQueue;
  readonly losses: Loss[] = [];
  /** How often it was notified of lines that were found, not pushed. */
  woken = 0;

  constructor(
    root: string,
    settings: Partial<DurableSettings> = {},
    bounds: Partial<QueueBounds> = {},
    prepare?: (disk: FaultyFiles) => void,
  ) {
    prepare?.(this.disk);
    const whole: DurableSettings = {
      ...{ root, clock: this.clock, files: this.disk.files, name: "seq", prefix: "seq", maxBytes: 1_000_000_000, chunkBytes: 1_048_576 },
      ...{ fsync: false, retainRejectedBytes: 1_000_000, claimAfterMs, turnMs: Infinity },
      ...settings,
    };
    const onLoss = ({ lines, ...loss }: QueueLoss): void => void this.losses.push({ ...loss, lines: lines && linesOf(lines()) });
    this.queue = new DurableQueue(whole, { ...generous, ...bounds }, onLoss, () => this.woken++);
  }

  /** Pushes lines that are one tick. */
  tick(...lines: readonly string[]): void {
    for (const line of lines) pushLine(this.queue, line);
    this.queue.endTick();
  }

  lease(limits: Partial<BatchLimits> = {}): Lease | undefined {
    return this.queue.lease({ ...all, ...limits }, { nowMs: this.clock.now(), untilMs: Infinity });
  }

  /** Delivers all, and answers it. */
  drain(limits: Partial<BatchLimits> = {}): string[] {
    const lines: string[] = [];
    for (let lease = this.lease(limits); lease !== undefined; lease = this.lease(limits)) {
      for (const line of leased(lease)) lines.push(line);
      lease.settle(lease.count);
    }
    return lines;
  }

  /** Lets others seem dead for long enough. */
  async outwait(): Promise<void> {
    await this.clock.advance(claimAfterMs * 4 / 3);
  }

  /** Ends by itself, with what is left on disk. */
  end(): void {
    this.queue.end(true);
  }

  [Symbol.dispose](): void {
    const silence = hearDiagnostics();
    queueMicrotask(() => silence[Symbol.dispose]()); // behind what the queue was about to do
    processEnding().writers.delete(this.queue);
    this.disk.break();
    this.disk.close();
  }
}

/** The folders below a folder, sorted. */
export function foldersIn(root: string): string[] {
  return fs.statSync(root, { throwIfNoEntry: false })?.isDirectory()
    ? fs.readdirSync(root).filter((name) => !name.endsWith(".seen")).sort().map((name) => join(root, name))
    : [];
}

/** The only folder below a folder. */
export function folderIn(root: string): string {
  const folders = foldersIn(root);
  if (folders.length !== 1) throw new Error(`There should be one folder: ${folders.join(", ")}`);
  return folders[0]!;
}

/** The names of the files of chunks in a folder, sorted. */
export function chunksIn(folder: string): string[] {
  return fs.readdirSync(folder).filter((name) => /^\d{12}\.clef$/.test(name)).sort();
}

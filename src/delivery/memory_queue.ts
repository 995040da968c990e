/** The queue in memory: lines as bytes, bounded, leased in batches. */

import { LineWriter } from "../event/line_writer.ts";
import { Lease, type LeaseHolder } from "./lease.ts";
import {
  type BatchLimits,
  type LeaseTimes,
  type LineTime,
  type Loss,
  lossOfLine,
  type OnLoss,
  type Queue,
  type QueueBounds,
} from "./queue.ts";

/** A piece of the queue: consecutive lines, each with its line break. Two pieces may share their bytes. */
interface MemoryChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the first line begins, and where each line ends. */
  readonly start: number;
  readonly ends: number[];
  /** Index of the first line that is still queued. */
  from: number;
  /** Whether the lines still need a timestamp. */
  undated: boolean;
}

/** A lease and its expiry; a released lease waits to be leased again. */
interface LeaseEntry {
  lease: Lease;
  untilMs: number;
}
const released = -Infinity;

/** Most new lines or bytes until the bounds are checked. Checking each line would cost more. */
const maxFresh = 128;
const maxFreshBytes = 16_384;

const chunkBytes = 65_536;
/** Most arrays kept for reuse: enough for a burst of about 10 000 events. Allocating an array costs more than filling it. */
const maxSpare = 64;
const lineBreak = 10;

export class MemoryQueue implements Queue, LeaseHolder {
  declare bounds: QueueBounds;
  #chunks: MemoryChunk[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  readonly out: LineWriter = new LineWriter((least) => this.#takeBytes(least));
  /** Lines since the last check of the bounds. */
  #fresh = 0;
  #freshBytes = 0;
  /** How many calls that report a loss are running. */
  #losing = 0;
  #pushed = 0;
  #waiting = 0;
  #waitingBytes = 0;
  /** Valid and released leases, in the order of their lines. */
  #leases: LeaseEntry[] = [];
  readonly #onLoss: OnLoss;
  readonly #lineTime: LineTime | undefined;

  /**
   * @param onLoss Called with the events that the queue gives up.
   * @param lineTime Writes the timestamps of undated lines; if absent, no line is undated.
   */
  constructor(bounds: QueueBounds, onLoss: OnLoss, lineTime?: LineTime) {
    this.bounds = bounds;
    this.#onLoss = onLoss;
    this.#lineTime = lineTime;
  }

  get size(): number {
    let count = this.#waiting;
    for (const { lease } of this.#leases) count += lease.count;
    return count;
  }
  get bytes(): number {
    let bytes = this.#waitingBytes;
    for (const { lease } of this.#leases) bytes += lease.bytes;
    return bytes;
  }
  get pushed(): number {
    return this.#pushed;
  }

  countBefore(number: number): number {
    let count = countBelow(number, this.#firstWaiting, this.#waiting);
    for (const { lease } of this.#leases) count += countBelow(number, lease.first, lease.count);
    return count;
  }

  /** Number of the oldest line that is not leased. */
  get #firstWaiting(): number {
    return this.#pushed - this.#waiting;
  }

  push(undated = false): void {
    const { out } = this;
    out.byte(lineBreak);
    const { length } = out;
    const { queueSize, maxQueueBytes, overflow } = this.bounds;
    if (overflow === "drop-newest" && (this.size >= queueSize || this.bytes + length > maxQueueBytes)) {
      return this.#onLoss(lossOfLine(out, "overflow", this.#pushed));
    }
    const chunk = this.#chunks.at(-1);
    if (chunk?.bytes !== out.bytes || chunk.undated !== undated) {
      // 1 ms before the first dated line
      if (!undated && chunk?.undated && this.#lineTime !== undefined) this.#date(this.#lineTime.read(out.line) - 1);
      this.#chunks.push({ bytes: out.bytes, start: out.start, ends: [out.at], from: 0, undated });
    } else chunk.ends.push(out.at);
    out.start = out.at; // no call from here on: if the stack overflowed in one, the next line would overwrite this one
    this.#pushed++;
    this.#waiting++;
    this.#waitingBytes += length;
    this.#freshBytes += length;
    if (++this.#fresh >= maxFresh || this.#freshBytes >= maxFreshBytes) this.endTick();
  }

  endTick(): void {
    if (this.#fresh === 0) return;
    this.#fresh = this.#freshBytes = 0;
    if (this.bounds.overflow === "drop-oldest") this.#dropOldest();
  }

  #takeBytes(least: number): Uint8Array<ArrayBuffer> {
    return least > chunkBytes ? new Uint8Array(least) : this.#spare.pop() ?? new Uint8Array(chunkBytes);
  }

  /** Writes the timestamp into lines that have none. */
  #date(timeMs: number): void {
    for (const chunk of this.#chunks) {
      if (!chunk.undated) continue;
      chunk.undated = false;
      for (let line = chunk.from; line < chunk.ends.length; line++) {
        this.#lineTime?.write(chunk.bytes.subarray(startOf(chunk, line), chunk.ends[line]), timeMs);
      }
    }
  }

  /** Gives up the oldest lines that no drain holds, until the bounds are met. */
  #dropOldest(): void {
    const { queueSize, maxQueueBytes } = this.bounds;
    let { size, bytes } = this;
    const isOver = (): boolean => size > 1 && (size > queueSize || bytes > maxQueueBytes);
    if (!isOver()) return;
    for (const { lease } of this.#leases.filter(({ untilMs }) => untilMs === released)) {
      const { first } = lease;
      const goneFirst: Uint8Array<ArrayBuffer>[] = [];
      for (; lease.count > 0 && isOver(); size--) {
        goneFirst.push(lease.body(1), Uint8Array.of(lineBreak));
        bytes -= lease.skip(1);
      }
      if (goneFirst.length > 0) this.#onLoss({ count: goneFirst.length / 2, reason: "overflow", first, lines: () => join(goneFirst) });
    }
    this.#forgetSettled();
    const gone: Uint8Array<ArrayBuffer>[] = [];
    const first = this.#firstWaiting;
    let count = 0;
    for (const chunk of this.#chunks) {
      if (!isOver()) break;
      const start = startOf(chunk, chunk.from);
      let end = start;
      for (; chunk.from < chunk.ends.length && isOver(); size--, count++) {
        const next = chunk.ends[chunk.from++]!;
        bytes -= next - end;
        this.#waitingBytes -= next - end;
        end = next;
        this.#waiting--;
      }
      gone.push(chunk.bytes.subarray(start, end));
    }
    if (count === 0) return;
    this.#losing++; // the callback may log before it reads the lines
    try {
      this.#onLoss({ count, reason: "overflow", first, lines: () => join(gone) });
    } finally { // the stack may overflow
      this.#losing--;
    }
    this.#tidy();
  }

  /** Removes chunks without queued lines, and keeps some of their arrays for reuse: not while a loss that shows them is reported. */
  #tidy(): void {
    if (this.#losing > 0) return;
    while (this.#chunks.length > 0 && this.#chunks[0]!.from === this.#chunks[0]!.ends.length) {
      const { bytes } = this.#chunks.shift()!;
      if (bytes === this.#chunks[0]?.bytes) continue;
      if (bytes === this.out.bytes) this.out.rewind();
      else if (bytes.length === chunkBytes && this.#spare.length < maxSpare) this.#spare.push(bytes);
    }
  }

  isLeased(nowMs: number): boolean {
    return this.#leases.some(({ untilMs }) => nowMs < untilMs);
  }

  lease(limits: BatchLimits, { nowMs, untilMs }: LeaseTimes): Lease | undefined {
    this.endTick();
    this.#date(nowMs);
    const entry = this.#leases.find((one) => one.untilMs <= nowMs);
    const lease = entry?.lease.renew() ?? this.#leaseOldest(limits); // a renewed lease makes the old one invalid
    if (entry !== undefined) Object.assign(entry, { lease, untilMs });
    else if (lease !== undefined) this.#leases.push({ lease, untilMs });
    return lease;
  }

  /** Leases the oldest lines, copied into one array. */
  #leaseOldest({ batchSize, maxBatchBytes }: BatchLimits): Lease | undefined {
    const spans: { chunk: MemoryChunk; from: number; to: number }[] = [];
    let count = 0;
    let bytes = 0;
    for (const chunk of this.#chunks) {
      let to = chunk.from;
      while (to < chunk.ends.length && count < batchSize) {
        const length = chunk.ends[to]! - startOf(chunk, to);
        if (count > 0 && bytes + length > maxBatchBytes) break;
        bytes += length;
        count++;
        to++;
      }
      if (to > chunk.from) spans.push({ chunk, from: chunk.from, to });
      if (to < chunk.ends.length) break;
    }
    if (count === 0) return undefined;
    const body = new Uint8Array(bytes);
    const ends: number[] = [];
    let at = 0;
    for (const { chunk, from, to } of spans) {
      const start = startOf(chunk, from);
      body.set(chunk.bytes.subarray(start, chunk.ends[to - 1]), at);
      for (let line = from; line < to; line++) {
        ends.push(chunk.ends[line]! - start + at);
      }
      at = ends.at(-1)!;
      chunk.from = to;
    }
    const first = this.#firstWaiting;
    this.#waiting -= count;
    this.#waitingBytes -= bytes;
    this.#tidy();
    return new Lease(this, { bytes: body, ends, number: first });
  }

  holds(lease: Lease): boolean {
    return this.#entryOf(lease) !== undefined;
  }

  #entryOf(lease: Lease): LeaseEntry | undefined {
    return this.#leases.find((one) => one.lease === lease && one.untilMs !== released);
  }

  settled(): void {
    this.#forgetSettled();
  }

  #forgetSettled(): void {
    this.#leases = this.#leases.filter(({ lease }) => lease.count > 0);
  }

  discarded(lines: Uint8Array<ArrayBuffer>, loss: Loss): void {
    this.#onLoss({ ...loss, lines: () => lines });
  }

  released(lease: Lease): void {
    const entry = this.#entryOf(lease);
    if (entry !== undefined) entry.untilMs = released;
  }

  peek(maxBytes: number): Uint8Array<ArrayBuffer> {
    this.endTick();
    const leased = this.#leases.flatMap(({ lease }) => [lease.body(), Uint8Array.of(lineBreak)]);
    const waiting = this.#chunks.map((chunk) => chunk.bytes.subarray(startOf(chunk, chunk.from), chunk.ends.at(-1)));
    const all = join([...leased, ...waiting], maxBytes);
    return all.subarray(0, all.lastIndexOf(lineBreak) + 1);
  }

  clear(reason: string): void {
    this.endTick();
    const leases = this.#leases;
    const [count, first] = [this.#waiting, this.#firstWaiting];
    this.#leases = [];
    const waiting = this.peek(Infinity);
    this.#chunks = [];
    this.#waiting = this.#waitingBytes = 0;
    // one report per lease, because the lines of two leases need not be consecutive
    for (const { lease } of leases) this.#onLoss({ count: lease.count, reason, first: lease.first, lines: () => lease.body() });
    if (count > 0) this.#onLoss({ count, reason, first, lines: () => waiting });
  }
}

/** Returns how many of `count` lines, numbered from `first` on, have a lower number. */
function countBelow(number: number, first: number, count: number): number {
  return Math.min(count, Math.max(0, number - first));
}

/** Returns where a line of the chunk begins. */
function startOf({ start, ends }: MemoryChunk, line: number): number {
  return line === 0 ? start : ends[line - 1]!;
}

/** Concatenates parts, up to `maxBytes`. */
function join(parts: readonly Uint8Array[], maxBytes: number = Infinity): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(Math.min(maxBytes, parts.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const part of parts) {
    all.set(part.subarray(0, all.length - at), at);
    at += Math.min(part.length, all.length - at);
  }
  return all;
}

/** The queue: the only thing of the delivery that lasts. It holds lines as bytes, bounded, and lends them out in batches. */

import { Lease } from "./lease.ts";

/** What is done with an event that the queue has no room for. */
export type Overflow = "drop-oldest" | "drop-newest";

/** The most that a batch may hold. */
export interface BatchLimits {
  readonly batchSize: number;
  readonly maxBatchBytes: number;
}

/** The bounds of a queue. */
export interface QueueBounds {
  readonly queueSize: number;
  readonly maxQueueBytes: number;
  readonly overflow: Overflow;
}

/** Told of events that were given up, and of the number of the first of them. */
export type TellLoss = (count: number, reason: string, first: number) => void;

/** Lines that wait for their delivery. Each has a number: how many were pushed before it. */
export interface Queue {
  /** How many lines it holds, those that are lent out included. */
  readonly size: number;
  /** How many bytes it holds. */
  readonly bytes: number;
  /** How many lines it has ever taken. */
  readonly pushed: number;
  /** How many of the lines that were pushed before the one of that number it still holds. */
  countBefore(number: number): number;
  bounds: QueueBounds;
  /** Takes a line; an undated one begins with a time that is filled in: with that of the first dated one, or when it is lent out. */
  push(line: string, undated?: boolean): void;
  /** Turns the lines of the tick into bytes. */
  endTick(): void;
  /** Lends out the oldest lines until `untilMs`; nothing while others are lent out. */
  lease(limits: BatchLimits, nowMs: number, untilMs: number): Lease | undefined;
  /** Whether lines are lent out. */
  isLeased(nowMs: number): boolean;
  /** Whether the lease still holds: it has not expired into other hands, and its lines have not been given up. */
  holds(lease: Lease): boolean;
  /** Forgets the first lines of a lease that holds: they are delivered, or, with a reason, lost. */
  settle(lease: Lease, count: number): void;
  discard(lease: Lease, count: number, reason: string): void;
  /** Takes back what is left of a lease, to be lent out again. */
  release(lease: Lease): void;
  /** Forgets everything, lent out or not. */
  clear(reason: string): void;
}

/** Makes the queue of a handler, when its first event comes; the name is the handler's. */
export type QueueFactory = (bounds: QueueBounds, tellLoss: TellLoss, name: string) => Queue;

/** A piece of the queue: lines one behind the other, each with its line break. */
interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: number[];
  /** The first line that is still here. */
  from: number;
  /** Whether the times of its lines are to be filled in. */
  undated: boolean;
}

/** How many lines of one tick wait for their bytes at the most: written together, they cost half. */
const maxFresh = 128;
const maxFreshBytes = 16_384;

const chunkBytes = 65_536;
/** How many chunks are kept for use again: the worth of two requests. */
const maxSpare = 32;
const utf8 = new TextEncoder();
const lineBreak = 10;
/** Where the time stands in a line: behind `{"@t":"`; of its 28 characters the first 23 are the clock's. */
const timeAt = 7;
const timeLength = 23;

/** The queue that lives in memory. */
export class MemoryQueue implements Queue {
  bounds: QueueBounds;
  #chunks: Chunk[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  /** The lines of this tick, not yet bytes. */
  #fresh: string[] = [];
  #freshBytes = 0;
  #undated = false;
  #pushed = 0;
  #waiting = 0;
  #waitingBytes = 0;
  #out: { readonly lease: Lease; readonly untilMs: number } | undefined;
  #returned: Lease | undefined;
  readonly #tellLoss: TellLoss;

  /** @param tellLoss Told of each event that the queue gives up. */
  constructor(bounds: QueueBounds, tellLoss: TellLoss) {
    this.bounds = bounds;
    this.#tellLoss = tellLoss;
  }

  get size(): number {
    return this.#fresh.length + this.#waiting + (this.#lent?.count ?? 0);
  }
  get bytes(): number {
    return this.#freshBytes + this.#waitingBytes + (this.#lent?.bytes ?? 0);
  }
  get pushed(): number {
    return this.#pushed;
  }
  get #lent(): Lease | undefined {
    return this.#out?.lease ?? this.#returned;
  }

  countBefore(number: number): number {
    const lent = this.#lent;
    const isBefore = (first: number, count: number): number => Math.min(count, Math.max(0, number - first));
    return (lent === undefined ? 0 : isBefore(lent.first, lent.count)) + isBefore(this.#firstWaiting, this.#waiting + this.#fresh.length);
  }

  /** The number of the oldest line that is not lent out. */
  get #firstWaiting(): number {
    return this.#pushed - this.#fresh.length - this.#waiting;
  }

  push(line: string, undated = false): void {
    const { queueSize, maxQueueBytes, overflow } = this.bounds;
    if (overflow === "drop-newest" && (this.size >= queueSize || this.bytes + line.length >= maxQueueBytes)) {
      return this.#tellLoss(1, "overflow", this.#pushed);
    }
    if (undated !== this.#undated) {
      this.endTick();
      if (!undated) this.#date(Date.parse(`${line.slice(timeAt, timeAt + timeLength)}Z`) - 1); // before the first line that has a time
      this.#undated = undated;
    }
    this.#pushed++;
    this.#freshBytes += line.length + 1;
    if (this.#fresh.push(line) >= maxFresh || this.#freshBytes >= maxFreshBytes) this.endTick();
  }

  endTick(): void {
    const fresh = this.#fresh;
    if (fresh.length === 0) return;
    this.#fresh = [];
    const joined = `${fresh.join("\n")}\n`;
    let chunk = this.#chunks.at(-1);
    let start = chunk?.ends.at(-1) ?? 0;
    let { read, written } = chunk === undefined || chunk.undated !== this.#undated
      ? { read: 0, written: 0 }
      : utf8.encodeInto(joined, chunk.bytes.subarray(start));
    if (chunk === undefined || read < joined.length) {
      const bytes = (joined.length * 3 <= chunkBytes && this.#spare.pop()) || new Uint8Array(Math.max(chunkBytes, joined.length * 3));
      ({ written } = utf8.encodeInto(joined, bytes));
      chunk = { bytes: bytes.length > chunkBytes ? bytes.slice(0, written) : bytes, ends: [], from: 0, undated: this.#undated };
      start = 0;
      this.#chunks.push(chunk);
    }
    let end = start;
    if (written === joined.length) { for (const line of fresh) chunk.ends.push(end += line.length + 1); }
    else while (end < start + written) chunk.ends.push(end = chunk.bytes.indexOf(lineBreak, end) + 1);
    this.#waiting += fresh.length;
    this.#waitingBytes += written;
    this.#freshBytes = 0;
    const { queueSize, maxQueueBytes, overflow } = this.bounds;
    while ((this.size > queueSize || this.bytes > maxQueueBytes) && this.size > 1) {
      if (!(overflow === "drop-oldest" ? this.#dropOldest() : this.#dropNewest(chunk))) break;
    }
  }

  /** Fills in the time of the lines that have none, their digits below the millisecond kept. */
  #date(timeMs: number): void {
    for (const chunk of this.#chunks) {
      if (!chunk.undated) continue;
      chunk.undated = false;
      const time = new Date(timeMs).toISOString().slice(0, timeLength);
      for (let line = chunk.from; line < chunk.ends.length; line++) {
        const start = endOf(chunk, line - 1) + timeAt;
        utf8.encodeInto(time, chunk.bytes.subarray(start, start + timeLength));
      }
    }
  }

  /** Gives up the oldest line that is not lent out; false where there is none. */
  #dropOldest(): boolean {
    let number = this.#firstWaiting;
    if (this.#returned !== undefined && this.#out === undefined) {
      number = this.#returned.first;
      this.#returned.skip(1);
      if (this.#returned.count === 0) this.#returned = undefined;
    } else {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return false;
      this.#waitingBytes -= endOf(chunk, chunk.from) - endOf(chunk, chunk.from - 1);
      this.#waiting--;
      chunk.from++;
      this.#tidy();
    }
    this.#tellLoss(1, "overflow", number);
    return true;
  }

  /** Gives up the newest line: written out, it was longer than it looked. */
  #dropNewest(chunk: Chunk): boolean {
    if (chunk.ends.length <= chunk.from) return false;
    this.#waitingBytes -= chunk.ends.pop()! - (chunk.ends.at(-1) ?? 0);
    this.#waiting--;
    this.#pushed--;
    this.#tellLoss(1, "overflow", this.#pushed);
    return true;
  }

  /** Lets go of chunks that are used up; some are used again. */
  #tidy(): void {
    while (this.#chunks.length > 0 && this.#chunks[0]!.from === this.#chunks[0]!.ends.length) {
      const { bytes } = this.#chunks.shift()!;
      if (bytes.length === chunkBytes && this.#spare.length < maxSpare) this.#spare.push(bytes);
    }
  }

  isLeased(nowMs: number): boolean {
    return this.#out !== undefined && nowMs < this.#out.untilMs;
  }

  lease(limits: BatchLimits, nowMs: number, untilMs: number): Lease | undefined {
    if (this.isLeased(nowMs)) return undefined;
    this.endTick();
    this.#date(nowMs);
    if (this.#out !== undefined) this.#returned = this.#out.lease.renew(); // expired: whoever held it may settle it no more
    const lease = this.#returned ?? this.#take(limits);
    this.#returned = undefined;
    this.#out = lease === undefined ? undefined : { lease, untilMs };
    return lease;
  }

  /** Copies the oldest lines into one piece. */
  #take({ batchSize, maxBatchBytes }: BatchLimits): Lease | undefined {
    const spans: { chunk: Chunk; from: number; to: number }[] = [];
    let count = 0;
    let bytes = 0;
    for (const chunk of this.#chunks) {
      let to = chunk.from;
      while (to < chunk.ends.length && count < batchSize) {
        const length = chunk.ends[to]! - endOf(chunk, to - 1);
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
      const start = endOf(chunk, from - 1);
      body.set(chunk.bytes.subarray(start, endOf(chunk, to - 1)), at);
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
    return new Lease(body, ends, first);
  }

  holds(lease: Lease): boolean {
    return this.#out?.lease === lease;
  }

  settle(lease: Lease, count: number): void {
    if (!this.holds(lease)) return;
    lease.skip(count);
    if (lease.count === 0) this.#out = undefined;
  }

  discard(lease: Lease, count: number, reason: string): void {
    if (!this.holds(lease)) return;
    const { first } = lease;
    this.settle(lease, count);
    this.#tellLoss(count, reason, first);
  }

  release(lease: Lease): void {
    if (!this.holds(lease)) return;
    this.#out = undefined;
    this.#returned = lease.count === 0 ? undefined : lease;
  }

  clear(reason: string): void {
    const count = this.size;
    const first = this.#lent?.first ?? this.#firstWaiting;
    this.#chunks = [];
    this.#fresh = [];
    this.#freshBytes = 0;
    this.#out = this.#returned = undefined;
    this.#waiting = this.#waitingBytes = 0;
    if (count > 0) this.#tellLoss(count, reason, first);
  }
}

/** Where a line of a chunk ends; 0 before the first. */
function endOf({ ends }: Chunk, line: number): number {
  return line < 0 ? 0 : ends[line]!;
}

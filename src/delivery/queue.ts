/** The queue: the only thing of the delivery that lasts. What it is asked for, in memory or on disk. */

import type { Lease } from "./lease.ts";

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

/** Told of events that were given up, of the number of the first of them, and where they can be read while it is told. */
export type TellLoss = (count: number, reason: string, first: number, lines?: () => Uint8Array<ArrayBuffer>) => void;

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
  /** Lends out the oldest lines until `untilMs`; nothing while others are lent out, unless they may be `beside` those. */
  lease(limits: BatchLimits, nowMs: number, untilMs: number, beside?: boolean): Lease | undefined;
  /** Whether lines are lent out. */
  isLeased(nowMs: number): boolean;
  /** Whether the lease still holds: it has not expired into other hands, and its lines have not been given up. */
  holds(lease: Lease): boolean;
  /** Forgets the first lines of a lease that holds: they are delivered, or, with a reason, lost. */
  settle(lease: Lease, count: number): void;
  discard(lease: Lease, count: number, reason: string): void;
  /** Takes back what is left of a lease, to be lent out again. */
  release(lease: Lease): void;
  /** The oldest lines, lent out or not: as many whole ones, each with its line break, as fit into the bytes. */
  peek(maxBytes: number): Uint8Array<ArrayBuffer>;
  /** Forgets everything, lent out or not. */
  clear(reason: string): void;
  /** Whether what it holds survives the process. */
  readonly isDurable?: boolean;
}

/** Makes the queue of a handler, whose name is given; it may find lines that nobody has pushed, and then wakes the delivery. */
export type QueueFactory = (bounds: QueueBounds, tellLoss: TellLoss, name: string, wake: () => void) => Queue;

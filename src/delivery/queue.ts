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

/** Where the time stands in a line, for lines that get theirs only when they are leased: those of a Worker's module scope, whose clock does not run yet. */
export interface LineTime {
  /** Returns the time of a line that has one, in milliseconds since 1970. */
  read(line: string): number;
  /** Writes a time into the bytes of a line that has none; its digits below the millisecond stay. */
  write(line: Uint8Array<ArrayBuffer>, timeMs: number): void;
}

/** Events that were given up. */
export interface Loss {
  readonly count: number;
  readonly reason: string;
  /** The number of the first of them; Infinity where they never had one. */
  readonly first: number;
  /** Returns their lines; callable only during the call that reports the loss. */
  readonly lines?: () => Uint8Array;
}

/** Called with events that a queue has given up. */
export type OnLoss = (loss: Loss) => void;

/** How long a lease is in force. */
export interface LeaseTimes {
  readonly nowMs: number;
  readonly untilMs: number;
}

/** Lines that wait for their delivery. Each has a number: how many were pushed before it. */
export interface Queue {
  /** How many lines it holds, leased ones included. */
  readonly size: number;
  /** How many bytes it holds. */
  readonly bytes: number;
  /** How many lines it has ever accepted. */
  readonly pushed: number;
  /** Returns how many of the lines that were pushed before the one of that number it still holds. */
  countBefore(number: number): number;
  bounds: QueueBounds;
  /** Accepts a line; an undated one begins with a time that is filled in: with that of the first dated one, or when it is leased. */
  push(line: string, undated?: boolean): void;
  /** Turns the lines of the tick into bytes. */
  endTick(): void;
  /** Leases the oldest lines that nobody holds. */
  lease(limits: BatchLimits, times: LeaseTimes): Lease | undefined;
  /** Whether a lease is in force. */
  isLeased(nowMs: number): boolean;
  /** The oldest lines, leased or not: as many whole ones, each with its line break, as fit into the bytes. */
  peek(maxBytes: number): Uint8Array<ArrayBuffer>;
  /** Forgets everything, leased or not. */
  clear(reason: string): void;
  /** Whether what it holds survives the process. */
  readonly isDurable?: boolean;
  /** Whether it still looks for lines that nobody has pushed, such as those of processes that have died: there may be more than are counted. */
  readonly isSearching?: boolean;
  /** How many lines it has found that nobody has pushed. */
  readonly found?: number;
  /** What others have left that is not its own yet: nobody can be certain that they have ended. */
  readonly waiting?: WaitingFolders | undefined;
  /** Looks for nothing any more: it is drained, and then left. */
  retire?(): void;
}

/** Folders of other processes whose events wait until it is certain that their owners have ended. */
export interface WaitingFolders {
  readonly folders: number;
  readonly bytes: number;
}

/** What a queue is made with. */
export interface QueueParts {
  readonly bounds: QueueBounds;
  /** The handler's name. */
  readonly name: string;
  /** Where the lines are to be delivered: what is left for another destination is none of the queue's business. */
  readonly destination?: string | undefined;
  readonly onLoss: OnLoss;
  /** Called when the queue finds lines that nobody has pushed, also while it is made. */
  readonly wake: () => void;
}

/** Makes the queue of a handler. */
export interface QueueFactory {
  (parts: QueueParts): Queue;
  /** What the queue is, in one text: a factory with another one makes another queue. Absent: only the same factory makes the same queue. */
  readonly identity?: string;
}

/** Whether two factories make the same queue, so that one that is there can go on; none makes the queue in memory. */
export function makesSameQueue(one: QueueFactory | undefined, other: QueueFactory | undefined): boolean {
  return one === other || (one?.identity !== undefined && one.identity === other?.identity);
}

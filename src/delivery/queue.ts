/** Declares what a queue offers, in memory or on disk. The queue is the only part of a delivery that outlives a drain. */

import type { LineWriter } from "../event/line_writer.ts";
import type { Lease } from "./lease.ts";

/** What happens to events when the queue is full. */
export type Overflow = "drop-oldest" | "drop-newest";

/** Limits of a batch. */
export interface BatchLimits {
  readonly batchSize: number;
  readonly maxBatchBytes: number;
}

/** Bounds of a queue. */
export interface QueueBounds {
  readonly queueSize: number;
  readonly maxQueueBytes: number;
  readonly overflow: Overflow;
}

/** Finds the timestamp in a line. A Worker's clock stands still at module scope, so lines logged there get theirs when they are leased. */
export interface LineTime {
  /** Returns the timestamp of a dated line, in milliseconds since 1970. */
  read(line: Uint8Array<ArrayBuffer>): number;
  /** Writes a timestamp into the bytes of an undated line, keeping the digits below the millisecond. */
  write(line: Uint8Array<ArrayBuffer>, timeMs: number): void;
}

/** Events that were given up. */
export interface Loss {
  readonly count: number;
  readonly reason: string;
  /** Number of the first of them; Infinity if they were never numbered. */
  readonly first: number;
  /** Returns their lines; callable only during the call that reports the loss. */
  readonly lines?: () => Uint8Array;
}

/** Returns the loss of the line that was written but cannot be queued. Its bytes are copied, because whoever hears of the loss may log. */
export function lossOfLine({ line }: LineWriter, reason: string, first: number): Loss {
  const copy = line.slice();
  return { count: 1, reason, first, lines: () => copy };
}

/** Called with events that a queue gave up. */
export type OnLoss = (loss: Loss) => void;

/** How long a lease is valid. */
export interface LeaseTimes {
  readonly nowMs: number;
  readonly untilMs: number;
}

/**
 * Lines that wait for delivery. A line's number is the count of lines pushed before it.
 *
 * @internal
 */
export interface Queue {
  /** Number of lines, including leased ones. */
  readonly size: number;
  /** Number of bytes, including those of leased lines. */
  readonly bytes: number;
  /** Number of lines ever accepted. */
  readonly pushed: number;
  /** Returns how many lines with a lower number are still queued. */
  countBefore(number: number): number;
  /** How much it may hold. */
  bounds: QueueBounds;
  /** Where the next line is written before it is pushed. */
  readonly out: LineWriter;
  /** Accepts the line in {@linkcode out}. An undated line gets its timestamp from the first dated line, or when it is leased. */
  push(undated?: boolean): void;
  /** Keeps the lines of the tick within the bounds, and stores them. */
  endTick(): void;
  /** Leases the oldest lines that no drain holds. */
  lease(limits: BatchLimits, times: LeaseTimes): Lease | undefined;
  /** Whether a lease is valid at this time. */
  isLeased(nowMs: number): boolean;
  /** Returns the oldest lines, leased or not: as many whole lines, with their line breaks, as fit into `maxBytes`. */
  peek(maxBytes: number): Uint8Array<ArrayBuffer>;
  /** Removes everything, leased or not, for the reason. */
  clear(reason: string): void;
  /** Whether its lines survive the process. */
  readonly isDurable?: boolean;
  /** Whether it still searches for lines of dead processes, so that `size` may be too low. */
  readonly isSearching?: boolean;
  /** Number of lines found that other processes left. */
  readonly found?: number;
  /** Folders it does not take over yet, because their owners may still be alive. */
  readonly waiting?: WaitingFolders | undefined;
  /** Stops the search: this queue is drained and then closed. */
  retire?(): void;
}

/** Folders of other processes that wait until their owners are known to have ended. */
export interface WaitingFolders {
  readonly folders: number;
  readonly bytes: number;
}

/** What a queue is created from. */
export interface QueueParts {
  readonly bounds: QueueBounds;
  /** The handler's name. */
  readonly name: string;
  /** Server that the lines go to. The queue ignores folders whose lines go elsewhere. */
  readonly destination?: string | undefined;
  readonly onLoss: OnLoss;
  /** Called when the queue finds lines of other processes, also during its construction. */
  readonly wake: () => void;
}

/** Creates the queue of a handler. */
export interface QueueFactory {
  /**
   * Creates it.
   *
   * @internal
   */
  (parts: QueueParts): Queue;
  /** Identifies the queue: factories of equal identity create the same queue. Absent, only the factory itself does. */
  readonly identity?: string;
}

/** Returns whether two factories create the same queue, so that the existing queue can go on. Undefined means the queue in memory. */
export function makesSameQueue(one: QueueFactory | undefined, other: QueueFactory | undefined): boolean {
  return one === other || (one?.identity !== undefined && one.identity === other?.identity);
}

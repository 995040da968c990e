/** Declares what a queue offers, in memory or on disk. Between two drains, only the queue holds lines. */

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

/** Reads and writes a line's timestamp. A Worker's clock stands still at module scope, so lines logged there are dated when leased. */
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
  /** Number of the first event; Infinity if the events were never numbered. */
  readonly first: number;
  /** Returns the lines of the events; callable only during the call that reports the loss. */
  readonly lines?: () => Uint8Array;
}

/** Returns the loss of a written line that cannot be queued. The bytes are copied, because a callback may log and overwrite them. */
export function lossOfLine({ line }: LineWriter, reason: string, first: number): Loss {
  const copy = line.slice();
  return { count: 1, reason, first, lines: () => copy };
}

/** Called with events that a queue gave up. */
export type OnLoss = (loss: Loss) => void;

/** When a lease begins and when it expires. */
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
  /** Number of bytes, including leased lines. */
  readonly bytes: number;
  /** Number of lines ever accepted. */
  readonly pushed: number;
  /** Returns how many lines with a lower number are still queued. */
  countBefore(number: number): number;
  /** How much the queue may hold. */
  bounds: QueueBounds;
  /** Where the next line is written before it is pushed. */
  readonly out: LineWriter;
  /** Accepts the line in {@linkcode out}. An undated line gets its timestamp from the first dated line, or when it is leased. */
  push(undated?: boolean): void;
  /** Drops lines beyond the bounds, and stores the lines of the tick. */
  endTick(): void;
  /** Leases the oldest lines that no drain holds. */
  lease(limits: BatchLimits, times: LeaseTimes): Lease | undefined;
  /** Whether a lease is valid at this time. */
  isLeased(nowMs: number): boolean;
  /** Returns the oldest lines, leased or not: as many whole lines, with their line breaks, as fit into `maxBytes`. */
  peek(maxBytes: number): Uint8Array<ArrayBuffer>;
  /** Removes all lines, leased or not, and reports them with the reason. */
  clear(reason: string): void;
  /** Whether the lines survive the process. */
  readonly isDurable?: boolean;
  /** Whether the queue still searches for lines of dead processes, so that `size` may be too low. */
  readonly isSearching?: boolean;
  /** Number of lines of other processes that the queue has found. */
  readonly found?: number;
  /** Folders that the queue does not take over yet, because their owners may still be alive. */
  readonly waiting?: WaitingFolders | undefined;
  /** Stops the search: this queue is drained and then closed. */
  retire?(): void;
}

/** Folders of other processes that are taken over only once their owners are known to have ended. */
export interface WaitingFolders {
  readonly folders: number;
  readonly bytes: number;
}

/** What a queue is created from. */
export interface QueueParts {
  readonly bounds: QueueBounds;
  /** The handler's name. */
  readonly name: string;
  /** Server that receives the lines. The queue ignores folders with lines for other servers. */
  readonly destination?: string | undefined;
  readonly onLoss: OnLoss;
  /** Called when the queue finds lines of other processes, also during construction. */
  readonly wake: () => void;
}

/** A function that creates the queue of a handler. */
export interface QueueFactory {
  /**
   * Creates the queue of one handler.
   *
   * @internal
   */
  (parts: QueueParts): Queue;
  /** Identifies the queue: factories of equal identity create the same queue. A factory without identity equals only itself. */
  readonly identity?: string;
}

/** Returns whether two factories create the same queue, so that the existing queue can be kept. Undefined means the queue in memory. */
export function makesSameQueue(one: QueueFactory | undefined, other: QueueFactory | undefined): boolean {
  return one === other || (one?.identity !== undefined && one.identity === other?.identity);
}

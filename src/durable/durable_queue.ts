/** The queue on disk: decides which lines wait in memory until the tick ends, which are leased, and when lines are written. */

import { runMicrotask, type Timer, unref } from "../runtime/clock.ts";
import { report } from "../diagnostic.ts";
import { type ProcessEnding, processEnding } from "../runtime/writes_at_exit.ts";
import { type DurableOptions, readDurableSettings } from "./durable_options.ts";
import { Lease, type LeaseHolder } from "../delivery/lease.ts";
import { LineWriter } from "../event/line_writer.ts";
import { retryMs } from "./disk_errors.ts";
import { DiskLines, type DiskSettings } from "./disk_lines.ts";
import { HeartbeatSchedule } from "./heartbeat_schedule.ts";
import type { LeasedChunks } from "./chunk_reader.ts";
import { fileSystem } from "../runtime/files.ts";
import { folderPrefix } from "./queue_folder.ts";
import {
  type BatchLimits,
  type LeaseTimes,
  type Loss,
  lossOfLine,
  type OnLoss,
  type Queue,
  type QueueBounds,
  type QueueFactory,
  type QueueParts,
  type WaitingFolders,
} from "../delivery/queue.ts";

/** Settings of a durable queue. */
export interface DurableSettings extends DiskSettings {
  /** How long one turn of a search may block the process. */
  readonly turnMs?: number;
}

/** Most bytes, approximately, of one tick that wait in memory. */
const maxFreshBytes = 65_536;
const lineBreak = 10;
/** Largest array that is kept for the next tick. */
const mostReused = 262_144;
const noBytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
/** Number of heartbeats within `claimAfterMs`. */
const beats = 6;

/** A queue whose lines are on disk. */
export class DurableQueue implements Queue, LeaseHolder {
  /** How much the queue may hold. */
  bounds: QueueBounds;
  readonly isDurable = true;
  readonly #settings: DurableSettings;
  readonly #onLoss: OnLoss;
  readonly #wake: (() => void) | undefined;
  readonly #lines: DiskLines;
  readonly #ending: ProcessEnding = processEnding();
  readonly #looks: HeartbeatSchedule;
  readonly #freshLimit: number;
  /** Lines of this tick, in memory only, and their number. */
  readonly out: LineWriter = new LineWriter();
  #fresh = 0;
  #pushed = 0;
  #found = 0;
  #out: { readonly lease: Lease; readonly leased: LeasedChunks; readonly untilMs: number } | undefined;
  /** Whether the queue has a folder and rewrites its heartbeat. */
  #isOpen = false;
  #isWriting = false;
  #isSaving = false;
  /** Number of the first line, and count of suspect lines, of the lease that was last put back. */
  #suspect = { first: NaN, count: 0 };
  /** Timer of the next attempt to read. */
  #retry: Timer | undefined;

  /**
   * Opens the folder. A failure is reported, and lines stay in memory.
   *
   * @param onLoss Called with events that the queue gives up. The reason `"kept"` marks events that stay on disk.
   * @param wake Called when lines of other processes are found, also during construction.
   */
  constructor(settings: DurableSettings, bounds: QueueBounds, onLoss: OnLoss, wake?: () => void) {
    this.bounds = bounds;
    this.#settings = settings;
    this.#onLoss = onLoss;
    this.#wake = wake;
    this.#lines = new DiskLines(settings, () => this.bounds, onLoss);
    this.#looks = new HeartbeatSchedule({
      clock: settings.clock,
      beatMs: settings.claimAfterMs / beats,
      turnMs: settings.turnMs,
      isLooking: () => this.#lines.isLooking,
      beat: (nowMs) => this.#lines.beat(nowMs),
      look: (nowMs, isOver) => {
        this.#write(nowMs);
        const found = this.#lines.look(nowMs, isOver);
        this.#found += found;
        return found;
      },
      wake: () => this.#wake?.(),
    });
    this.#freshLimit = Math.min(maxFreshBytes, this.#lines.blockBytes);
    this.#open();
  }

  #open(): void {
    this.#isOpen = true;
    this.#ending.writers.add(this);
    if (this.#ending.isNow) return; // too late to take over lines
    this.#looks.start();
  }

  get size(): number {
    return this.#fresh + this.#lines.count + (this.#out?.lease.count ?? 0);
  }
  get bytes(): number {
    return this.out.start + this.#lines.bytes + (this.#out?.lease.bytes ?? 0);
  }
  get pushed(): number {
    return this.#pushed;
  }

  countBefore(number: number): number {
    const lease = this.#out?.lease;
    const isBefore = (first: number, count: number): number => Math.min(count, Math.max(0, number - first));
    const leasedCount = lease === undefined ? 0 : isBefore(lease.first, lease.count);
    return leasedCount + this.#lines.countBefore(number) + isBefore(this.#pushed - this.#fresh, this.#fresh);
  }

  push(): void {
    const { out } = this;
    if (!this.#isOpen) this.#open();
    out.byte(lineBreak);
    if (this.bounds.overflow === "drop-newest" && !this.#lines.hasRoomFor(out.at)) {
      return this.#onLoss(lossOfLine(out, "overflow", this.#pushed));
    }
    out.end();
    this.#pushed++;
    this.#fresh++;
    if (this.#ending.isNow) this.end(this.#ending.isFinal);
    else if (out.start >= this.#freshLimit) this.#write(this.#settings.clock.now());
  }

  /** Writes the lines of the tick to disk. */
  endTick(): void {
    if (!this.#isOpen) return;
    const nowMs = this.#settings.clock.now();
    this.#write(nowMs);
    this.#looks.beatIfDue(nowMs);
  }

  #write(nowMs: number): void {
    const count = this.#fresh;
    if (count === 0 || this.#isWriting) return; // a diagnostic listener may log meanwhile
    const { bytes: written, start } = this.out;
    const bytes = written.subarray(0, start);
    this.#isWriting = true;
    try {
      this.out.use(noBytes);
      this.#fresh = 0;
      const lost = this.#lines.add({ bytes, count, first: this.#pushed - count }, nowMs);
      this.#pushed -= lost;
    } finally {
      this.#isWriting = false;
      if (this.out.bytes === noBytes && written.length <= mostReused) this.out.use(written);
    }
  }

  /** Whether the first search for lines of dead processes is in progress, so that there may be more lines than counted. */
  get isSearching(): boolean {
    return this.#looks.isSearching;
  }
  get found(): number {
    return this.#found;
  }

  /** Folders whose owners seem dead but may still be alive. */
  get waiting(): WaitingFolders | undefined {
    return this.#lines.waiting.folders > 0 ? this.#lines.waiting : undefined;
  }

  /** Stops taking over lines, because this queue is drained and then closed. */
  retire(): void {
    this.#looks.retire();
  }

  isLeased(nowMs: number): boolean {
    return (this.#out !== undefined && nowMs < this.#out.untilMs) || this.#lines.errors.isUnreadable(nowMs);
  }

  /** Leases the oldest lines, read from disk. If reading fails, it is repeated a second later. */
  lease(limits: BatchLimits, { nowMs, untilMs }: LeaseTimes): Lease | undefined {
    if (this.isLeased(nowMs)) return undefined;
    this.endTick();
    this.#putBack(); // an earlier lease has expired: its holder can no longer settle it
    if (this.#isOpen) this.#looks.lookIfDue(nowMs);
    const leased = this.#lines.leaseChunks(limits, nowMs);
    if (this.#lines.errors.isUnreadable(nowMs)) this.#readLater();
    if (leased === undefined) return undefined;
    const lease = new Lease(this, { bytes: leased.bytes, ends: leased.ends, number: leased.first });
    if (this.#suspect.first === lease.first) lease.suspect = Math.min(this.#suspect.count, lease.count);
    this.#out = { lease, leased, untilMs };
    return lease;
  }

  #readLater(): void {
    const { clock } = this.#settings;
    if (this.#retry !== undefined) return;
    this.#retry = unref(clock.setTimeout(() => {
      this.#retry = undefined;
      this.#wake?.();
    }, retryMs));
  }

  #putBack(): void {
    if (this.#out === undefined) return;
    const { lease, leased } = this.#out;
    this.#out = undefined;
    this.#suspect = { first: lease.first, count: lease.suspect };
    this.#lines.putBack(leased);
  }

  holds(lease: Lease): boolean {
    return this.#out?.lease === lease;
  }

  settled(lease: Lease, count: number, bytes: number): void {
    this.#lines.settle(this.#out!.leased, count, bytes);
    if (lease.count === 0) this.#out = undefined;
    this.#saveLater();
  }

  /** Records on disk which lines are settled, once per turn. If the process dies before that, they are delivered twice. */
  #saveLater(): void {
    if (this.#isSaving) return;
    this.#isSaving = true;
    runMicrotask(() => {
      this.#isSaving = false;
      if (this.#isOpen) this.#lines.save(this.#settings.clock.now());
    });
  }

  discarded(lines: Uint8Array<ArrayBuffer>, loss: Loss): void {
    if (loss.reason === "rejected") this.#lines.own.keepRejected(lines);
    this.#onLoss({ ...loss, lines: () => lines });
  }

  released(lease: Lease): void {
    if (this.holds(lease)) this.#putBack();
  }

  peek(maxBytes: number): Uint8Array<ArrayBuffer> {
    this.#write(this.#settings.clock.now());
    return this.#lines.peek(maxBytes);
  }

  /** Leaves lines on disk to the next process, and gives up those that could not be written. A later push opens the queue again. */
  clear(reason: string): void {
    if (this.#isOpen) this.#leave(reason);
  }

  #leave(reason: string): number {
    const { clock } = this.#settings;
    const nowMs = clock.now();
    this.#write(nowMs);
    this.#putBack();
    this.#isOpen = false;
    this.#ending.writers.delete(this);
    this.#looks.stop();
    if (this.#retry !== undefined) clock.clearTimeout(this.#retry);
    this.#retry = undefined;
    return this.#lines.leave(reason, nowMs);
  }

  /** Writes the lines in memory when the process ends. If the end is certain, leaves the lines on disk to the next process. */
  end(isFinal: boolean): void {
    const { clock, name, root } = this.#settings;
    if (!isFinal) {
      this.#write(clock.now());
      return this.#lines.save(clock.now());
    }
    const count = this.#leave("exit");
    if (count === 0) return;
    const message = `${count} events could be neither delivered nor written to ${root}, and are lost (exit)`;
    report({ code: "lost", handler: name, message, count });
  }
}

/**
 * Creates queues on disk, for the option `queue` of a Seq handler on Node, Deno and Bun.
 *
 * All events of a tick are written in one synchronous call when it ends, or when the process exits. They survive the process and, with
 * `fsync`, a crash of the machine. Delivery is at least once: after a crash some events arrive again. Each process has its own folder below
 * `path`; its files are CLEF, which can be read and posted by hand. Another process with the same handler name and server takes over
 * lines that a process leaves: at once if their owner closed the queue or is known to be dead, otherwise after `claimAfterMs` without a
 * heartbeat. While the disk fails, events stay in memory within the handler's bounds. Rejected events are kept in `rejected.clef`.
 *
 * @throws {ConfigError} If an option is wrong, or the folder cannot be used.
 * @example
 * ```ts
 * import { configure, getLogger, shutdown } from "@x/seqlog";
 * import { durableQueue } from "@x/seqlog/durable";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, readdirSync } from "node:fs";
 * import { tmpdir } from "node:os";
 *
 * const path = mkdtempSync(`${tmpdir()}/shop-`);
 * configure({ serverUrl: "http://localhost:1", queue: durableQueue({ path }) });
 * getLogger("shop").warn("{Left} items left", { Left: 3 });
 * await shutdown({ timeoutMs: 100 });
 * assert.equal(readdirSync(path).length, 1); // events that Seq has not received wait there
 * ```
 */
export function durableQueue(options: DurableOptions): QueueFactory {
  const settings = readDurableSettings(options);
  const files = fileSystem()!;
  const make = ({ bounds, name, destination, onLoss, wake }: QueueParts): DurableQueue =>
    new DurableQueue({ ...settings, files, name, prefix: folderPrefix(name, destination) }, bounds, onLoss, wake);
  const { clock: _, ...identity } = settings; // no option can change while the queue is open: other options mean another queue
  return Object.assign(make, { identity: JSON.stringify(identity) });
}

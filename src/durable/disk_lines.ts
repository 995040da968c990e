/** Keeps the lines of one queue: on disk, and in memory while the disk fails. */

import { type Block, ChunkList, type FileChunk, firstLines, isGone } from "./chunk_file.ts";
import { DiskErrors, type Gone, reportGone } from "./disk_errors.ts";
import { type ChunkSettings, ChunkStore } from "./chunk_store.ts";
import { leaseChunks, type LeasedChunks, type ReadChunk, readWhole, settle } from "./chunk_reader.ts";
import { OwnFolder, type OwnFolderSettings } from "./queue_folder.ts";
import { reportUnreadable, Takeover, type TakeoverSettings } from "./takeover.ts";
import { type FileSystem, ignoreErrors, isAbsence, privateFiles } from "../runtime/files.ts";
import type { BatchLimits, OnLoss, QueueBounds, WaitingFolders } from "../delivery/queue.ts";

type PrivateSettings = ChunkSettings & TakeoverSettings & OwnFolderSettings;

export interface DiskSettings extends Omit<PrivateSettings, "files"> {
  readonly files: FileSystem;
  /** Most bytes on disk. */
  readonly maxBytes: number;
}

/** A bounded store has at least 8 pieces, because the oldest piece is dropped as a whole. */
const pieces = 8;

export class DiskLines {
  readonly #settings: DiskSettings & PrivateSettings;
  readonly #bounds: () => QueueBounds;
  readonly #onLoss: OnLoss;
  readonly errors: DiskErrors;
  readonly own: OwnFolder;
  #store: ChunkStore;
  #takeover: Takeover;
  #row = new ChunkList();

  /** @param bounds Returns the current bounds. */
  constructor(settings: DiskSettings, bounds: () => QueueBounds, onLoss: OnLoss) {
    const { maxBytes, chunkBytes, name, root } = settings;
    this.#settings = { ...settings, files: privateFiles(settings.files), chunkBytes: Math.min(chunkBytes, Math.ceil(maxBytes / pieces)) };
    this.#bounds = bounds;
    this.#onLoss = onLoss;
    this.errors = new DiskErrors(name, root);
    this.own = new OwnFolder(this.#settings);
    this.#store = new ChunkStore(this.#settings);
    this.#takeover = new Takeover(this.#settings, this.#store);
  }

  /** Most bytes to add at once. */
  get blockBytes(): number {
    return this.#settings.chunkBytes;
  }

  /** Count and bytes of the unleased lines. */
  get count(): number {
    return this.#row.count;
  }
  get bytes(): number {
    return this.#row.bytes;
  }

  countBefore(number: number): number {
    return this.#row.countBefore(number);
  }

  /** Whether `bytes` more fit without dropping lines. */
  hasRoomFor(bytes: number): boolean {
    const isOnDisk = !this.errors.isNow;
    if (bytes <= this.#room(isOnDisk)) return true;
    return isOnDisk && ignoreErrors(() => this.#save()) && bytes <= this.#room(isOnDisk); // settled chunks may still be on disk
  }

  #room(isOnDisk: boolean): number {
    return isOnDisk ? this.#settings.maxBytes - this.#store.bytes : this.#bounds().maxQueueBytes - this.#row.memoryBytes;
  }

  /** Adds lines, on disk or in memory. Returns how many lines at the end of the block did not fit. */
  add(block: Block, nowMs: number): number {
    if (this.recover(nowMs)) {
      try {
        const fitting = this.#fit(block, true);
        if (fitting.count > 0) this.#append(fitting, nowMs);
        return block.count - fitting.count;
      } catch (error) {
        this.errors.begin(error, nowMs);
      }
    }
    const fitting = this.#fit(block, false);
    const pieceBytes = Math.min(this.blockBytes, Math.ceil(this.#bounds().maxQueueBytes / pieces));
    if (fitting.count > 0) this.#row.hold(fitting, pieceBytes);
    return block.count - fitting.count;
  }

  /** Makes room for lines. If there is too little, drops the last lines of the block. */
  #fit(block: Block, isOnDisk: boolean): Block {
    const fitting = firstLines(block, this.#makeRoom(block.bytes.length, isOnDisk));
    const count = block.count - fitting.count;
    const lines = (): Uint8Array<ArrayBuffer> => block.bytes.subarray(fitting.bytes.length);
    if (count > 0) this.#onLoss({ count, reason: "overflow", first: block.first + fitting.count, lines });
    return fitting;
  }

  /** Makes room for `bytes`, as far as the bounds allow. Returns the bytes available. */
  #makeRoom(bytes: number, isOnDisk: boolean): number {
    const drops = this.#bounds().overflow === "drop-oldest";
    if (isOnDisk && bytes > this.#room(isOnDisk)) this.#save();
    while (drops && bytes > this.#room(isOnDisk) && this.#dropOldest(isOnDisk));
    return this.#room(isOnDisk);
  }

  /** Drops the oldest chunk without leased lines. Returns false if there is none. */
  #dropOldest(isOnDisk: boolean): boolean {
    const chunk = this.#row.oldest(isOnDisk);
    if (chunk === undefined) return false;
    const { count, first, from, end } = chunk;
    this.#row.forget(chunk);
    this.#onLoss({ count, reason: "overflow", first, lines: () => readWhole([{ chunk, from, end }], Infinity, this.#read) });
    if (isOnDisk) {
      this.#store.cut(chunk, end - from);
      this.#save();
    }
    return true;
  }

  #append(block: Block, nowMs: number): void {
    const { bytes, count, first } = block;
    this.#insist(() => {
      const chunk = this.#store.append(this.own.open(nowMs).path, bytes, count, first);
      if (chunk !== undefined) this.#row.noteAdded(chunk, block);
      return chunk !== undefined;
    });
  }

  /** Repeats work once if it returns false because files were gone. */
  #insist(work: () => boolean): void {
    if (work()) return;
    this.#forgetGone();
    if (!work()) throw new Error("its files keep being deleted");
  }

  readonly #read: ReadChunk = (...place) => this.#store.read(...place);

  /** Leases the oldest lines that can be read. */
  leaseChunks(limits: BatchLimits, nowMs: number): LeasedChunks | undefined {
    while (this.count > 0 && !this.errors.isUnreadable(nowMs)) {
      const { leased, damaged, failed } = leaseChunks(this.#row, limits, this.#read);
      if (damaged !== undefined) this.#giveUp(damaged);
      if (failed !== undefined) this.#retryLater(failed.chunk, failed.error, nowMs);
      if (leased.spans.length > 0) return leased;
    }
    return undefined;
  }

  /** Schedules another attempt to read a chunk, or skips the chunk after several failures. */
  #retryLater(chunk: FileChunk, error: unknown, nowMs: number): void {
    const { count, first, from, file } = chunk;
    if (isAbsence(error) && ignoreErrors(() => this.#forgetGone()) && isGone(chunk)) return;
    chunk.failures = (chunk.failures ?? 0) + 1;
    const mayPass = this.errors.noteUnreadable(file!.path, chunk.failures, error, nowMs);
    if (!mayPass || !ignoreErrors(() => this.#takeover.passBy(this.#store.passBy(chunk), from, count))) return;
    this.errors.retryReadMs = -Infinity;
    this.#row.forget(chunk);
    this.#row.remove(chunk);
    this.#onLoss({ count, reason: "unreadable", first });
    reportUnreadable(this.#settings.name, file!, error, count);
  }

  /** Gives up the rest of a chunk, because its file lacks lines or has uncounted line breaks. */
  #giveUp(chunk: FileChunk): void {
    const { count, first, from, end } = chunk;
    this.#row.forget(chunk);
    this.#store.cut(chunk, end - from);
    this.#reportGone([{ count, first }]);
  }

  /** Forgets chunks that are gone from disk. May throw an error of the file system. */
  #forgetGone(): void {
    const isThere = this.own.isThere();
    if (!isThere) this.#takeover.forget();
    if (!isThere) this.#store.close();
    const gone: Gone[] = [];
    for (const chunk of this.#row.all.filter((one) => one.file !== undefined && !(isThere && this.#store.has(one)))) {
      gone.push({ count: chunk.count, first: chunk.first });
      this.#store.forget(chunk);
      this.#row.forget(chunk);
      this.#row.remove(chunk);
    }
    this.#reportGone(gone);
  }

  #reportGone(gone: readonly Gone[]): void {
    const { name, root } = this.#settings;
    reportGone({ gone, handler: name, root, isTaken: this.own.isTaken, onLoss: this.#onLoss });
  }

  /** Settles the first lines of a lease, which are `bytes` long. */
  settle(leased: LeasedChunks, count: number, bytes: number): void {
    for (const settled of settle(leased, count, bytes)) {
      const { chunk } = settled;
      if (isGone(chunk)) continue;
      this.#row.settle(chunk, settled.bytes);
      this.#store.settle(chunk);
    }
  }

  /** Returns the rest of a lease to its chunks. */
  putBack({ spans }: LeasedChunks): void {
    const gone = spans.filter(({ chunk }) => isGone(chunk));
    for (const { chunk, count, bytes } of spans) if (!isGone(chunk)) this.#row.leaseChunks(chunk, -count, -bytes);
    this.#reportGone(gone.map(({ chunk, count }) => ({ count, first: chunk.first - count })));
  }

  peek(maxBytes: number): Uint8Array<ArrayBuffer> {
    return readWhole(this.#row.all.map((chunk) => ({ chunk, from: chunk.settled, end: chunk.end })), maxBytes, this.#read);
  }

  /** Records on disk which lines are settled. */
  save(nowMs: number): void {
    this.#guard(nowMs, () => this.#save());
  }

  /** Runs work on the disk. If the work throws, marks the disk as failing and returns false. */
  #guard(nowMs: number, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.errors.begin(error, nowMs);
      return false;
    }
  }

  #save(): void {
    try {
      this.#store.save();
    } catch (error) {
      if (!isAbsence(error)) throw error;
      this.#forgetGone();
      this.#store.save();
    }
  }

  /** Rewrites the heartbeat. A failure is not reported, because the next write will report it. */
  beat(nowMs: number): void {
    ignoreErrors(() => this.own.beat(nowMs) || this.#forgetGone());
  }

  /** Whether a search for dead processes' lines is in progress. */
  get isLooking(): boolean {
    return this.#takeover.isLooking;
  }

  /** Folders whose owners seem dead but may still be alive. */
  get waiting(): WaitingFolders {
    return this.#takeover.waiting;
  }

  /**
   * Takes over the lines of dead processes, in small steps.
   *
   * @returns Number of lines found, once the search is over; 0 before.
   */
  look(nowMs: number, isOver: () => boolean): number {
    this.#guard(nowMs, () => this.recover(nowMs) && this.own.open(nowMs));
    if (this.errors.isNow && !this.errors.isFull) return 0;
    let count = 0;
    this.#guard(nowMs, () => {
      const chunks = this.#takeover.look(this.own, nowMs, isOver);
      this.#row.prepend(chunks);
      const readable = this.#takeover.popReadable();
      if (readable > 0) this.#onLoss({ count: -readable, reason: "unreadable", first: Infinity }); // cancels an earlier loss
      if (chunks.length > 0) this.#makeRoom(0, true); // the bounds also cover lines taken over
      count = chunks.reduce((sum, chunk) => sum + chunk.count, 0);
    });
    return count;
  }

  /** Moves lines from memory to disk, if the disk has failed and a retry is due. Returns whether the disk works. */
  recover(nowMs: number, isLast = false): boolean {
    if (!this.errors.isNow) return true;
    if (!isLast && !this.errors.isDue(nowMs)) return false;
    const isWell = this.#guard(nowMs, () => {
      this.own.open(nowMs);
      for (const chunk of this.#row.all.filter(({ bytes }) => bytes !== undefined)) this.#move(chunk, nowMs);
      this.#save();
    });
    if (isWell) this.errors.end();
    return isWell;
  }

  /** Moves a chunk from memory to disk. */
  #move(chunk: FileChunk, nowMs: number): void {
    const { settled, end } = chunk;
    if (this.#makeRoom(end - settled, true) < end - settled) throw new Error("the option maxBytes leaves no room");
    this.#insist(() => this.#store.move(this.own.open(nowMs).path, chunk));
    this.#row.memoryBytes -= end;
  }

  /** Leaves lines on disk to the next process and gives up the lines in memory. Returns how many lines it gives up. */
  leave(reason: string, nowMs: number): number {
    this.recover(nowMs, true);
    this.save(nowMs);
    const chunks = this.#row.all;
    this.#store.close();
    this.own.leave();
    this.#takeover.leave();
    this.#store = new ChunkStore(this.#settings);
    this.#takeover = new Takeover(this.#settings, this.#store);
    this.#row = new ChunkList();
    this.errors.isNow = false;
    let lost = 0;
    for (const { count, first, file, bytes, from, end } of chunks) {
      if (count === 0) continue;
      if (file === undefined) lost += count;
      if (file === undefined) this.#onLoss({ count, reason, first, lines: () => bytes!.subarray(from, end) });
      else this.#onLoss({ count, reason: "kept", first });
    }
    return lost;
  }
}

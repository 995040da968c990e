/** Where lines are kept: on disk, and in memory while the disk fails. */

import { type Block, ChunkList, type FileChunk, firstLines, isGone } from "./chunk_file.ts";
import { DiskErrors, type Gone, reportGone } from "./disk_errors.ts";
import { type ChunkSettings, ChunkStore } from "./chunk_store.ts";
import { leaseChunks, type LeasedChunks, type ReadChunk, readWhole, settle } from "./chunk_reader.ts";
import { OwnFolder, type OwnFolderSettings } from "./queue_folder.ts";
import { reportUnreadable, Takeover, type TakeoverSettings } from "./takeover.ts";
import { type FileSystem, ignoreErrors, isAbsence, privateFiles } from "../runtime/files.ts";
import type { BatchLimits, OnLoss, QueueBounds, WaitingFolders } from "../delivery/queue.ts";

type PrivateSettings = ChunkSettings & TakeoverSettings & OwnFolderSettings;

/** How lines are kept. */
export interface DiskSettings extends Omit<PrivateSettings, "files"> {
  readonly files: FileSystem;
  /** The most bytes on disk. */
  readonly maxBytes: number;
}

/** Into how many pieces at least a bounded place is parted, for the oldest piece goes whole. */
const pieces = 8;

/** The lines of one queue. */
export class DiskLines {
  readonly #settings: DiskSettings & PrivateSettings;
  readonly #bounds: () => QueueBounds;
  readonly #onLoss: OnLoss;
  readonly errors: DiskErrors;
  readonly own: OwnFolder;
  #store: ChunkStore;
  #takeover: Takeover;
  #row = new ChunkList();

  /** @param bounds Asked for the bounds that are in force. */
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

  /** The most bytes that should be added at once. */
  get blockBytes(): number {
    return this.#settings.chunkBytes;
  }

  /** How many lines are not lent out, and their bytes. */
  get count(): number {
    return this.#row.count;
  }
  get bytes(): number {
    return this.#row.bytes;
  }

  countBefore(number: number): number {
    return this.#row.countBefore(number);
  }

  /** Whether so many bytes find room without a loss. */
  hasRoomFor(bytes: number): boolean {
    const isOnDisk = !this.errors.isNow;
    if (bytes <= this.#room(isOnDisk)) return true;
    return isOnDisk && ignoreErrors(() => this.#save()) && bytes <= this.#room(isOnDisk); // what is settled may not be deleted yet
  }

  #room(isOnDisk: boolean): number {
    return isOnDisk ? this.#settings.maxBytes - this.#store.bytes : this.#bounds().maxQueueBytes - this.#row.memoryBytes;
  }

  /** Keeps lines; answers how many of the last had no room. */
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

  /** Makes room for lines, or leaves out the last of them. */
  #fit(block: Block, isOnDisk: boolean): Block {
    const fitting = firstLines(block, this.#makeRoom(block.bytes.length, isOnDisk));
    const count = block.count - fitting.count;
    const lines = (): Uint8Array<ArrayBuffer> => block.bytes.subarray(fitting.bytes.length);
    if (count > 0) this.#onLoss({ count, reason: "overflow", first: block.first + fitting.count, lines });
    return fitting;
  }

  /** Makes room for so many bytes, as far as that may be; answers for how many there is. */
  #makeRoom(bytes: number, isOnDisk: boolean): number {
    const drops = this.#bounds().overflow === "drop-oldest";
    if (isOnDisk && bytes > this.#room(isOnDisk)) this.#save();
    while (drops && bytes > this.#room(isOnDisk) && this.#dropOldest(isOnDisk));
    return this.#room(isOnDisk);
  }

  /** Gives up the oldest chunk of which nothing is lent out; false where there is none. */
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

  /** Does it once more if it failed because files are gone. */
  #insist(work: () => boolean): void {
    if (work()) return;
    this.#forgetGone();
    if (!work()) throw new Error("its files are deleted again and again");
  }

  readonly #read: ReadChunk = (...place) => this.#store.read(...place);

  /** Lends out the oldest lines that can be read. */
  leaseChunks(limits: BatchLimits, nowMs: number): LeasedChunks | undefined {
    while (this.count > 0 && !this.errors.isUnreadable(nowMs)) {
      const { leased, damaged, failed } = leaseChunks(this.#row, limits, this.#read);
      if (damaged !== undefined) this.#giveUp(damaged);
      if (failed !== undefined) this.#retryLater(failed.chunk, failed.error, nowMs);
      if (leased.spans.length > 0) return leased;
    }
    return undefined;
  }

  /** Lets a chunk that cannot be read be tried again; one that fails again and again is passed by. */
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

  /** Gives up what is left of a chunk: its lines are not in its file any more, or there are line breaks that nobody has counted. */
  #giveUp(chunk: FileChunk): void {
    const { count, first, from, end } = chunk;
    this.#row.forget(chunk);
    this.#store.cut(chunk, end - from);
    this.#reportGone([{ count, first }]);
  }

  /** Forgets what is no more on disk. May throw what files throw. */
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

  /** Forgets the first lines of a loan, which have so many bytes. */
  settle(leased: LeasedChunks, count: number, bytes: number): void {
    for (const settled of settle(leased, count, bytes)) {
      const { chunk } = settled;
      if (isGone(chunk)) continue;
      this.#row.settle(chunk, settled.bytes);
      this.#store.settle(chunk);
    }
  }

  /** Takes back what is left of a loan. */
  putBack({ spans }: LeasedChunks): void {
    const gone = spans.filter(({ chunk }) => isGone(chunk));
    for (const { chunk, count, bytes } of spans) if (!isGone(chunk)) this.#row.leaseChunks(chunk, -count, -bytes);
    this.#reportGone(gone.map(({ chunk, count }) => ({ count, first: chunk.first - count })));
  }

  peek(maxBytes: number): Uint8Array<ArrayBuffer> {
    return readWhole(this.#row.all.map((chunk) => ({ chunk, from: chunk.settled, end: chunk.end })), maxBytes, this.#read);
  }

  /** Writes down what is settled. */
  save(nowMs: number): void {
    this.#guard(nowMs, () => this.#save());
  }

  /** Does something on the disk; returns false where that fails, which begins an outage of the disk. */
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

  /** Shows that the owner lives. A failure has no word of its own: if the disk fails, the next lines show it. */
  beat(nowMs: number): void {
    ignoreErrors(() => this.own.beat(nowMs) || this.#forgetGone());
  }

  /** Whether a look for what the dead have left has begun that is not over. */
  get isLooking(): boolean {
    return this.#takeover.isLooking;
  }

  /** Folders of others that seem to have lost their owner, and are not taken over yet. */
  get waiting(): WaitingFolders {
    return this.#takeover.waiting;
  }

  /**
   * Takes over what the dead have left, a little in each turn.
   *
   * @returns How many lines were found once the look is over; before, 0.
   */
  look(nowMs: number, isOver: () => boolean): number {
    this.#guard(nowMs, () => this.recover(nowMs) && this.own.open(nowMs));
    if (this.errors.isNow && !this.errors.isFull) return 0;
    let count = 0;
    this.#guard(nowMs, () => {
      const chunks = this.#takeover.look(this.own, nowMs, isOver);
      this.#row.prepend(chunks);
      const readable = this.#takeover.takeReadable();
      if (readable > 0) this.#onLoss({ count: -readable, reason: "unreadable", first: Infinity }); // they are not lost after all
      if (chunks.length > 0) this.#makeRoom(0, true); // the bound holds for what is taken over, too
      count = chunks.reduce((sum, chunk) => sum + chunk.count, 0);
    });
    return count;
  }

  /** Moves what is in memory to the disk, if that has failed and it is time to try it again; answers whether the disk is well. */
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

  /** Moves a chunk from memory to the disk. */
  #move(chunk: FileChunk, nowMs: number): void {
    const { settled, end } = chunk;
    if (this.#makeRoom(end - settled, true) < end - settled) throw new Error("the option maxBytes leaves no room");
    this.#insist(() => this.#store.move(this.own.open(nowMs).path, chunk));
    this.#row.memoryBytes -= end;
  }

  /** Leaves what is on disk to whoever comes next, and gives up what is not; answers how many lines that are. */
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

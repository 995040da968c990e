/** Where lines are kept: on disk, and in memory while the disk fails. */

import { report } from "../diagnostic.ts";
import { type Block, ChunkList, type FileChunk, isGone, lineBreak } from "./chunk_file.ts";
import { DiskErrors } from "./disk_errors.ts";
import { type ChunkSettings, ChunkStore } from "./chunk_store.ts";
import { lend, type Loan, type ReadChunk, readWhole, settle } from "./chunk_reader.ts";
import { OwnFolder } from "./queue_folder.ts";
import { Takeover, type TakeoverSettings } from "./takeover.ts";
import { type FileSystem, ignoreErrors, isAbsence, privateFiles } from "../runtime/files.ts";
import type { BatchLimits, OnLoss, QueueBounds } from "../delivery/queue.ts";

type PrivateSettings = ChunkSettings & TakeoverSettings;

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
  readonly #errors: DiskErrors;
  readonly #own: OwnFolder;
  #store: ChunkStore;
  #takeover: Takeover;
  #row = new ChunkList();

  /** @param bounds Asked for the bounds that are in force. */
  constructor(settings: DiskSettings, bounds: () => QueueBounds, onLoss: OnLoss) {
    const { maxBytes, chunkBytes, name, root } = settings;
    this.#settings = { ...settings, files: privateFiles(settings.files), chunkBytes: Math.min(chunkBytes, Math.ceil(maxBytes / pieces)) };
    this.#bounds = bounds;
    this.#onLoss = onLoss;
    this.#errors = new DiskErrors(name, root);
    this.#own = new OwnFolder(this.#settings);
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
    const isOnDisk = !this.#errors.isNow;
    if (bytes <= this.#room(isOnDisk)) return true;
    return isOnDisk && ignoreErrors(() => this.#save()) && bytes <= this.#room(isOnDisk); // what is settled may not be deleted yet
  }

  #room(isOnDisk: boolean): number {
    return isOnDisk ? this.#settings.maxBytes - this.#store.bytes : this.#bounds().maxQueueBytes - this.#row.memoryBytes;
  }

  // ---- in ----

  /** Keeps lines; answers how many of the last had no room. */
  add(block: Block, nowMs: number): number {
    if (this.recover(nowMs)) {
      try {
        const fitting = this.#fit(block, true);
        if (fitting.count > 0) this.#append(fitting, nowMs);
        return block.count - fitting.count;
      } catch (error) {
        this.#errors.begin(error, nowMs);
      }
    }
    const fitting = this.#fit(block, false);
    const pieceBytes = Math.min(this.blockBytes, Math.ceil(this.#bounds().maxQueueBytes / pieces));
    if (fitting.count > 0) this.#row.hold(fitting, pieceBytes);
    return block.count - fitting.count;
  }

  /** Makes room for lines, or leaves out the last of them. */
  #fit(block: Block, isOnDisk: boolean): Block {
    const { bytes, first } = block;
    let { count } = block;
    let { length } = bytes;
    const room = this.#makeRoom(length, isOnDisk);
    for (; length > room && count > 0; count--) length = count === 1 ? 0 : bytes.lastIndexOf(lineBreak, length - 2) + 1;
    if (count === block.count) return block;
    this.#onLoss({ count: block.count - count, reason: "overflow", first: first + count, lines: () => bytes.subarray(length) });
    return { bytes: bytes.subarray(0, length), count, first };
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
      const chunk = this.#store.append(this.#own.open(nowMs).path, bytes, count, first);
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

  // ---- out ----

  readonly #read: ReadChunk = (...place) => this.#store.read(...place);

  /** Lends out the oldest lines. May throw what files throw; nothing is lent out then. */
  lend(limits: BatchLimits): Loan | undefined {
    while (this.count > 0) {
      const before = this.count;
      try {
        const { loan, damaged } = lend(this.#row, limits, this.#read);
        if (damaged !== undefined) this.#giveUp(damaged);
        if (loan.spans.length > 0) return loan;
      } catch (error) {
        if (!isAbsence(error)) throw error;
        this.#forgetGone();
        if (this.count === before) throw error;
      }
    }
    return undefined;
  }

  /** Gives up what is left of a chunk: its lines are not in its file any more, or there are line breaks that nobody has counted. */
  #giveUp(chunk: FileChunk): void {
    const { count, first, from, end } = chunk;
    this.#row.forget(chunk);
    this.#store.cut(chunk, end - from);
    this.#tellGone([{ count, first }]);
  }

  /** Forgets what is no more on disk. May throw what files throw. */
  #forgetGone(): void {
    const isThere = this.#own.isThere();
    if (!isThere) this.#takeover.forget();
    if (!isThere) this.#store.close();
    const gone = this.#row.all.filter((chunk) => chunk.file !== undefined && !(isThere && this.#store.has(chunk)));
    const lines = gone.map(({ count, first }) => ({ count, first }));
    for (const chunk of gone) {
      this.#store.forget(chunk);
      this.#row.forget(chunk);
      this.#row.remove(chunk);
    }
    this.#tellGone(lines);
  }

  #tellGone(gone: readonly Pick<Block, "count" | "first">[]): void {
    const count = gone.reduce((sum, one) => sum + one.count, 0);
    if (count === 0) return;
    const { name: handler, root } = this.#settings;
    for (const one of gone) if (one.count > 0) this.#onLoss({ count: one.count, reason: "gone", first: one.first });
    const what = count === 1 ? "1 event is" : `${count} events are`;
    const message = `${what} no more where this process had put them, below ${root}`;
    const hint = "Another process has taken them over and delivers them, or their files were deleted";
    report({ code: "gone", handler, message, hint, count });
  }

  /** Forgets the first lines of a loan, which have so many bytes. */
  settle(loan: Loan, count: number, bytes: number): void {
    for (const settled of settle(loan, count, bytes)) {
      const { chunk } = settled;
      if (isGone(chunk)) continue;
      this.#row.settle(chunk, settled.bytes);
      this.#store.settle(chunk);
    }
  }

  /** Takes back what is left of a loan. */
  putBack({ spans }: Loan): void {
    const gone = spans.filter(({ chunk }) => isGone(chunk));
    for (const { chunk, count, bytes } of spans) if (!isGone(chunk)) this.#row.lend(chunk, -count, -bytes);
    this.#tellGone(gone.map(({ chunk, count }) => ({ count, first: chunk.first - count })));
  }

  peek(maxBytes: number): Uint8Array<ArrayBuffer> {
    return readWhole(this.#row.all.map((chunk) => ({ chunk, from: chunk.settled, end: chunk.end })), maxBytes, this.#read);
  }

  // ---- the disk ----

  /** Writes down what is settled. */
  save(nowMs: number): void {
    try {
      this.#save();
    } catch (error) {
      this.#errors.begin(error, nowMs);
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
  beat(): void {
    ignoreErrors(() => this.#own.beat() || this.#forgetGone());
  }

  /** Takes over what the dead have left, with numbers from one on; answers how many lines that are. */
  look(first: number, nowMs: number): number {
    try {
      if (this.recover(nowMs)) this.#own.open(nowMs);
    } catch (error) {
      this.#errors.begin(error, nowMs);
    }
    if (this.#errors.isNow && !this.#errors.isFull) return 0;
    try {
      const chunks = this.#claim(nowMs);
      this.#row.prepend(chunks, first);
      return chunks.reduce((sum, { count }) => sum + count, 0);
    } catch (error) {
      this.#errors.begin(error, nowMs);
      return 0;
    }
  }

  #claim(nowMs: number): FileChunk[] {
    const adopted = this.#own.folder === undefined ? this.#takeover.adopt(nowMs) : undefined;
    const folder = (this.#own.folder ??= adopted?.folder);
    const claimed = folder === undefined ? [] : this.#takeover.claim(folder, nowMs);
    return [...claimed, ...(adopted?.chunks ?? [])];
  }

  /** Moves what is in memory to the disk, if that has failed and it is time to try it again; answers whether the disk is well. */
  recover(nowMs: number, isLast = false): boolean {
    if (!this.#errors.isNow) return true;
    if (!isLast && !this.#errors.isDue(nowMs)) return false;
    try {
      this.#own.open(nowMs);
      for (const chunk of this.#row.all.filter(({ bytes }) => bytes !== undefined)) this.#move(chunk, nowMs);
      this.#save();
    } catch (error) {
      this.#errors.begin(error, nowMs);
      return false;
    }
    this.#errors.end();
    return true;
  }

  /** Moves a chunk from memory to the disk. */
  #move(chunk: FileChunk, nowMs: number): void {
    const { settled, end } = chunk;
    if (this.#makeRoom(end - settled, true) < end - settled) throw new Error("the option maxBytes leaves no room");
    this.#insist(() => this.#store.move(this.#own.open(nowMs).path, chunk));
    this.#row.memoryBytes -= end;
  }

  /** Keeps lines that the server has rejected, separated by line breaks. */
  keepRejected(lines: Uint8Array): void {
    this.#own.keepRejected(lines);
  }

  /** Leaves what is on disk to whoever comes next, and gives up what is not; answers how many lines that are. */
  leave(reason: string, nowMs: number): number {
    this.recover(nowMs, true);
    this.save(nowMs);
    const chunks = this.#row.all.map((chunk) => ({ ...chunk, isKept: chunk.file !== undefined }));
    this.#store.close();
    this.#own.leave();
    this.#store = new ChunkStore(this.#settings);
    this.#takeover = new Takeover(this.#settings, this.#store);
    this.#row = new ChunkList();
    this.#errors.isNow = false;
    for (const { count, first, isKept, bytes, from, end } of chunks) {
      if (isKept && count > 0) this.#onLoss({ count, reason: "kept", first });
      else if (count > 0) this.#onLoss({ count, reason, first, lines: () => bytes!.subarray(from, end) });
    }
    return chunks.reduce((sum, { count, isKept }) => sum + (isKept ? 0 : count), 0);
  }
}

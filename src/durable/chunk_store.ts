/**
 * Stores chunks in files: appends lines, reads them, and deletes the files once all lines are settled. Every method may throw errors of the
 * file system.
 */

import { bookmarkFiles, writeBookmark } from "./bookmark.ts";
import { type ChunkPath, chunkPath, type FileChunk, newChunk, passedByPath } from "./chunk_file.ts";
import { lastNumber, type OnUnreadable, openChunk, openChunks } from "./recovery.ts";
import { ignoreErrors, isAbsence, type PrivateFiles, sizeOf, syncFolder, unlink, withFile, writeAll } from "../runtime/files.ts";

/** How chunks are stored. */
export interface ChunkSettings {
  readonly files: PrivateFiles;
  /** Size limit of a chunk's file, unless a single block is larger. */
  readonly chunkBytes: number;
  /** Whether each write waits for the disk. */
  readonly fsync: boolean;
}

/** The chunks of several folders, one of which is open for writing. */
export class ChunkStore {
  readonly #settings: ChunkSettings;
  #writing: { readonly descriptor: number; readonly chunk: FileChunk } | undefined;
  #lastNumber = 0;
  #bytes = 0;
  /** Paths of the chunks in each folder. */
  readonly #paths = new Map<string, Set<string>>();
  /** Chunks to delete and, by folder, the chunk to which the next bookmark points. */
  readonly #settled = new Set<FileChunk>();
  readonly #begun = new Map<string, FileChunk>();
  /** Chunks found damaged while they were written to. */
  readonly #damaged = new WeakSet<FileChunk>();

  constructor(settings: ChunkSettings) {
    this.#settings = settings;
  }

  /** Total size of the files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Opens the chunks of a folder, one per step. Later writes to this folder come after them. */
  *open(folder: string, onUnreadable: OnUnreadable): Generator<FileChunk | undefined, void> {
    const { files } = this.#settings;
    this.#lastNumber = Math.max(this.#lastNumber, lastNumber(files, folder));
    let isEmpty = true;
    const keep: OnUnreadable = (file, offset, error) => {
      isEmpty = false;
      const passed = passedByPath(file, offset);
      // otherwise, a bookmark would count it
      const isRenamed = file.isPassedBy !== true && ignoreErrors(() => files.renameSync(file.path, passed.path));
      onUnreadable(isRenamed ? passed : file, offset, error);
    };
    for (const chunk of openChunks(files, folder, keep)) {
      if (chunk !== undefined) this.#note(chunk, chunk.end);
      isEmpty &&= chunk === undefined;
      yield chunk;
    }
    if (isEmpty) this.#deleteFolder(folder);
  }

  /** Opens a chunk that was unreadable before. Returns `undefined` if it has no lines after the offset. */
  openOne(file: ChunkPath, offset: number): FileChunk | undefined {
    const chunk = openChunk(this.#settings.files, file, offset);
    if (chunk !== undefined) this.#note(chunk, chunk.end);
    return chunk;
  }

  /** Renames the file of an unreadable chunk and forgets it, so that later chunks can be delivered and no bookmark counts it. */
  passBy(chunk: FileChunk): ChunkPath {
    const passed = passedByPath(chunk.file!, chunk.settled);
    this.#settings.files.renameSync(chunk.file!.path, passed.path);
    this.forget(chunk);
    return passed;
  }

  /** Records that the file of a chunk has grown. */
  #note({ file }: FileChunk, bytes: number): void {
    const { folder, path } = file!;
    const paths = this.#paths.get(folder) ?? new Set();
    this.#paths.set(folder, paths.add(path));
    this.#bytes += bytes;
  }

  /** Records that the file of a chunk is gone. */
  #noteGone({ file, end }: FileChunk): void {
    this.#paths.get(file!.folder)?.delete(file!.path);
    this.#bytes -= end;
  }

  /** Appends lines in one write. Returns their chunk, or `undefined` if its file is gone from its path. */
  append(folder: string, block: Uint8Array, count: number, first: number): FileChunk | undefined {
    const open = this.#writing?.chunk;
    const fits = open !== undefined && open.end + block.length <= this.#settings.chunkBytes && open.first + open.count === first;
    const chunk = fits ? open : this.#begin(newChunk(undefined, first), folder);
    if (chunk === undefined || !this.#write(block)) return undefined;
    chunk.end += block.length;
    chunk.count += count;
    return chunk;
  }

  /** Moves the lines of a chunk from memory to a file. Returns false if that file is gone from its path. */
  move(folder: string, chunk: FileChunk): boolean {
    const { bytes, settled, end } = chunk;
    const block = bytes!.subarray(settled, end);
    const moved = { ...chunk, from: chunk.from - settled, settled: 0, end: 0 };
    if (this.#begin(moved, folder) === undefined || !this.#write(block)) return false;
    Object.assign(chunk, moved, { bytes: undefined, end: block.length });
    this.#writing = { descriptor: this.#writing!.descriptor, chunk };
    return true;
  }

  /** Creates the file of a chunk. */
  #begin(chunk: FileChunk, folder: string): FileChunk | undefined {
    const { files, fsync } = this.#settings;
    this.close();
    chunk.file = chunkPath(folder, ++this.#lastNumber);
    try {
      this.#writing = { descriptor: files.openSync(chunk.file.path, "ax"), chunk };
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
    if (fsync) syncFolder(files, folder);
    return chunk;
  }

  /** Writes to the open chunk, then checks that its file is still in place, because another process may take it over at any time. */
  #write(block: Uint8Array): boolean {
    const { files, fsync } = this.#settings;
    const { descriptor, chunk } = this.#writing!;
    let written = 0;
    try {
      writeAll(files, descriptor, block, (bytes) => (written += bytes));
      if (fsync) files.fdatasyncSync(descriptor);
      if ((sizeOf(files, chunk.file!.path) ?? -1) >= chunk.end + block.length) {
        this.#note(chunk, block.length);
        return true;
      }
      this.#undo(written);
      return false;
    } catch (error) {
      this.#undo(written);
      throw error;
    }
  }

  /** Undoes the last write and closes the chunk. If that fails, the file may end in half a line, which the next process cuts off. */
  #undo(written: number): void {
    const { files } = this.#settings;
    const { descriptor, chunk } = this.#writing!;
    const { path } = chunk.file!;
    ignoreErrors(() => {
      const size = sizeOf(files, path);
      const end = Math.max(0, (size ?? 0) - written);
      if (end < chunk.end) this.#damaged.add(chunk); // another process has cut or taken over the file
      if (size !== undefined) files.ftruncateSync(descriptor, Math.min(chunk.end, end));
    });
    this.close();
    if (chunk.end === 0) ignoreErrors(() => unlink(files, path));
  }

  /** Closes the open chunk for writing. */
  close(): void {
    const descriptor = this.#writing?.descriptor;
    this.#writing = undefined;
    if (descriptor !== undefined) ignoreErrors(() => this.#settings.files.closeSync(descriptor));
  }

  #closeIf(chunk: FileChunk): void {
    if (this.#writing?.chunk === chunk) this.close();
  }

  /** Reads bytes from a position. Returns the number of bytes read. */
  read({ bytes, file }: FileChunk, position: number, into: Uint8Array): number {
    const { files } = this.#settings;
    if (bytes !== undefined) {
      into.set(bytes.subarray(position, position + into.length));
      return into.length;
    }
    return withFile(files, file!.path, "r", (descriptor) => {
      let at = 0;
      for (let read = -1; at < into.length && read !== 0; at += read) {
        read = files.readSync(descriptor, into, at, into.length - at, position + at);
      }
      return at;
    });
  }

  /** Whether the file of the chunk is still complete at its path. */
  has(chunk: FileChunk): boolean {
    return !this.#damaged.has(chunk) && (sizeOf(this.#settings.files, chunk.file!.path) ?? -1) >= chunk.end;
  }

  /** Records that lines are settled; `save` writes that to disk. */
  settle(chunk: FileChunk): void {
    const { file, settled, end } = chunk;
    if (file === undefined) return;
    if (settled < end) return file.isPassedBy ? undefined : void this.#begun.set(file.folder, chunk);
    this.#closeIf(chunk);
    if (this.#begun.get(file.folder) === chunk) this.#begun.delete(file.folder);
    this.#settled.add(chunk);
  }

  /** Gives up the last bytes of a chunk. Its file is deleted if nothing is left. */
  cut(chunk: FileChunk, bytes: number): void {
    this.#closeIf(chunk);
    this.#bytes -= bytes;
    if (chunk.settled === chunk.end) this.settle(chunk);
  }

  /** Forgets a chunk whose file is gone. */
  forget(chunk: FileChunk): void {
    this.#closeIf(chunk);
    this.#noteGone(chunk);
    this.#settled.delete(chunk);
    if (this.#begun.get(chunk.file!.folder) === chunk) this.#begun.delete(chunk.file!.folder);
    chunk.file = undefined;
  }

  /** Deletes settled chunks, and moves the bookmarks. */
  save(): void {
    const { files, fsync } = this.#settings;
    for (const chunk of this.#settled) if (ignoreErrors(() => unlink(files, chunk.file!.path))) this.#finish(chunk);
    const stuck = new Set([...this.#settled].map(({ file }) => file!.path));
    for (const chunk of this.#settled) {
      const { path, folder, number, isPassedBy } = chunk.file!;
      if (isPassedBy === true || (this.#begun.get(folder)?.file?.number ?? 0) >= number) continue;
      const isBehindOthers = [...this.#paths.get(folder) ?? []].some((other) => other < path && !stuck.has(other));
      if (!isBehindOthers) this.#begun.set(folder, chunk); // its file could not be deleted: the bookmark prevents a second delivery
    }
    for (const [folder, { file, settled }] of this.#begun) {
      writeBookmark(files, folder, { number: file!.number, offset: settled }, fsync);
      this.#begun.delete(folder);
    }
  }

  #finish(chunk: FileChunk): void {
    const { folder } = chunk.file!;
    this.#settled.delete(chunk);
    if (this.#begun.get(folder) === chunk) this.#begun.delete(folder);
    this.#noteGone(chunk);
    if (this.#paths.get(folder)?.size === 0) this.#deleteFolder(folder);
  }

  /** Deletes a folder without chunks. The folder that is open for writing stays, because it has other files. */
  #deleteFolder(folder: string): void {
    const { files } = this.#settings;
    this.#paths.delete(folder);
    for (const name of bookmarkFiles) ignoreErrors(() => unlink(files, `${folder}/${name}`));
    ignoreErrors(() => files.rmdirSync(folder));
  }
}

/** Takes over the lines of dead processes: claims their folders and opens their chunks, in short turns. */

import { countEvents, report } from "../diagnostic.ts";
import { reasonOf } from "../event/exception.ts";
import type { ChunkPath, FileChunk } from "./chunk_file.ts";
import type { ChunkStore } from "./chunk_store.ts";
import type { WaitingFolders } from "../delivery/queue.ts";
import { OrphanWatch, type WatchSettings } from "./orphan_watch.ts";
import { type FolderSettings, type OwnFolder, QueueFolder } from "./queue_folder.ts";
import { ignoreErrors, isAbsence } from "../runtime/files.ts";

export type TakeoverSettings = WatchSettings & FolderSettings;

/** A claimed folder that is not open yet, or the root that may hold such folders. */
interface Claimed {
  readonly path: string;
  hasFailed: boolean;
}

/** A chunk that could not be read at the last attempt. */
interface Unreadable {
  readonly file: ChunkPath;
  readonly offset: number;
  /** Number of lines in the chunk that this process counted as lost. */
  readonly count: number;
}

export class Takeover {
  readonly #settings: TakeoverSettings;
  readonly #store: ChunkStore;
  readonly #watch: OrphanWatch;
  readonly #root: Claimed;
  #claimed: Claimed[] = [];
  /** Skipped chunks; each search tries them again. */
  #unreadable: Unreadable[] = [];
  /** The remaining steps of a search, and the chunks it has found. */
  #rest: Generator<void, void> | undefined;
  #found: FileChunk[] = [];
  #readable = 0;

  constructor(settings: TakeoverSettings, store: ChunkStore) {
    this.#settings = settings;
    this.#store = store;
    this.#watch = new OrphanWatch(settings);
    this.#root = { path: settings.root, hasFailed: false };
  }

  /** Whether a search is in progress. */
  get isLooking(): boolean {
    return this.#rest !== undefined;
  }

  /** Folders whose owners seem dead but may still be alive. */
  get waiting(): WaitingFolders {
    return this.#watch.waiting;
  }

  /** Forgets all claimed folders, because they are gone with this process's folder. */
  forget(): void {
    this.#rest = undefined;
    for (const chunk of this.#found) this.#store.forget(chunk);
    this.#found = [];
    this.#claimed = [];
    this.#unreadable = [];
  }

  /** Skips an unreadable chunk. Its file is kept, and each search tries it again. */
  passBy(file: ChunkPath, offset: number, count: number): void {
    this.#unreadable.push({ file, offset, count });
  }

  /** Returns how many lines counted as lost have become readable since the last call. */
  popReadable(): number {
    const count = this.#readable;
    this.#readable = 0;
    return count;
  }

  /**
   * Starts or continues a search for dead processes' lines.
   *
   * @param isOver Asked after each step whether the turn is over; the next call then continues.
   * @returns The chunks found, unnumbered, once the search is over. Before that, only the chunks of a dead process's folder that has become
   * this process's own folder.
   */
  look(own: OwnFolder, nowMs: number, isOver: () => boolean): readonly FileChunk[] {
    const adopted = own.folder === undefined ? this.#adopt(nowMs) : undefined;
    const folder = (own.folder ??= adopted?.folder);
    const { chunks = [] } = adopted ?? {};
    if (folder === undefined) return chunks;
    this.#rest ??= this.#steps(folder, nowMs);
    while (this.#rest.next().done !== true) if (isOver()) return chunks;
    this.#rest = undefined;
    const found = this.#found;
    this.#found = [];
    return [...found, ...chunks];
  }

  *#steps(folder: QueueFolder, nowMs: number): Generator<void, void> {
    yield* this.#retry();
    yield* this.#claimOrphans(folder, nowMs);
    for (let i = 0; i < this.#claimed.length; yield) {
      const claimed = this.#claimed[i]!;
      try {
        const inner = folder.claimInner(claimed.path);
        if (inner !== undefined) {
          this.#claimed.splice(i, 0, { path: inner, hasFailed: false }); // its owner would have delivered these lines first
          continue;
        }
        folder.prepare(claimed.path);
        yield* this.#open(claimed.path);
        this.#claimed.splice(i, 1);
      } catch (error) {
        if (isAbsence(error)) this.#claimed.splice(i, 1);
        else this.#reportOnce(this.#claimed[i++]!, error);
      }
    }
  }

  /** Opens the chunks of a folder. May throw errors of the file system, and then finds no chunk of the folder. */
  *#open(path: string): Generator<void, void> {
    const known = this.#found.length;
    try {
      for (const chunk of this.#store.open(path, (file, offset, error) => this.#noteUnreadable(file, offset, error))) {
        if (chunk !== undefined) this.#found.push(chunk);
        yield;
      }
    } catch (error) {
      for (const chunk of this.#found.splice(known)) this.#store.forget(chunk);
      throw error;
    }
  }

  *#retry(): Generator<void, void> {
    const unreadable = this.#unreadable;
    this.#unreadable = [];
    for (const one of unreadable) {
      try {
        const chunk = this.#store.openOne(one.file, one.offset);
        if (chunk === undefined) continue;
        this.#found.push(chunk);
        this.#readable += one.count;
      } catch (error) {
        if (!isAbsence(error)) this.#unreadable.push(one);
      }
      yield;
    }
  }

  #noteUnreadable(file: ChunkPath, offset: number, error: unknown): void {
    this.#unreadable.push({ file, offset, count: 0 });
    reportUnreadable(this.#settings.name, file, error);
  }

  /**
   * Turns the folder of a dead process, with its chunks, into this process's own, because a full disk allows no new folder.
   *
   * @returns Nothing if there is no such folder.
   */
  #adopt(nowMs: number): { readonly folder: QueueFolder; readonly chunks: FileChunk[] } | undefined {
    try {
      for (const name of this.#watch.list("")) {
        const adopted = this.#watch.isOrphan(name, nowMs) ? this.#adoptOne(name, nowMs) : undefined;
        if (adopted === undefined) continue;
        this.#watch.forget(name);
        return adopted;
      }
    } catch {
      // the root cannot be read: the next write to it reports that
    }
    return undefined;
  }

  #adoptOne(name: string, nowMs: number): { readonly folder: QueueFolder; readonly chunks: FileChunk[] } | undefined {
    try {
      const folder = new QueueFolder(this.#settings, nowMs, name);
      const opened = this.#store.open(folder.path, (file, offset, error) => this.#noteUnreadable(file, offset, error));
      const chunks = [...opened].filter((chunk) => chunk !== undefined);
      this.#claimed = folder.inner.map((path) => ({ path, hasFailed: false }));
      return { folder, chunks };
    } catch {
      return undefined; // another process was faster, or no heartbeat file can be overwritten
    }
  }

  *#claimOrphans(folder: QueueFolder, nowMs: number): Generator<void, void> {
    try {
      for (const name of this.#watch.list(folder.name)) {
        const path = this.#watch.isOrphan(name, nowMs) ? folder.claim(name) : undefined;
        if (path !== undefined) {
          this.#claimed.push({ path, hasFailed: false });
          this.#watch.forget(name);
        }
        yield;
      }
      this.#root.hasFailed = false;
    } catch (error) {
      this.#reportOnce(this.#root, error);
    }
    this.#watch.save();
  }

  /** Ends the search. Reports folders that are left to other processes, because this process ends before it is certain about them. */
  leave(): void {
    const { folders, bytes } = this.waiting;
    ignoreErrors(() => this.#watch.list("")); // drops deleted folders
    this.#watch.save();
    if (folders === 0) return;
    const { name: handler, root, claimAfterMs } = this.#settings;
    const what = folders === 1 ? "1 folder" : `${folders} folders`;
    const message = `Left to the next process: ${what} below ${root}, with ${bytes} bytes, of processes that seem dead`;
    const hint =
      `Events are taken over once their owner's heartbeat stands still for claimAfterMs (${claimAfterMs} ms), counted over all processes`;
    report({ code: "waiting", handler, message, hint, count: folders });
  }

  /** Reports once that a folder cannot be opened; each search tries it again. */
  #reportOnce(folder: Claimed, error: unknown): void {
    if (folder.hasFailed) return;
    folder.hasFailed = true;
    const message = `Cannot read what other processes left in ${folder.path} (${reasonOf(error)}); the folder is tried again`;
    report({ code: "disk-failed", handler: this.#settings.name, message, hint: "Check that this process may read and write there" });
  }
}

/** Reports that an unreadable chunk is skipped. */
export function reportUnreadable(handler: string, { path }: ChunkPath, error: unknown, count?: number): void {
  const what = count === undefined ? "Events" : countEvents(count);
  const message = `${what} in ${path} cannot be read (${reasonOf(error)}); the file is kept, and later events are delivered`;
  report({
    code: "unreadable",
    handler,
    message,
    hint: "Check the disk and the owner of the file, which is tried again regularly",
    count: count ?? 1,
  });
}

/** The disk of one queue: its folder, the chunks in it, and those of the dead. Every method may throw what files throw. */

import { report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import type { Chunk } from "./chunk.ts";
import { type ChunkSettings, ChunkStore } from "./chunk_store.ts";
import { OrphanWatch, type WatchSettings } from "./takeover.ts";
import { type FolderSettings, QueueFolder } from "./queue_folder.ts";
import { attempt, isAbsence } from "../runtime/files.ts";

const lineBreak = 10;

/** Where and how lines are kept. */
export interface DiskSettings extends ChunkSettings, FolderSettings, WatchSettings {
  /** The handler's name. */
  readonly name: string;
}

/** A folder that was taken over and is not opened yet, or that in which such may be. */
interface Claimed {
  readonly path: string;
  hasFailed: boolean;
}

/** The disk of one queue. */
export class QueueDisk {
  readonly store: ChunkStore;
  readonly #settings: DiskSettings;
  readonly #watch: OrphanWatch;
  #folder: QueueFolder | undefined;
  readonly #root: Claimed;
  #claimed: Claimed[] = [];

  constructor(settings: DiskSettings) {
    this.#settings = settings;
    this.#root = { path: settings.root, hasFailed: false };
    this.store = new ChunkStore(settings);
    this.#watch = new OrphanWatch(settings);
  }

  /** Makes a folder, if there is none. */
  open(nowMs: number): QueueFolder {
    return (this.#folder ??= new QueueFolder(this.#settings, nowMs));
  }

  /** Appends lines; `undefined` if what was there is gone, see {@linkcode QueueDisk.lookForFolder}. */
  append(block: Uint8Array, count: number, first: number, nowMs: number): Chunk | undefined {
    return this.store.append(this.open(nowMs).path, block, count, first);
  }

  /** Moves lines from memory; false if what was there is gone. */
  move(chunk: Chunk, nowMs: number): boolean {
    return this.store.move(this.open(nowMs).path, chunk);
  }

  /** Whether the folder is where it was; if not, it is given up. */
  lookForFolder(): boolean {
    if (this.#folder?.isThere) return true;
    this.#folder = undefined;
    this.#claimed = [];
    this.store.close();
    return false;
  }

  /** Shows that the owner lives; false if its folder is gone. */
  beat(): boolean {
    return this.#folder?.beat() ?? true;
  }

  /**
   * Takes over what the dead have left; answers their chunks, which have no numbers yet.
   *
   * Where there is no folder, for none can be made on a disk that is full, that of one of the dead becomes the own.
   */
  claim(nowMs: number): Chunk[] {
    const adopted = this.#folder === undefined ? this.#adopt(nowMs) : [];
    const folder = this.#folder;
    if (folder === undefined) return [];
    this.#claimOrphans(folder, nowMs);
    const chunks: Chunk[] = [];
    for (let i = 0; i < this.#claimed.length;) {
      const claimed = this.#claimed[i]!;
      try {
        const inner = folder.takeInner(claimed.path);
        if (inner !== undefined) {
          this.#claimed.splice(i, 0, { path: inner, hasFailed: false }); // its owner had delivered that first, too
          continue;
        }
        folder.prepare(claimed.path);
        chunks.push(...this.store.open(claimed.path));
        this.#claimed.splice(i, 1);
      } catch (error) {
        if (isAbsence(error)) this.#claimed.splice(i, 1);
        else this.#tellOnce(this.#claimed[i++]!, error);
      }
    }
    return [...chunks, ...adopted];
  }

  #adopt(nowMs: number): Chunk[] {
    let names: string[] = [];
    attempt(() => (names = this.#watch.look("", nowMs)));
    for (const name of names) {
      try {
        const folder = new QueueFolder(this.#settings, nowMs, name);
        const chunks = this.store.open(folder.path);
        this.#claimed = folder.inner.map((path) => ({ path, hasFailed: false }));
        this.#folder = folder;
        return chunks;
      } catch {
        continue; // another was faster, or it has no heartbeat to write over
      }
    }
    return [];
  }

  #claimOrphans(folder: QueueFolder, nowMs: number): void {
    try {
      for (const name of this.#watch.look(folder.name, nowMs)) {
        const path = folder.claim(name);
        if (path !== undefined) this.#claimed.push({ path, hasFailed: false });
      }
      this.#root.hasFailed = false;
    } catch (error) {
      this.#tellOnce(this.#root, error);
    }
  }

  /** Tells once of a folder that cannot be opened; it is tried again. */
  #tellOnce(folder: Claimed, error: unknown): void {
    if (folder.hasFailed) return;
    folder.hasFailed = true;
    const message = `Cannot look at what other processes have left in ${folder.path} (${readException(error).message}); it is tried again`;
    report({ code: "disk-failed", handler: this.#settings.name, message, hint: "Check that this process may read and write there" });
  }

  /** Keeps lines that the server has rejected, parted by line breaks; failing that costs no more than them. */
  keep(lines: Uint8Array): void {
    const whole = new Uint8Array(lines.length + 1).fill(lineBreak);
    whole.set(lines);
    try {
      this.#folder?.keep(whole);
    } catch (error) {
      const message = `Cannot keep a rejected event in ${this.#folder?.path} (${readException(error).message})`;
      report({ code: "disk-failed", handler: this.#settings.name, message });
    }
  }

  /** Leaves the folder: it is deleted if nothing is left in it, and else anyone may take it over. */
  leave(): void {
    const folder = this.#folder;
    this.store.close();
    this.#folder = undefined;
    this.#claimed = [];
    attempt(() => folder?.leave()); // at the worst it is taken over later
  }
}

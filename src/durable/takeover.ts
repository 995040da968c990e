/** How a queue takes over what dead processes have left: it watches their folders, claims them, and opens their chunks. */

import { report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import type { FileChunk } from "./chunk_file.ts";
import type { ChunkStore } from "./chunk_store.ts";
import { hasEnded } from "./owner_mark.ts";
import { type FolderSettings, heartbeatName, QueueFolder, releasedWord } from "./queue_folder.ts";
import { bytesOf, ignoreErrors, isAbsence, type PrivateFiles } from "../runtime/files.ts";

/** Where to look, and how long. */
export interface WatchSettings {
  readonly files: PrivateFiles;
  /** The folder that the folders are in. */
  readonly root: string;
  /** How the names of folders begin that belong to the same handler. */
  readonly prefix: string;
  /** How long a heartbeat must have been seen unchanged. */
  readonly claimAfterMs: number;
}

interface Seen {
  readonly content: string;
  /** For how long it has not changed while it was watched. */
  unchangedMs: number;
  lookedMs: number;
}

/** Of the time between two looks, no more counts than that part of `claimAfterMs`: a clock may jump, and a machine may sleep with all on it. */
const creditPart = 4;

/** Decides who has died, by what is in the folders alone: the time is the watcher's own. */
export class OrphanWatch {
  readonly #settings: WatchSettings;
  readonly #seen = new Map<string, Seen>();
  readonly #isName: RegExp;

  constructor(settings: WatchSettings) {
    this.#settings = settings;
    this.#isName = new RegExp(`^${settings.prefix}-\\d{8}T\\d{9}Z-\\d+-[0-9a-f]{8}$`);
  }

  /** The names of the folders whose owner has gone; the own is not among them. May throw what files throw. */
  look(own: string, nowMs: number): string[] {
    const { files, root } = this.#settings;
    const names = files.readdirSync(root).filter((name) => name !== own && this.#isName.test(name)).sort();
    for (const name of this.#seen.keys()) if (!names.includes(name)) this.#seen.delete(name);
    return names.filter((name) => this.#isOrphan(name, nowMs));
  }

  #isOrphan(name: string, nowMs: number): boolean {
    const { files, root, claimAfterMs } = this.#settings;
    let content = "";
    if (!ignoreErrors(() => (content = new TextDecoder().decode(bytesOf(files, `${root}/${name}/${heartbeatName}`))))) return false;
    if (content.startsWith(releasedWord)) return true;
    const seen = this.#seen.get(name);
    if (seen?.content === content) {
      seen.unchangedMs += Math.min(Math.max(0, nowMs - seen.lookedMs), claimAfterMs / creditPart);
      seen.lookedMs = nowMs;
      if (seen.unchangedMs >= claimAfterMs) return true;
    } else {
      this.#seen.set(name, { content, unchangedMs: 0, lookedMs: nowMs });
    }
    return hasEnded(content.slice(content.indexOf(" ") + 1).trim(), root);
  }
}

/** How folders are taken over. */
export type TakeoverSettings = WatchSettings & FolderSettings;

/** A folder that was claimed and is not opened yet, or the one in which such may be. */
interface Claimed {
  readonly path: string;
  hasFailed: boolean;
}

/** Claims the folders of the dead and opens their chunks. */
export class Takeover {
  readonly #settings: TakeoverSettings;
  readonly #store: ChunkStore;
  readonly #watch: OrphanWatch;
  readonly #root: Claimed;
  #claimed: Claimed[] = [];

  constructor(settings: TakeoverSettings, store: ChunkStore) {
    this.#settings = settings;
    this.#store = store;
    this.#watch = new OrphanWatch(settings);
    this.#root = { path: settings.root, hasFailed: false };
  }

  /** Forgets which folders were claimed: they have gone with the own one. */
  forget(): void {
    this.#claimed = [];
  }

  /** Moves what the dead have left into the own folder, and returns their chunks, which have no numbers yet. */
  claim(folder: QueueFolder, nowMs: number): FileChunk[] {
    this.#claimOrphans(folder, nowMs);
    const chunks: FileChunk[] = [];
    for (let i = 0; i < this.#claimed.length;) {
      const claimed = this.#claimed[i]!;
      try {
        const inner = folder.takeInner(claimed.path);
        if (inner !== undefined) {
          this.#claimed.splice(i, 0, { path: inner, hasFailed: false }); // its owner had delivered that first, too
          continue;
        }
        folder.prepare(claimed.path);
        chunks.push(...this.#store.open(claimed.path));
        this.#claimed.splice(i, 1);
      } catch (error) {
        if (isAbsence(error)) this.#claimed.splice(i, 1);
        else this.#reportOnce(this.#claimed[i++]!, error);
      }
    }
    return chunks;
  }

  /**
   * Makes the folder of a dead process the own one, with its chunks: on a full disk no new folder can be made.
   *
   * @returns Nothing where there is no such folder.
   */
  adopt(nowMs: number): { readonly folder: QueueFolder; readonly chunks: FileChunk[] } | undefined {
    let names: string[] = [];
    ignoreErrors(() => (names = this.#watch.look("", nowMs)));
    for (const name of names) {
      try {
        const folder = new QueueFolder(this.#settings, nowMs, name);
        const chunks = this.#store.open(folder.path);
        this.#claimed = folder.inner.map((path) => ({ path, hasFailed: false }));
        return { folder, chunks };
      } catch {
        continue; // another was faster, or it has no heartbeat to write over
      }
    }
    return undefined;
  }

  #claimOrphans(folder: QueueFolder, nowMs: number): void {
    try {
      for (const name of this.#watch.look(folder.name, nowMs)) {
        const path = folder.claim(name);
        if (path !== undefined) this.#claimed.push({ path, hasFailed: false });
      }
      this.#root.hasFailed = false;
    } catch (error) {
      this.#reportOnce(this.#root, error);
    }
  }

  /** Reports once that a folder cannot be opened; it is tried again. */
  #reportOnce(folder: Claimed, error: unknown): void {
    if (folder.hasFailed) return;
    folder.hasFailed = true;
    const message = `Cannot look at what other processes have left in ${folder.path} (${readException(error).message}); it is tried again`;
    report({ code: "disk-failed", handler: this.#settings.name, message, hint: "Check that this process may read and write there" });
  }
}

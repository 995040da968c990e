/** Decides whether the owners of other folders are alive, from the folders' contents and from what earlier processes observed. */

import type { WaitingFolders } from "../delivery/queue.ts";
import { hasEnded } from "./owner_mark.ts";
import { heartbeatName, releasedWord } from "./queue_folder.ts";
import { bytesOf, ignoreErrors, type PrivateFiles, sizeOf, unlink, withFile, writeAll } from "../runtime/files.ts";

/** The folders to watch, and how long. */
export interface WatchSettings {
  readonly files: PrivateFiles;
  /** Parent of the watched folders. */
  readonly root: string;
  /** Beginning of the folders' names for the same handler and destination. */
  readonly prefix: string;
  /** How long a heartbeat must stay unchanged before its owner counts as dead. */
  readonly claimAfterMs: number;
}

interface Seen {
  readonly content: string;
  /** How long the heartbeat stayed unchanged while it was watched. */
  unchangedMs: number;
  lookedMs: number;
  /** Whether this process made the last observation. */
  isOwn: boolean;
  /** Size of the folder, set once its owner seems dead. */
  bytes?: number;
}

/**
 * Most time that counts between two observations, as a fraction of `claimAfterMs`, because a clock may jump or the machine may sleep.
 *
 * Between observations of two processes, more time counts, so that short-lived jobs need few runs.
 */
const creditPart = 4;
const creditPartBetween = 2;
/** Fraction of `claimAfterMs` after which a folder without a heartbeat counts as waiting. */
const waitingPart = 3;
const utf8 = new TextDecoder();

/** Watches the folders below the root. A file keeps its observations, so that the next process continues from them. */
export class OrphanWatch {
  readonly #settings: WatchSettings;
  readonly #seen = new Map<string, Seen>();
  readonly #isName: RegExp;
  readonly #path: string;
  #hasNews = false;

  constructor(settings: WatchSettings) {
    this.#settings = settings;
    this.#isName = new RegExp(`^${settings.prefix}-\\d{8}T\\d{9}Z-\\d+-[0-9a-f]{8}$`);
    this.#path = `${settings.root}/${settings.prefix}.seen`;
  }

  /** Returns other processes' folders, oldest first. May throw errors of the file system. */
  list(own: string): string[] {
    const { files, root } = this.#settings;
    const names = files.readdirSync(root).filter((name) => name !== own && this.#isName.test(name)).sort(); // by the time in their names
    const known = new Set(names);
    for (const name of this.#seen.keys()) if (!known.has(name)) this.forget(name);
    ignoreErrors(() => this.#load(known)); // if unreadable, the observation begins again
    return names;
  }

  #load(names: ReadonlySet<string>): void {
    for (const line of utf8.decode(bytesOf(this.#settings.files, this.#path)).split("\n")) {
      const [, name = "", unchanged, looked, content = ""] = /^(\S+) (\d+) (\d+) (.*);$/.exec(line) ?? [];
      const seen = this.#seen.get(name);
      const unchangedMs = Number(unchanged);
      if (name !== "" && !names.has(name)) this.#hasNews = true; // drops the line of a deleted folder
      if (!names.has(name) || (seen?.content === content && seen.unchangedMs >= unchangedMs)) continue;
      if (seen !== undefined && seen.lookedMs > Number(looked)) continue;
      this.#seen.set(name, { content, unchangedMs, lookedMs: Number(looked), isOwn: false });
    }
  }

  /** Returns whether the owner of a folder has released it or has ended. */
  isOrphan(name: string, nowMs: number): boolean {
    const { files, root, claimAfterMs } = this.#settings;
    let content = "";
    if (!ignoreErrors(() => (content = utf8.decode(bytesOf(files, `${root}/${name}/${heartbeatName}`)).trim()))) return false;
    if (content.startsWith(releasedWord)) return true;
    const seen = this.#seen.get(name);
    if (seen?.content === content) {
      const mostMs = claimAfterMs / (seen.isOwn ? creditPart : creditPartBetween);
      const passedMs = Math.min(Math.max(0, nowMs - seen.lookedMs), mostMs);
      this.#hasNews ||= !seen.isOwn || passedMs > 0;
      Object.assign(seen, { unchangedMs: seen.unchangedMs + passedMs, lookedMs: nowMs, isOwn: true });
      if (seen.unchangedMs >= claimAfterMs) return true;
      if (seen.unchangedMs >= claimAfterMs / waitingPart) seen.bytes ??= this.#bytesOf(name);
    } else {
      this.#hasNews = true;
      this.#seen.set(name, { content, unchangedMs: 0, lookedMs: nowMs, isOwn: true });
    }
    return hasEnded(content.slice(content.indexOf(" ") + 1), root);
  }

  #bytesOf(name: string): number {
    const { files, root } = this.#settings;
    let bytes = 0;
    ignoreErrors(() => {
      for (const file of files.readdirSync(`${root}/${name}`)) bytes += sizeOf(files, `${root}/${name}/${file}`) ?? 0;
    });
    return bytes;
  }

  /** Forgets a folder that was claimed. */
  forget(name: string): void {
    if (this.#seen.delete(name)) this.#hasNews = true;
  }

  /** Folders whose owners seem dead but may still be alive. */
  get waiting(): WaitingFolders {
    const waiting = [...this.#seen.values()].filter(({ bytes }) => bytes !== undefined);
    return { folders: waiting.length, bytes: waiting.reduce((sum, { bytes }) => sum + bytes!, 0) };
  }

  /** Saves the observations for later processes. If that fails, later processes only wait longer. */
  save(): void {
    if (!this.#hasNews) return;
    this.#hasNews = false;
    const { files } = this.#settings;
    const lines = Array.from(this.#seen, ([name, seen]) => `${name} ${Math.floor(seen.unchangedMs)} ${seen.lookedMs} ${seen.content};\n`);
    ignoreErrors(() => {
      if (lines.length === 0) unlink(files, this.#path);
      else withFile(files, this.#path, "w", (descriptor) => writeAll(files, descriptor, new TextEncoder().encode(lines.join(""))));
    });
  }
}

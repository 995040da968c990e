/** Whether the owners of other folders live: decided by what is in the folders, and by what this process and those before it have seen. */

import type { WaitingFolders } from "../delivery/queue.ts";
import { hasEnded } from "./owner_mark.ts";
import { heartbeatName, releasedWord } from "./queue_folder.ts";
import { bytesOf, ignoreErrors, type PrivateFiles, sizeOf, unlink, withFile, writeAll } from "../runtime/files.ts";

/** Where to look, and how long. */
export interface WatchSettings {
  readonly files: PrivateFiles;
  /** The folder that the folders are in. */
  readonly root: string;
  /** How the names of folders begin that belong to the same handler and destination. */
  readonly prefix: string;
  /** How long a heartbeat must have been seen unchanged. */
  readonly claimAfterMs: number;
}

interface Seen {
  readonly content: string;
  /** For how long it has not changed while it was watched. */
  unchangedMs: number;
  lookedMs: number;
  /** Whether it was this process that looked last. */
  isOwn: boolean;
  /** The bytes of the folder, once it seems that its owner has ended. */
  bytes?: number;
}

/**
 * Of the time between two looks no more counts than that part of `claimAfterMs`: a clock may jump, and a machine may sleep with all on it.
 *
 * Between two processes more counts, so that jobs that live for a moment need few runs.
 */
const creditPart = 4;
const creditPartBetween = 2;
/** From which part of `claimAfterMs` on a folder without a sign of life counts as waiting. */
const waitingPart = 3;
const utf8 = new TextDecoder();

/** Watches the folders below the root; what it has seen outlives it in a file, so that the next process goes on from there. */
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

  /** The folders of others, oldest first. May throw what files throw. */
  list(own: string): string[] {
    const { files, root } = this.#settings;
    const names = files.readdirSync(root).filter((name) => name !== own && this.#isName.test(name)).sort(); // their names have the time
    const known = new Set(names);
    for (const name of this.#seen.keys()) if (!known.has(name)) this.forget(name);
    ignoreErrors(() => this.#load(known)); // what cannot be read is seen anew
    return names;
  }

  #load(names: ReadonlySet<string>): void {
    for (const line of utf8.decode(bytesOf(this.#settings.files, this.#path)).split("\n")) {
      const [, name = "", unchanged, looked, content = ""] = /^(\S+) (\d+) (\d+) (.*);$/.exec(line) ?? [];
      const seen = this.#seen.get(name);
      const unchangedMs = Number(unchanged);
      if (name !== "" && !names.has(name)) this.#hasNews = true; // it is gone, and so may its line be
      if (!names.has(name) || (seen?.content === content && seen.unchangedMs >= unchangedMs)) continue;
      if (seen !== undefined && seen.lookedMs > Number(looked)) continue;
      this.#seen.set(name, { content, unchangedMs, lookedMs: Number(looked), isOwn: false });
    }
  }

  /** Returns whether the owner of a folder has left it, or has ended. */
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

  /** Forgets a folder: it was claimed. */
  forget(name: string): void {
    if (this.#seen.delete(name)) this.#hasNews = true;
  }

  /** The folders that seem to have lost their owner, and are not taken over yet. */
  get waiting(): WaitingFolders {
    const waiting = [...this.#seen.values()].filter(({ bytes }) => bytes !== undefined);
    return { folders: waiting.length, bytes: waiting.reduce((sum, { bytes }) => sum + bytes!, 0) };
  }

  /** Writes down what was seen, for the processes to come; a failure costs them a longer wait. */
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

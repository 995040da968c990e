/** The watch over the folders of other processes: whose heart beats no more. */

import { attempt, bytesOf, type QueueFiles } from "../runtime/files.ts";
import { hasEnded } from "./owner_mark.ts";

/** The file that a living owner rewrites. */
export const heartbeatName = "heartbeat";
/** What stands in it when the owner has left. */
export const releasedWord = "released";

/** Where to look, and how long. */
export interface WatchSettings {
  readonly files: QueueFiles;
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

/** Watches folders by what is in them alone: the time is the watcher's own. */
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
    if (!attempt(() => (content = new TextDecoder().decode(bytesOf(files, `${root}/${name}/${heartbeatName}`))))) return false;
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

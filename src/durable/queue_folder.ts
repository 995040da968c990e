/** The folder of one queue: whose it is, and that its owner lives. */

import { report } from "../diagnostic.ts";
import type { Clock } from "../runtime/clock.ts";
import { reasonOf } from "../event/exception.ts";
import { lineBreak } from "./chunk_file.ts";
import { keepLetters, moveLetters } from "./rejected_file.ts";
import { processMark } from "./owner_mark.ts";
import {
  codeOf,
  directoryOf,
  ignoreErrors,
  isAbsence,
  isNoRoom,
  missingFileGrant,
  type PrivateFiles,
  sizeOf,
  syncFolder,
  unlink,
  unsafeFolder,
  withFile,
} from "../runtime/files.ts";
import { builtin } from "../runtime/detect.ts";
import { processId } from "../runtime/host_properties.ts";

/** The file that a living owner rewrites. */
export const heartbeatName = "heartbeat";
/** What stands in it when the owner has left. */
export const releasedWord = "released";

/** Where folders are, and how they are named. */
export interface FolderSettings {
  readonly files: PrivateFiles;
  /** The folder that the folders are in; it is created. */
  readonly root: string;
  /** How its name begins: by the handler's and the destination. */
  readonly prefix: string;
  readonly retainRejectedBytes: number;
  /** Whether the disk itself is waited for. */
  readonly fsync: boolean;
  /** The handler's name. */
  readonly name: string;
}

/** What is used of node:crypto. */
interface Hashes {
  createHash(name: "sha256"): { update(text: string): { digest(encoding: "hex"): string } };
}
const hashLength = 12;

/** How the names of folders begin that were taken over; they are inside of the new owner's, and live and die with it. */
const claimedPrefix = "claimed-";

/** A name as a part of a file's: other letters than these become their codes. */
export function harmlessName(name: string): string {
  const code = (letter: string): string => `%${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return name.slice(0, 40).replace(/[^A-Za-z0-9_-]/g, code) || "queue";
}

/** How the names of folders begin for a handler and a destination: what is left for one server is never sent to another. */
export function folderPrefix(name: string, destination: string | undefined): string {
  if (destination === undefined) return harmlessName(name);
  const hash = builtin<Hashes>("node:crypto")!.createHash("sha256").update(destination).digest("hex");
  return `${harmlessName(name)}-${hash.slice(0, hashLength)}`;
}

/** Makes a folder, and those that it is in, as far as they are missing. Of the latter Deno must have granted the use: it would ask. */
function makeFolder(files: PrivateFiles, path: string, fsync: boolean): void {
  const parent = directoryOf(path);
  const make = (): void => {
    try {
      files.mkdirSync(path);
      if (fsync) syncFolder(files, parent);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  };
  try {
    make();
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || parent === path || missingFileGrant(parent) !== undefined) throw error;
    makeFolder(files, parent, fsync);
    make();
  }
}

/** A folder that this process owns, until another one takes it for dead. May throw what files throw. */
export class QueueFolder {
  readonly name: string;
  readonly path: string;
  readonly #settings: FolderSettings;
  readonly #mark: string = processMark();
  #beats = 0;

  /**
   * Creates it.
   *
   * @param orphan The folder of a dead process, which becomes this one with all that is in it: that needs no room on a disk that is full.
   */
  constructor(settings: FolderSettings, nowMs: number, orphan?: string) {
    const { files, root, prefix, fsync } = settings;
    const time = new Date(nowMs).toISOString().replace(/[-:.]/g, "");
    this.#settings = settings;
    this.name = `${prefix}-${time}-${processId()}-${crypto.randomUUID().slice(0, 8)}`;
    this.path = `${root}/${this.name}`;
    if (orphan === undefined) this.#make();
    else this.#adopt(`${root}/${orphan}`);
    if (fsync) syncFolder(files, root);
  }

  #make(): void {
    const { files, root, fsync } = this.#settings;
    makeFolder(files, root, fsync);
    const problem = unsafeFolder(files, root);
    if (problem !== undefined) throw new Error(problem);
    files.mkdirSync(this.path);
    try {
      this.#writeHeartbeat(this.path, "w", this.#heartbeat);
    } catch (error) {
      ignoreErrors(() => this.#remove()); // it is tried again and again
      throw error;
    }
  }

  #adopt(path: string): void {
    if (!this.#settings.files.owns(path)) throw new Error(`${path} is another user's`);
    this.#writeHeartbeat(path, "r+", this.#heartbeat); // before it has its name: nobody sees it there as an orphan
    this.#settings.files.renameSync(path, this.path);
  }

  #remove(): void {
    const { files } = this.#settings;
    unlink(files, `${this.path}/${heartbeatName}`);
    files.rmdirSync(this.path);
  }

  get #heartbeat(): string {
    return `${String(++this.#beats).padStart(12, "0")} ${this.#mark}\n`;
  }

  /** Writes over what is there: that needs no room on a disk that is full. */
  #writeHeartbeat(path: string, flags: "r+" | "w", text: string): void {
    const { files } = this.#settings;
    withFile(files, `${path}/${heartbeatName}`, flags, (descriptor) => {
      const bytes = new TextEncoder().encode(text);
      files.writeSync(descriptor, bytes, 0, bytes.length, 0);
      files.ftruncateSync(descriptor, bytes.length); // that of another may have been longer
    });
  }

  /** Whether it is where it was. */
  get isThere(): boolean {
    return sizeOf(this.#settings.files, this.path) !== undefined;
  }

  /** Shows that the owner lives; false if the folder is no more there. */
  beat(): boolean {
    try {
      this.#writeHeartbeat(this.path, "r+", this.#heartbeat);
      return true;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      if (!this.isThere) return false;
      this.#writeHeartbeat(this.path, "w", this.#heartbeat); // only the file was deleted
      return true;
    }
  }

  /** Takes over a folder, with one step that only one process can take; answers where it is now. */
  claim(name: string): string | undefined {
    const { files, root } = this.#settings;
    const path = `${this.path}/${claimedPrefix}${name}`;
    if (!files.owns(`${root}/${name}`) || !ignoreErrors(() => files.renameSync(`${root}/${name}`, path))) return undefined; // another was faster, or holds it open
    return files.owns(path) ? path : undefined; // else it was replaced meanwhile
  }

  /** Takes the oldest of the folders that the owner of another had taken over; answers where it is now, or nothing where there is none left. */
  takeInner(path: string): string | undefined {
    const { files } = this.#settings;
    const name = files.readdirSync(path).filter((name) => name.startsWith(claimedPrefix)).sort()[0]; // their names have the time
    if (name === undefined) return undefined;
    files.renameSync(`${path}/${name}`, `${this.path}/${name}`);
    return `${this.path}/${name}`;
  }

  /** The folders that are in this one because its owner before had taken them over, oldest first. */
  get inner(): string[] {
    const names = this.#settings.files.readdirSync(this.path).filter((name) => name.startsWith(claimedPrefix));
    return names.sort().map((name) => `${this.path}/${name}`); // their names have the time
  }

  /** Makes a folder that was taken over ready to be opened. */
  prepare(path: string): void {
    const { files, retainRejectedBytes } = this.#settings;
    try {
      moveLetters(files, path, this.path, retainRejectedBytes);
    } catch (error) {
      if (!isNoRoom(error)) throw error; // else they are safe where they are, and the lines are what makes room
    }
    unlink(files, `${path}/${heartbeatName}`); // in here it says nothing
  }

  /** Keeps lines that the server has rejected. */
  keep(lines: Uint8Array): void {
    const { files, retainRejectedBytes } = this.#settings;
    keepLetters(files, this.path, lines, retainRejectedBytes);
  }

  /** Deletes it if nothing is left in it; else anyone may take it over from now on. */
  leave(): void {
    const { files } = this.#settings;
    const isEmpty = files.readdirSync(this.path).every((name) => name === heartbeatName);
    if (isEmpty) this.#remove();
    else {
      this.#writeHeartbeat(this.path, "r+", `${releasedWord.padEnd(this.#heartbeat.length - 1)}\n`);
    }
  }
}

/** How the own folder is kept. */
export interface OwnFolderSettings extends FolderSettings {
  readonly clock: Clock;
  readonly claimAfterMs: number;
}

/** The folder of this process, which is made when it is needed, and again when it is gone. */
export class OwnFolder {
  /** The folder, once there is one. */
  folder: QueueFolder | undefined;
  readonly #settings: OwnFolderSettings;
  /** Whether the folder that was lost last was taken over by another process. */
  isTaken = false;
  #beatenMs = -Infinity;

  constructor(settings: OwnFolderSettings) {
    this.#settings = settings;
  }

  /** Returns the folder; makes one if there is none. May throw what files throw. */
  open(nowMs: number): QueueFolder {
    if (this.folder === undefined) this.#beatenMs = nowMs;
    return (this.folder ??= new QueueFolder(this.#settings, nowMs));
  }

  /** Returns whether the folder is where it was; if not, it is given up. */
  isThere(): boolean {
    if (this.folder?.isThere) return true;
    if (this.folder !== undefined) this.isTaken = this.#wasTaken(this.folder.name);
    this.folder = undefined;
    return false;
  }

  /** Whether another has the folder, or was free to take it, for this process showed no sign of life for so long. */
  #wasTaken(name: string): boolean {
    const { files, root, claimAfterMs, clock } = this.#settings;
    let isFound = Math.abs(clock.now() - this.#beatenMs) >= claimAfterMs;
    ignoreErrors(() => {
      isFound ||= files.readdirSync(root).some((other) => sizeOf(files, `${root}/${other}/${claimedPrefix}${name}`) !== undefined);
    });
    return isFound;
  }

  /** Shows that the owner lives; returns false if the folder is gone. */
  beat(nowMs: number): boolean {
    const isThere = this.folder?.beat() ?? true;
    if (isThere) this.#beatenMs = nowMs;
    return isThere;
  }

  /** Keeps lines that the server has rejected, separated by line breaks; a failure costs no more than them. */
  keepRejected(lines: Uint8Array): void {
    const whole = new Uint8Array(lines.length + 1).fill(lineBreak);
    whole.set(lines);
    try {
      this.folder?.keep(whole);
    } catch (error) {
      const message = `Cannot keep a rejected event in ${this.folder?.path} (${reasonOf(error)})`;
      report({ code: "disk-failed", handler: this.#settings.name, message });
    }
  }

  /** Leaves the folder: it is deleted if nothing is left in it, and else anyone may take it over. */
  leave(): void {
    const { folder } = this;
    this.folder = undefined;
    ignoreErrors(() => folder?.leave()); // at the worst it is taken over later
  }
}

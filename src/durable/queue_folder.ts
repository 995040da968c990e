/** The folder of one queue: its ownership, and the heartbeat of its owner. */

import { report } from "../diagnostic.ts";
import type { Clock } from "../runtime/clock.ts";
import { reasonOf } from "../event/exception.ts";
import { lineBreak } from "./chunk_file.ts";
import { keepRejected, moveRejected } from "./rejected_file.ts";
import { processMark } from "./owner_mark.ts";
import {
  codeOf,
  cureOf,
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

/** File that a living owner rewrites. */
export const heartbeatName = "heartbeat";
/** Content of that file once the owner has released the folder. */
export const releasedWord = "released";

/** The place and the names of folders. */
export interface FolderSettings {
  readonly files: PrivateFiles;
  /** Parent of the folders, which is created if it is missing. */
  readonly root: string;
  /** Beginning of the folder's name, made from handler and destination. */
  readonly prefix: string;
  readonly retainRejectedBytes: number;
  /** Whether each write waits for the disk. */
  readonly fsync: boolean;
  /** The handler's name. */
  readonly name: string;
}

/** The part of node:crypto that is used here. */
interface Hashes {
  createHash(name: "sha256"): { update(text: string): { digest(encoding: "hex"): string } };
}
const hashLength = 12;

/** Name prefix of a folder that was taken over. Such a folder is inside its new owner's folder, and is taken over with that folder. */
const claimedPrefix = "claimed-";

/** Returns a name safe for use in a file name; other characters become their codes. */
export function harmlessName(name: string): string {
  const code = (letter: string): string => `%${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return name.slice(0, 40).replace(/[^A-Za-z0-9_-]/g, code) || "queue";
}

/** Returns the prefix of folder names for a handler and destination, so that lines for one server are never sent to another server. */
export function folderPrefix(name: string, destination: string | undefined): string {
  if (destination === undefined) return harmlessName(name);
  const hash = builtin<Hashes>("node:crypto")!.createHash("sha256").update(destination).digest("hex");
  return `${harmlessName(name)}-${hash.slice(0, hashLength)}`;
}

/** Creates a folder and its missing parents. On Deno, a parent is created only if permission is granted, because Deno would prompt. */
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

/** A folder that this process owns, until the process seems dead to another. Methods may throw errors of the file system. */
export class QueueFolder {
  readonly name: string;
  readonly path: string;
  readonly #settings: FolderSettings;
  readonly #mark: string = processMark();
  #beats = 0;

  /**
   * Creates the folder.
   *
   * @param orphan Folder of a dead process, which is renamed with all its content, because that needs no space on a full disk.
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
      ignoreErrors(() => this.#remove()); // otherwise, every retry would leave a folder
      throw error;
    }
  }

  #adopt(path: string): void {
    if (!this.#settings.files.owns(path)) throw new Error(`${path} belongs to another user`);
    this.#writeHeartbeat(path, "r+", this.#heartbeat); // before the renaming, so that the folder never looks like an orphan
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

  /** Overwrites the file's content, which needs no space on a full disk. */
  #writeHeartbeat(path: string, flags: "r+" | "w", text: string): void {
    const { files } = this.#settings;
    withFile(files, `${path}/${heartbeatName}`, flags, (descriptor) => {
      const bytes = new TextEncoder().encode(text);
      files.writeSync(descriptor, bytes, 0, bytes.length, 0);
      files.ftruncateSync(descriptor, bytes.length); // the previous content may have been longer
    });
  }

  /** Whether the folder is still at its path. */
  get isThere(): boolean {
    return sizeOf(this.#settings.files, this.path) !== undefined;
  }

  /** Rewrites the heartbeat. Returns false if the folder is gone. */
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

  /** Takes over a folder in one atomic step. Returns its new path. */
  claim(name: string): string | undefined {
    const { files, root } = this.#settings;
    const path = `${this.path}/${claimedPrefix}${name}`;
    // another process was faster, or has the folder open
    if (!files.owns(`${root}/${name}`) || !ignoreErrors(() => files.renameSync(`${root}/${name}`, path))) return undefined;
    return files.owns(path) ? path : undefined; // otherwise, it was replaced meanwhile
  }

  /** Takes over the oldest folder that the dead owner had taken over. Returns its new path, or `undefined` if there is none. */
  claimInner(path: string): string | undefined {
    const { files } = this.#settings;
    const name = files.readdirSync(path).filter((name) => name.startsWith(claimedPrefix)).sort()[0]; // by the time in their names
    if (name === undefined) return undefined;
    files.renameSync(`${path}/${name}`, `${this.path}/${name}`);
    return `${this.path}/${name}`;
  }

  /** The folders in this folder that its previous owner had taken over, oldest first. */
  get inner(): string[] {
    const names = this.#settings.files.readdirSync(this.path).filter((name) => name.startsWith(claimedPrefix));
    return names.sort().map((name) => `${this.path}/${name}`); // by the time in their names
  }

  /** Prepares a claimed folder for opening: moves its rejected lines and deletes its heartbeat. */
  prepare(path: string): void {
    const { files, retainRejectedBytes } = this.#settings;
    try {
      moveRejected(files, path, this.path, retainRejectedBytes);
    } catch (error) {
      if (!isNoRoom(error)) throw error; // without room the lines stay there: delivery makes room
    }
    unlink(files, `${path}/${heartbeatName}`); // a claimed folder needs no heartbeat
  }

  /** Keeps lines that the server rejected. */
  keep(lines: Uint8Array): void {
    const { files, retainRejectedBytes } = this.#settings;
    keepRejected(files, this.path, lines, retainRejectedBytes);
  }

  /** Deletes the folder if it is empty; otherwise releases it for any process to take over. */
  leave(): void {
    const { files } = this.#settings;
    const isEmpty = files.readdirSync(this.path).every((name) => name === heartbeatName);
    if (isEmpty) this.#remove();
    else {
      this.#writeHeartbeat(this.path, "r+", `${releasedWord.padEnd(this.#heartbeat.length - 1)}\n`);
    }
  }
}

/** Settings of this process's folder. */
export interface OwnFolderSettings extends FolderSettings {
  readonly clock: Clock;
  readonly claimAfterMs: number;
}

/** The folder of this process, created when it is first needed, and again if it is gone. */
export class OwnFolder {
  /** The folder, once it exists. */
  folder: QueueFolder | undefined;
  readonly #settings: OwnFolderSettings;
  /** Whether another process took over the folder that was lost last. */
  isTaken = false;
  #beatenMs = -Infinity;

  constructor(settings: OwnFolderSettings) {
    this.#settings = settings;
  }

  /** Returns the folder, and creates it if necessary. May throw errors of the file system. */
  open(nowMs: number): QueueFolder {
    if (this.folder === undefined) this.#beatenMs = nowMs;
    return (this.folder ??= new QueueFolder(this.#settings, nowMs));
  }

  /** Returns whether the folder is still at its path; if not, forgets it. */
  isThere(): boolean {
    if (this.folder?.isThere) return true;
    if (this.folder !== undefined) this.isTaken = this.#wasTaken(this.folder.name);
    this.folder = undefined;
    return false;
  }

  /** Whether another process has the folder, or could have taken it over because the heartbeat of this process was late. */
  #wasTaken(name: string): boolean {
    const { files, root, claimAfterMs, clock } = this.#settings;
    let isFound = Math.abs(clock.now() - this.#beatenMs) >= claimAfterMs;
    ignoreErrors(() => {
      isFound ||= files.readdirSync(root).some((other) => sizeOf(files, `${root}/${other}/${claimedPrefix}${name}`) !== undefined);
    });
    return isFound;
  }

  /** Rewrites the heartbeat. Returns false if the folder is gone. */
  beat(nowMs: number): boolean {
    const isThere = this.folder?.beat() ?? true;
    if (isThere) this.#beatenMs = nowMs;
    return isThere;
  }

  /** Keeps lines that the server rejected, separated by line breaks. A failure is reported and loses only these lines. */
  keepRejected(lines: Uint8Array): void {
    const whole = new Uint8Array(lines.length + 1).fill(lineBreak);
    whole.set(lines);
    try {
      this.folder?.keep(whole);
    } catch (error) {
      const message = `Cannot keep a rejected event in ${this.folder?.path} (${reasonOf(error)})`;
      report({
        code: "disk-failed",
        handler: this.#settings.name,
        message,
        hint: cureOf(error, "Check that this process may write there"),
      });
    }
  }

  /** Leaves the folder: it is deleted if it is empty, and otherwise released for any process to take over. */
  leave(): void {
    const { folder } = this;
    this.folder = undefined;
    ignoreErrors(() => folder?.leave()); // if that fails, another process takes the folder over later
  }
}

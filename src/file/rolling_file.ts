/** A file to which lines are appended. It is opened on first use, reopened if it was moved, and rolled by size or time. */

import type { Clock } from "../runtime/clock.ts";
import { isRolledSuffix, rolledSuffix, rolloverAfter, type RolloverOptions } from "./rollover_time.ts";
import { codeOf, type FileStatus, type FileSystem, statusOf } from "../runtime/files.ts";

/** The part of the runtime's file system that is used. */
export type RollingFileSystem =
  & Pick<FileSystem, "openSync" | "closeSync" | "writeSync" | "fstatSync" | "statSync" | "renameSync">
  & Partial<Pick<FileSystem, "readdirSync" | "unlinkSync">>;

/** Path, permissions and limits of the file. */
export interface RollingFileSettings {
  readonly files: RollingFileSystem;
  /** Absolute path. */
  readonly path: string;
  /** Whether the file is emptied when it is first opened. */
  readonly truncates: boolean;
  /** Size that the file stays below; 0 for no limit. */
  readonly maxBytes: number;
  /** Permissions of a new file. */
  readonly fileMode: number;
  /** Number of rolled files kept. If 0, the file is never rolled by size, and all files rolled by time are kept. */
  readonly backupCount: number;
  /** When to roll by time, regardless of size. */
  readonly rollover?: RolloverOptions | undefined;
  /** Clock for rolling by time. */
  readonly clock?: Pick<Clock, "now">;
}

/** How often to check whether the file is still at its path. */
const lookMs = 1000;
/** Age of a lock whose process must have ended while it rolled the file. */
const staleMs = 10_000;

/** One file at one path. Every method may throw an error of the file system. */
export class RollingFile {
  settings: RollingFileSettings;
  #descriptor: number | undefined;
  /** Status of the file opened last. */
  #status: FileStatus | undefined;
  #size = 0;
  #isTruncated = false;
  #lookedMs = 0;
  /** When the file is next rolled by time. */
  #rolloverMs = Infinity;
  /** Whether rolling failed, so that the file is not rolled until `prepare` is called again. */
  #isStuck = false;

  constructor(settings: RollingFileSettings) {
    this.settings = settings;
  }

  /** Opens the file if it is closed or gone from its path. Returns whether it is another file than before. */
  prepare(): boolean {
    const before = this.#status;
    const nowMs = Date.now();
    if (this.#descriptor !== undefined && Math.abs(nowMs - this.#lookedMs) >= lookMs) {
      this.#lookedMs = nowMs;
      if (!this.#isInPlace()) this.close();
    }
    this.#isStuck = false;
    if (this.#descriptor === undefined) this.#open();
    else this.#size = this.settings.files.fstatSync(this.#descriptor).size; // other processes may write to it
    return before !== undefined && !isSame(before, this.#status);
  }

  #open(): void {
    const { files, path, truncates, fileMode } = this.settings;
    // emptied, then opened again to append, which does not overwrite lines of other writers
    if (truncates && !this.#isTruncated) files.closeSync(files.openSync(path, "w", fileMode));
    this.#isTruncated = true;
    this.#descriptor = files.openSync(path, "a", fileMode);
    this.#status = files.fstatSync(this.#descriptor);
    this.#size = this.#status.size;
    this.#lookedMs = Date.now();
    const { rollover } = this.settings;
    const nowMs = this.#nowMs();
    const { mtimeMs = nowMs, birthtimeMs } = this.#status;
    const beganMs = this.#size > 0 ? Math.min(mtimeMs, birthtimeMs || mtimeMs) : nowMs; // processes may live shorter than a file
    if (rollover) this.#rolloverMs = rolloverAfter(beganMs, rollover);
  }

  #nowMs(): number {
    return this.settings.clock?.now() ?? Date.now();
  }

  #isInPlace(): boolean {
    const { files, path } = this.settings;
    try {
      return isSame(this.#status, statusOf(files, path));
    } catch (error) {
      return codeOf(error) === "EACCES"; // a process that gave up its privileges keeps its open file
    }
  }

  /** Whether the file is rolled by size; a device or pipe cannot be moved. */
  get #rolls(): boolean {
    const { maxBytes, backupCount, rollover } = this.settings;
    return rollover === undefined && maxBytes > 0 && backupCount > 0 && !this.#isStuck && this.#status?.isFile() === true;
  }

  /** Number of bytes until the file is full. */
  get room(): number {
    return this.#rolls ? this.settings.maxBytes - this.#size : Infinity;
  }

  /** Whether to roll before a line of this length. An empty file is not rolled, because a new file would have as little room. */
  isFullFor(length: number): boolean {
    if (this.settings.rollover === undefined) return this.#size > 0 && length >= this.room;
    if (this.#isStuck || this.#nowMs() < this.#rolloverMs || this.#status?.isFile() !== true) return false;
    if (this.#size === 0) this.#rolloverMs = rolloverAfter(this.#nowMs(), this.settings.rollover);
    return this.#size > 0;
  }

  /**
   * Renames the file and the rolled files, and opens a new file. If renaming fails, returns the error and opens the same file again.
   *
   * The file is continued if another process is rolling it. So it is, until the next rollover, if the name of the rolled file is in use: an
   * hour comes twice when clocks are set back.
   */
  roll(): unknown {
    const lock = `${this.settings.path}.lock`;
    try {
      if (!this.#take(lock)) return undefined;
    } catch (error) {
      this.#isStuck = true;
      return error;
    }
    try {
      return this.#rollAlone();
    } finally {
      this.#release(lock);
    }
  }

  /** Creates the lock, without which processes would overwrite each other's rolled files. Returns false if another process has it. */
  #take(lock: string): boolean {
    const { files } = this.settings;
    try {
      files.closeSync(files.openSync(lock, "wx", 0o600));
      return true;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      if (Math.abs(Date.now() - (statusOf(files, lock)?.mtimeMs ?? Date.now())) > staleMs) this.#release(lock);
      return false;
    }
  }

  #release(lock: string): void {
    try {
      this.settings.files.unlinkSync?.(lock);
    } catch {
      // it becomes stale
    }
  }

  #rollAlone(): unknown {
    if (!this.#isInPlace()) return void this.#reopen(); // another process has rolled it
    const { files, rollover } = this.settings;
    if (rollover && statusOf(files, this.#aside(rollover)) !== undefined) {
      return void (this.#rolloverMs = rolloverAfter(this.#nowMs(), rollover));
    }
    let failure: unknown;
    this.close(); // Windows cannot move an open file
    try {
      this.#moveOn();
    } catch (error) {
      failure = error;
    }
    this.#open();
    this.#isStuck = failure !== undefined;
    return failure;
  }

  #reopen(): void {
    this.close();
    this.#open();
  }

  #moveOn(): void {
    const { files, path, backupCount, rollover } = this.settings;
    if (rollover) return this.#moveAside(rollover);
    let last = 1;
    while (last < backupCount && statusOf(files, `${path}.${last}`) !== undefined) last++; // up to a gap, which an interrupted roll leaves
    for (let n = last; n > 1; n--) files.renameSync(`${path}.${n - 1}`, `${path}.${n}`);
    files.renameSync(path, `${path}.1`);
  }

  /** Path of the file once it is rolled by time: its name, and the time at which it began. */
  #aside(rollover: RolloverOptions): string {
    return `${this.settings.path}.${rolledSuffix(this.#rolloverMs, rollover)}`;
  }

  /** Moves the file aside, and deletes the oldest files beyond `backupCount`. */
  #moveAside(rollover: RolloverOptions): void {
    const { files, path, backupCount } = this.settings;
    files.renameSync(path, this.#aside(rollover));
    if (backupCount === 0) return;
    const start = path.lastIndexOf(path.includes("/") ? "/" : "\\") + 1;
    const name = `${path.slice(start)}.`;
    const rolled = (files.readdirSync?.(path.slice(0, start)) ?? []).filter((one) =>
      one.startsWith(name) && isRolledSuffix(one.slice(name.length), rollover)
    );
    for (const one of rolled.sort().slice(0, -backupCount)) files.unlinkSync?.(path.slice(0, start) + one);
  }

  /** Appends bytes in one call. Returns how many were written. */
  write(bytes: Uint8Array): number {
    const { files } = this.settings;
    let written: number;
    try {
      written = files.writeSync(this.#descriptor!, bytes, 0, bytes.length);
      if (written === 0) throw new Error("nothing was written");
    } catch (error) {
      written = files.fstatSync(this.#descriptor!).size - this.#size; // Deno writes the part that fits, and then throws
      if (written <= 0 || written >= bytes.length) throw error;
    }
    this.#size += written;
    return written;
  }

  /** Closes the file; a later `prepare` reopens it. */
  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    try {
      if (descriptor !== undefined) this.settings.files.closeSync(descriptor);
    } catch {
      // the descriptor is not used again
    }
  }
}

function isSame(one: FileStatus | undefined, other: FileStatus | undefined): boolean {
  return one?.ino === other?.ino && one?.dev === other?.dev;
}

/** A file that lines are appended to: opened late, opened anew when it was moved away, and rolled when it is full. */

import type { Clock } from "../runtime/clock.ts";
import { isRolledSuffix, rolledSuffix, rolloverAfter, type RolloverOptions } from "./rollover_time.ts";
import { codeOf, type FileStatus, type FileSystem, statusOf } from "../runtime/files.ts";

/** What is used of the runtime's files. */
export type RollingFileSystem =
  & Pick<FileSystem, "openSync" | "closeSync" | "writeSync" | "fstatSync" | "statSync" | "renameSync">
  & Partial<Pick<FileSystem, "readdirSync" | "unlinkSync">>;

/** Which file, and how much it takes. */
export interface RollingFileSettings {
  readonly files: RollingFileSystem;
  /** From the root. */
  readonly path: string;
  /** Whether it is emptied when it is opened for the first time. */
  readonly truncates: boolean;
  /** The bytes that it stays below; 0 for no bound. */
  readonly maxBytes: number;
  /** Who may read and write a file that is created. */
  readonly fileMode: number;
  /** How many rolled files are kept; 0 never rolls by size, and keeps all that are rolled by time. */
  readonly backupCount: number;
  /** When it is rolled by time; then its size does not count. */
  readonly rollover?: RolloverOptions | undefined;
  /** Tells the time of a rollover. */
  readonly clock?: Pick<Clock, "now">;
}

/** How often it is looked whether the file is still where it was. */
const lookMs = 1000;

/** One file at one path; every method may throw what the runtime's files throw. */
export class RollingFile {
  settings: RollingFileSettings;
  #descriptor: number | undefined;
  /** What was opened last. */
  #status: FileStatus | undefined;
  #size = 0;
  #isTruncated = false;
  #lookedMs = 0;
  /** When it is rolled by time. */
  #rolloverMs = Infinity;
  /** Whether it could not be rolled, and goes on as it is until it is prepared again. */
  #isStuck = false;

  constructor(settings: RollingFileSettings) {
    this.settings = settings;
  }

  /** Opens it if it is not open, or no more at its path; answers whether it is another file than before. */
  prepare(): boolean {
    const before = this.#status;
    const nowMs = Date.now();
    if (this.#descriptor !== undefined && Math.abs(nowMs - this.#lookedMs) >= lookMs) {
      this.#lookedMs = nowMs;
      if (!this.#isInPlace()) this.close();
    }
    this.#isStuck = false;
    if (this.#descriptor === undefined) this.#open();
    else if (this.#rolls) this.#size = this.settings.files.fstatSync(this.#descriptor).size; // others may write to it, too
    return before !== undefined && !isSame(before, this.#status);
  }

  #open(): void {
    const { files, path, truncates, fileMode } = this.settings;
    if (truncates && !this.#isTruncated) files.closeSync(files.openSync(path, "w", fileMode)); // and then appended to, so that no line is written over another's
    this.#isTruncated = true;
    this.#descriptor = files.openSync(path, "a", fileMode);
    this.#status = files.fstatSync(this.#descriptor);
    this.#size = this.#status.size;
    this.#lookedMs = Date.now();
    const { rollover } = this.settings;
    const nowMs = this.#nowMs();
    if (rollover) this.#rolloverMs = rolloverAfter(this.#size > 0 ? this.#status.mtimeMs ?? nowMs : nowMs, rollover);
  }

  #nowMs(): number {
    return this.settings.clock?.now() ?? Date.now();
  }

  #isInPlace(): boolean {
    const { files, path } = this.settings;
    try {
      return isSame(this.#status, statusOf(files, path));
    } catch (error) {
      return codeOf(error) === "EACCES"; // a process that gave up its rights goes on with what it has open
    }
  }

  /** Whether it is bound, and can be: a device or a pipe cannot be moved. */
  get #rolls(): boolean {
    const { maxBytes, backupCount, rollover } = this.settings;
    return rollover === undefined && maxBytes > 0 && backupCount > 0 && !this.#isStuck && this.#status?.isFile() === true;
  }

  /** How many bytes it takes before it is full. */
  get room(): number {
    return this.#rolls ? this.settings.maxBytes - this.#size : Infinity;
  }

  /** Whether it must be rolled before a line of that length. One that is empty need not: nothing is gained by that. */
  isFullFor(length: number): boolean {
    if (this.settings.rollover === undefined) return this.#size > 0 && length >= this.room;
    if (this.#isStuck || this.#nowMs() < this.#rolloverMs || this.#status?.isFile() !== true) return false;
    if (this.#size === 0) this.#rolloverMs = rolloverAfter(this.#nowMs(), this.settings.rollover);
    return this.#size > 0;
  }

  /** Moves it and those that were rolled before it on by one, and opens a new one; what fails with that is answered, and it goes on as it is. */
  roll(): unknown {
    if (!this.#isInPlace()) return void this.#reopen(); // another has rolled it
    let failure: unknown;
    this.close(); // Windows moves no open file
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
    while (last < backupCount && statusOf(files, `${path}.${last}`) !== undefined) last++; // up to a gap: a roll that failed half-way has left one
    for (let n = last; n > 1; n--) files.renameSync(`${path}.${n - 1}`, `${path}.${n}`);
    files.renameSync(path, `${path}.1`);
  }

  /** Gives it the name of the time at which it began, and removes the oldest of such beyond those that are kept. */
  #moveAside(rollover: RolloverOptions): void {
    const { files, path, backupCount } = this.settings;
    files.renameSync(path, `${path}.${rolledSuffix(this.#rolloverMs, rollover)}`);
    if (backupCount === 0) return;
    const start = path.lastIndexOf(path.includes("/") ? "/" : "\\") + 1;
    const name = `${path.slice(start)}.`;
    const rolled = (files.readdirSync?.(path.slice(0, start)) ?? []).filter((one) =>
      one.startsWith(name) && isRolledSuffix(one.slice(name.length), rollover)
    );
    for (const one of rolled.sort().slice(0, -backupCount)) files.unlinkSync?.(path.slice(0, start) + one);
  }

  /** Appends bytes with one call; answers how many of them were written. */
  write(bytes: Uint8Array): number {
    const written = this.settings.files.writeSync(this.#descriptor!, bytes, 0, bytes.length);
    if (written === 0) throw new Error("nothing was written");
    this.#size += written;
    return written;
  }

  /** Closes it; a later prepare opens it again. */
  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    try {
      if (descriptor !== undefined) this.settings.files.closeSync(descriptor);
    } catch {
      // it is given up either way
    }
  }
}

function isSame(one: FileStatus | undefined, other: FileStatus | undefined): boolean {
  return one?.ino === other?.ino && one?.dev === other?.dev;
}

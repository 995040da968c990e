/** Declares and reads the options of the file handler. */

import { reasonOf } from "../event/exception.ts";
import { missingFilePermission } from "../runtime/permissions.ts";
import { below, choice, describe, type Issue, must, number, options, type Reader, wrong } from "../option_schema.ts";
import type { Clock } from "../runtime/clock.ts";
import { readRollover, type RolloverOptions } from "./rollover_time.ts";
import { directoryOf, fileSystem, missingFileGrant, resolvePath, statusOf } from "../runtime/files.ts";

/** Options of a {@linkcode FileHandler}, named as in Python's RotatingFileHandler; only `filename` is required. */
export interface FileOptions {
  /** Path of the file, relative to the working directory; `~` has no special meaning. The directory must exist. */
  readonly filename: string;
  /** `"a"` appends to the file; `"w"` empties it before the first event, but not with `maxBytes` or `rollover`. Default: `"a"`. */
  readonly mode?: "a" | "w" | undefined;
  /**
   * Size in bytes that a file stays below. It is rolled before a line that would reach this size. Not with `rollover`. Default: 0, which
   * never rolls.
   */
  readonly maxBytes?: number | undefined;
  /** Number of rolled files that are kept, from `app.log.1` (the latest) up. Default: 0, which never rolls. */
  readonly backupCount?: number | undefined;
  /**
   * When to roll by time, as in Python's TimedRotatingFileHandler. Then `backupCount` files are kept, or all files if it is 0.
   * Default: never.
   */
  readonly rollover?: RolloverOptions | undefined;
  /** The clock for rolling by time. Default: the runtime's clock. */
  readonly clock?: Pick<Clock, "now"> | undefined;
  /** Permissions of a new file, as for chmod: `0o640` or `"640"`; the umask narrows them. Default: `0o600`, only this user. */
  readonly fileMode?: number | string | undefined;
  /** Only `"utf-8"` is supported, in any spelling. */
  readonly encoding?: string | undefined;
}

const filename = must(
  "the path of a file",
  (given: unknown) => (typeof given === "string" && /^[^\0]+$/.test(given) ? given : undefined),
);
const encoding = must(
  "an encoding, which is utf-8",
  (given: unknown) => (typeof given === "string" && /^utf[-_ ]?8$/i.test(given) ? given : undefined),
);
const fileMode = must('the permissions of a file, such as 0o640 or "640"', (given: unknown) => {
  const bits = typeof given === "string" && /^(?:0o?)?[0-7]{3}$/.test(given) ? Number.parseInt(given.slice(-3), 8) : given;
  return typeof bits === "number" && Number.isInteger(bits) && bits >= 0o200 && bits <= 0o777 ? bits : undefined;
});
const count = number(0, Number.MAX_SAFE_INTEGER, true);

const readGiven = options<Partial<FileOptions>>({
  filename,
  mode: choice("a", "w"),
  maxBytes: count,
  backupCount: count,
  rollover: readRollover,
  clock: describe((given) => given, { type: "function" }),
  fileMode,
  encoding,
});

/** Reads the options of a file handler. A path that cannot be written is an issue. Nothing is created or changed. */
export const readFileOptions: Reader<FileOptions> = describe((given, path, issues) => {
  const read = readGiven(given, path, issues);
  if (read && !("filename" in read)) filename(undefined, below(path, "filename"), issues);
  if (read?.filename !== undefined) checkPlace(read as FileOptions, below(path, "filename"), issues);
  if (read?.rollover && read.maxBytes) {
    issues.push({ path: below(path, "maxBytes"), message: "Cannot use this option together with rollover, which rolls by time" });
  }
  return read as FileOptions;
}, readGiven.about);

function checkPlace({ filename, maxBytes = 0, backupCount = 0, rollover }: FileOptions, path: string, issues: Issue[]): void {
  const problem = problemOf(filename, rollover !== undefined || (maxBytes > 0 && backupCount > 0));
  if (problem !== undefined) issues.push(wrong(path, `a log file, because ${problem}`, filename));
}

/** Returns what prevents writing to the file and how to fix it, as far as this can be checked in advance. */
function problemOf(filename: string, rolls: boolean): string | undefined {
  const files = fileSystem();
  if (files === undefined) return "this runtime has no files; use the class console or seq";
  const path = resolvePath(filename);
  const directory = directoryOf(path);
  const place = rolls ? directory : path;
  const missing = missingFileGrant(place);
  if (missing !== undefined) return missing;
  try {
    const found = statusOf(files, path);
    if (found?.isDirectory()) return "it is a directory; add the name of a file";
    const needsDirectory = found === undefined || rolls;
    if (needsDirectory && missingFilePermission("read", directory) === undefined && !statusOf(files, directory)?.isDirectory()) {
      return `there is no directory ${directory}; create it`;
    }
    if (missingFilePermission("access", path) !== undefined) return undefined;
    if (found !== undefined) files.accessSync(path, files.constants.W_OK);
    if (needsDirectory) files.accessSync(directory, files.constants.W_OK);
    return undefined;
  } catch (error) {
    return `this process may not write there (${reasonOf(error)}); allow it, or choose another place`;
  }
}

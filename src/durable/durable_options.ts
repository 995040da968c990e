/** The options of the queue on disk, and how they are read. */

import { type Clock, systemClock } from "../runtime/clock.ts";
import {
  any,
  below,
  ConfigError,
  describe,
  type Filled,
  flag,
  type Issue,
  must,
  number,
  options,
  type Reader,
  wrong,
} from "../option_schema.ts";
import { type FileSystem, fileSystem, missingFileGrant, resolvePath, unsafeFolder } from "../runtime/files.ts";

/** What {@linkcode durableQueue} takes; only `path` is required. */
export interface DurableOptions {
  /** The folder for the queues of this handler, from the current directory; it is created. Several processes may share it. */
  readonly path: string;
  /** The most bytes that one queue has on disk; beyond it events are given up by the option `overflow`. Default: 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** The bytes of one file; the oldest goes whole when the disk is full. Default: 1 MiB, and at most an eighth of `maxBytes`. */
  readonly chunkBytes?: number | undefined;
  /** Whether events survive the death of the machine, and not only of the process; it costs a wait for the disk in each tick. Default: false. */
  readonly fsync?: boolean | undefined;
  /** The most bytes of rejected events that are kept. Default: 10 MiB. */
  readonly retainRejectedBytes?: number | undefined;
  /** How long another process must seem dead until its events are taken over, in milliseconds. Default: 30 000. */
  readonly claimAfterMs?: number | undefined;
  /** Tells the time. Default: the runtime's. */
  readonly clock?: Clock | undefined;
}

const folder = must("the path of a folder", (given: unknown) => (typeof given === "string" && /^[^\0]+$/.test(given) ? given : undefined));
const count = number(1, Number.MAX_SAFE_INTEGER, true);

const readGiven = options<DurableOptions>({
  path: folder,
  maxBytes: count,
  chunkBytes: count,
  fsync: flag,
  retainRejectedBytes: number(0, Number.MAX_SAFE_INTEGER, true),
  claimAfterMs: number(100, 2 ** 31 - 1),
  clock: any,
});

/** Reads the options of a queue on disk; a folder that the runtime does not grant is an issue. Nothing is created or changed. */
export const readDurableOptions: Reader<DurableOptions> = describe((given, path, issues) => {
  const read = readGiven(given, path, issues);
  const at = below(path, "path");
  if (read && !("path" in read)) folder(undefined, at, issues);
  const problem = read?.path === undefined ? undefined : problemOf(read.path);
  if (problem !== undefined) issues.push(wrong(at, `a folder for events, for ${problem}`, read?.path));
  return read;
}, readGiven.about);

/** The options with all defaults, and the folder's path from the root as `root`. Throws a ConfigError that lists every mistake. */
export function readDurableSettings(given: DurableOptions): Filled<Omit<DurableOptions, "path">> & { readonly root: string } {
  const issues: Issue[] = [];
  const read = readDurableOptions(given, "", issues);
  if (read === undefined || issues.length > 0) throw new ConfigError(issues);
  const {
    path,
    maxBytes = 1_073_741_824,
    chunkBytes = 1_048_576,
    fsync = false,
    retainRejectedBytes = 10_485_760,
    claimAfterMs = 30_000,
    clock = systemClock,
  } = read;
  return { root: resolvePath(path), maxBytes, chunkBytes, fsync, retainRejectedBytes, claimAfterMs, clock };
}

/** What keeps the folder from being used, as far as that can be seen without touching it. */
function problemOf(path: string): string | undefined {
  const files = fileSystem();
  if (files === undefined) return "this runtime has no files; leave out the option queue";
  const place = resolvePath(path);
  return missingFileGrant(place) ?? unsafePlace(files, place);
}

function unsafePlace(files: FileSystem, path: string): string | undefined {
  try {
    return unsafeFolder(files, path);
  } catch {
    return undefined; // a place that cannot be looked at is reported when it is used
  }
}

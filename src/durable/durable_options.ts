/** Declares and reads the options of the durable queue, with every default. */

import { type Clock, systemClock } from "../runtime/clock.ts";
import { any, below, describe, type Filled, flag, must, number, options, type Reader, requireOptions, wrong } from "../option_schema.ts";
import { type FileSystem, fileSystem, missingFileGrant, resolvePath, unsafeFolder } from "../runtime/files.ts";

/** Options of {@linkcode durableQueue}; only `path` is required. */
export interface DurableOptions {
  /** Folder for the queues of this handler, relative to the working directory. It is created, and several processes may share it. */
  readonly path: string;
  /** Most bytes on disk per queue; beyond that, the option `overflow` decides which events are dropped. Default: 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Size of one file; on overflow the oldest file is dropped as a whole. Default: 1 MiB, and at most an eighth of `maxBytes`. */
  readonly chunkBytes?: number | undefined;
  /** Whether events survive not only a crash of the process but also of the machine; each tick then waits for the disk. Default: false. */
  readonly fsync?: boolean | undefined;
  /** Most bytes of rejected events that are kept. Default: 10 MiB. */
  readonly retainRejectedBytes?: number | undefined;
  /** How long another process must seem dead before its events are taken over, in milliseconds. Default: 30 000. */
  readonly claimAfterMs?: number | undefined;
  /** The clock. Default: the runtime's. */
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

/** Reads the options of a durable queue. A folder that cannot be used is an issue. Nothing is created or changed. */
export const readDurableOptions: Reader<DurableOptions> = describe((given, path, issues) => {
  const read = readGiven(given, path, issues);
  const at = below(path, "path");
  if (read && !("path" in read)) folder(undefined, at, issues);
  const problem = read?.path === undefined ? undefined : problemOf(read.path);
  if (problem !== undefined) issues.push(wrong(at, `a folder for events, because ${problem}`, read?.path));
  return read;
}, readGiven.about);

/** Returns the options with all defaults, and the absolute path as `root`. Throws a ConfigError that lists every mistake. */
export function readDurableSettings(given: DurableOptions): Filled<Omit<DurableOptions, "path">> & { readonly root: string } {
  const {
    path,
    maxBytes = 1_073_741_824,
    chunkBytes = 1_048_576,
    fsync = false,
    retainRejectedBytes = 10_485_760,
    claimAfterMs = 30_000,
    clock = systemClock,
  } = requireOptions(readDurableOptions, given, "durableQueue");
  return { root: resolvePath(path), maxBytes, chunkBytes, fsync, retainRejectedBytes, claimAfterMs, clock };
}

/** Returns why the folder cannot be used. It changes nothing, so it cannot find every reason. */
function problemOf(path: string): string | undefined {
  const files = fileSystem();
  if (files === undefined) return "this runtime has no files; remove the option queue";
  const place = resolvePath(path);
  return missingFileGrant(place) ?? unsafePlace(files, place);
}

function unsafePlace(files: FileSystem, path: string): string | undefined {
  try {
    return unsafeFolder(files, path);
  } catch {
    return undefined; // a folder that cannot be examined is reported when it is used
  }
}

/** The filter by level: a range from one level to another. */

import type { Filter } from "../filter.ts";
import { type Level, levels } from "../event/level.ts";
import type { LogEvent } from "../event/log_event.ts";
import { below, describe, options, type Reader, requireOptions, wrong } from "../option_schema.ts";
import { least, most } from "./filter_options.ts";

/** Options of {@linkcode levelFilter}. */
export interface LevelFilterOptions {
  /** The least severe level that passes, by any of its names; a number is Python's. Default: `"trace"`. */
  readonly min?: Level | (string & {}) | number | undefined;
  /** The most severe level that passes, by any of its names; a number is Python's, and levels above it do not pass. Default: `"fatal"`. */
  readonly max?: Level | (string & {}) | number | undefined;
}

const readGiven = options<LevelFilterOptions>(() => ({ min: least, max: most }));
const rankOf = (level: unknown, otherwise: number): number => level === undefined ? otherwise : levels.indexOf(level as Level);

/** Reads the options of a level filter. An empty range is an issue. */
export const readLevelOptions: Reader<LevelFilterOptions> = describe((given, path, issues) => {
  const known = readGiven(given, path, issues);
  if (rankOf(known?.min, 0) > rankOf(known?.max, 5)) issues.push(wrong(below(path, "max"), `a level not below ${known!.min}`, known!.max));
  return known;
}, readGiven.about);

/**
 * Makes a filter that lets events of a range of levels pass, both ends included.
 *
 * @param options The range; without options, everything passes.
 * @throws {ConfigError} If a level is unknown, or the range is empty.
 * @example
 * ```ts
 * import { getLogger, levelFilter, MemoryHandler } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const quiet = new MemoryHandler();
 * quiet.filters = [levelFilter({ max: "warning" })];
 * const added = getLogger("shop").addHandler(quiet);
 * getLogger("shop").warn("Drawer open");
 * getLogger("shop").error("Drawer empty");
 * assert.deepEqual(quiet.events.map((event) => event.message), ["Drawer open"]);
 * added.dispose();
 * ```
 */
export function levelFilter(options: LevelFilterOptions = {}): Filter {
  const { min, max } = requireOptions(readLevelOptions, options, "levelFilter");
  const decides = (_loggerName: string, level: Level): boolean => {
    const rank = levels.indexOf(level);
    return rank >= rankOf(min, 0) && rank <= rankOf(max, 5);
  };
  return Object.assign(({ loggerName, level }: LogEvent) => decides(loggerName, level), { decides });
}

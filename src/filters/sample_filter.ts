/** The filter that lets a random share of the events pass. */

import type { Filter } from "../filter.ts";
import { type Level, levels } from "../event/level.ts";
import { callable, number, options, orNull, type Reader, requireOptions, text } from "../option_schema.ts";
import { most, needing } from "./filter_options.ts";

/** Options of {@linkcode sampleFilter}. */
export interface SampleFilterOptions {
  /** Probability that an event passes, from 0 (none) to 1 (all). */
  readonly rate: number;
  /** The most severe level that is sampled, by any of its names or Python's number; more severe events always pass. Default: `"info"`. */
  readonly maxLevel?: Level | (string & {}) | number | undefined;
  /** The property that carries the rate, so that sums can be corrected; null for none. Default: `"SampleRate"`. */
  readonly property?: string | null | undefined;
  /** Returns a random number from 0 up to but not including 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Reads the options of a sample filter. A missing rate is an issue. */
export const readSampleOptions: Reader<SampleFilterOptions> = needing(
  options<SampleFilterOptions>(() => ({ rate: number(0, 1), maxLevel: most, property: orNull(text), random: callable })),
  "a number, 0 or more and at most 1",
  "rate",
);

/**
 * Makes a filter that lets each event up to a level pass with a probability, and every more severe event.
 *
 * Sampled events carry the rate as a property, unless the rate is 1.
 *
 * @param options The rate, and the most severe level to which the rate applies.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler, sampleFilter } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * memory.filters = [sampleFilter({ rate: 0.25, maxLevel: "warn", random: () => 0.1 })];
 * const added = getLogger("shop").addHandler(memory);
 * getLogger("shop").warn("{Left} items left", { Left: 3 });
 * getLogger("shop").error("Nothing left");
 * assert.deepEqual(memory.events.map((event) => event.properties), [{ Left: 3, SampleRate: 0.25 }, {}]);
 * added.dispose();
 * ```
 */
export function sampleFilter(options: SampleFilterOptions): Filter {
  const { rate, maxLevel = "info", property = "SampleRate", random = Math.random } = requireOptions(
    readSampleOptions,
    options,
    "sampleFilter",
  );
  return (event) => {
    if (rate === 1 || levels.indexOf(event.level) > levels.indexOf(maxLevel as Level)) return true;
    if (random() >= rate) return false;
    return property === null || { ...event, properties: { ...event.properties, [property]: rate } };
  };
}

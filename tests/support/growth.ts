/** How the cost of a call grows with its input: measured in CPU time, by ratio, so that a busy machine changes nothing. */

import assert from "node:assert/strict";
import process from "node:process";
import { isBrief, isFull } from "./effort.ts";

/** Linear is 4 where the input is four times as large, and quadratic 16. */
const factor = 4;
const mostRatio = 10;
/** Below this much CPU time a call is not measured, for noise is as large. */
const leastMicros = 3000;
const rounds = isFull ? 4 : isBrief ? 1 : 2;
/** A ratio that is too large is measured again, for the collector of garbage may have come in between; what grows too fast does so each time. */
const attempts = 8;

/** What to measure: `from` is a size that costs little, `to` the largest that is tried. */
export interface GrowthOptions {
  readonly from?: number;
  readonly to?: number;
}

function costOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The least cost of several rounds: what the collector of garbage takes is not counted. */
const leastCost = (work: () => unknown): number => Math.min(...Array.from({ length: rounds }, () => costOf(work)));

/**
 * Fails where four times the input costs more than ten times as much. The size doubles until a call costs enough to be measured; where even the
 * largest costs less, its growth does not matter.
 *
 * @param make Makes the input of a size; what it costs is not counted.
 */
export function assertLinear<T>(name: string, make: (size: number) => T, run: (input: T) => unknown, options: GrowthOptions = {}): void {
  const { from = 1000, to = 256_000 } = options;
  for (let size = from; size * factor <= to; size *= 2) {
    const input = make(size);
    if (costOf(() => run(input)) < leastMicros || leastCost(() => run(input)) < leastMicros) continue;
    const larger = make(size * factor);
    let said = "";
    for (let attempt = 0; attempt < attempts; attempt++) {
      const [small, large] = [leastCost(() => run(input)), leastCost(() => run(larger))];
      if (large / small < mostRatio) return;
      said = `${name}: ${size} cost ${small} µs, ${size * factor} cost ${large} µs`;
    }
    const largest = make(size * factor * factor);
    if (leastCost(() => run(largest)) / leastCost(() => run(larger)) < mostRatio) return; // a step, such as a second heap, and no growth
    assert.fail(said);
  }
}

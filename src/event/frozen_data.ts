/** Remembers which plain data is frozen and how large it is, so that it is captured only once. */

import { valueSize } from "./value_limits.ts";

/** The frozen data and its size. */
const frozen = new WeakMap<object, number>();

/** Deep-freezes captured data, so that no handler sees what another changes. */
export function freeze<T>(taken: T): T {
  weigh(taken);
  return taken;
}

/** Freezes plain data and returns its size. */
function weigh(taken: unknown): number {
  if (typeof taken === "string") return valueSize + taken.length;
  if (typeof taken !== "object" || taken === null || taken instanceof Date) return valueSize;
  const known = frozen.get(taken);
  if (known !== undefined) return known;
  let size = valueSize;
  for (const [name, value] of Object.entries(taken)) size += name.length + weigh(value);
  Object.freeze(taken);
  frozen.set(taken, size);
  return size;
}

/** Returns the size of data that this module froze; `undefined` for anything else. */
export function frozenSize(value: unknown): number | undefined {
  return frozen.get(value as object);
}

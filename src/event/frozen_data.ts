/** Remembers which plain data is frozen and how large it is, so that it is captured only once. */

import { valueSize } from "./value_limits.ts";

/** The frozen data and its size. */
const frozen = new WeakMap<object, number>();

/** Deep-freezes captured data, so that no handler can change what another handler sees. */
export function freeze<T>(data: T): T {
  weigh(data);
  return data;
}

/** Freezes plain data and returns its size. */
function weigh(data: unknown): number {
  if (typeof data === "string") return valueSize + data.length;
  if (typeof data !== "object" || data === null || data instanceof Date) return valueSize;
  const known = frozen.get(data);
  if (known !== undefined) return known;
  let size = valueSize;
  for (const [name, value] of Object.entries(data)) size += name.length + weigh(value);
  Object.freeze(data);
  frozen.set(data, size);
  return size;
}

/** Returns the size of data that this module froze; `undefined` for anything else. */
export function frozenSize(value: unknown): number | undefined {
  return frozen.get(value as object);
}

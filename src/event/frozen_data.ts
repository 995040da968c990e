/** What was taken already: frozen, because user code sees it, and with its size, because it is not taken again. */

import { valueSize } from "./value_limits.ts";

/** What was taken already and is shown to user code, with its size: it is not taken again. */
const frozen = new WeakMap<object, number>();

/** Freezes what was taken through and through: what one handler does to an event must not be seen by another. */
export function freeze<T>(taken: T): T {
  weigh(taken);
  return taken;
}

/** Freezes plain data; returns its size. */
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

/** The size of what was frozen here; `undefined` for anything else. */
export function frozenSize(value: unknown): number | undefined {
  return frozen.get(value as object);
}

/** Decides how the names of a bag are written, once for all bags of a call site that have these names. */

import { bitsOf, type Name, nameInfo } from "./json_text.ts";
import { WrittenNames } from "./value_kind.ts";

/** The names of properties as they are written. */
export interface WrittenShape {
  readonly infos: readonly Name[];
  readonly names: readonly string[];
  readonly bits: number;
  readonly special: boolean;
}

/** The names of a bag, cached because a call site logs the same names each time. */
export interface Shape extends WrittenShape {
  readonly given: readonly string[];
  readonly guarded: boolean;
  /** The shape that was cached before this one, and how many shapes are linked from this one on. */
  readonly next: Shape | undefined;
  readonly count: number;
}

/** Most shapes cached per call site. Loggers bind several bags under one name. */
const maxShapes = 4;

/**
 * Returns the written names of a bag.
 *
 * @param given The names of the bag's properties.
 * @param site What caches the shape; the shapes before it are found through it.
 */
export function shapeOf(given: readonly string[], site: { shape?: Shape } | undefined): Shape {
  const last = site?.shape;
  for (let known = last; known !== undefined; known = known.next) {
    let i = known.given.length === given.length ? 0 : -1;
    while (i >= 0 && i < given.length) i = given[i] === known.given[i] ? i + 1 : -1;
    if (i >= 0) return known;
  }
  const written = new WrittenNames(given);
  const infos = given.map((name) => nameInfo(written.write(name)));
  const names = infos.map(({ text }) => text);
  const special = infos.some(({ special }) => special);
  const guarded = infos.some(({ guarded }) => guarded);
  const count = (last?.count ?? 0) % maxShapes + 1;
  const shape = { given, infos, names, bits: bitsOf(names), special, guarded, next: count > 1 ? last : undefined, count };
  if (site !== undefined) site.shape = shape;
  return shape;
}

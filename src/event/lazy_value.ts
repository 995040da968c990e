/** Decides when a captured value is parsed: on first access. Most values are never accessed. */

import { parsePieces, type Pieces } from "./json_pieces.ts";
import type { LineWriter } from "./line_writer.ts";

/**
 * A function that returns a value or its JSON, or writes the JSON; the JSON is parsed on first access. Unlike an instance of a class,
 * a function is also recognized by another copy of this module.
 */
export type LazyValue = (to?: "json" | LineWriter) => unknown;

/**
 * Returns a value whose JSON is parsed on first access.
 *
 * @param value The value to use instead of the parsed JSON.
 */
export function lazyValue(pieces: Pieces, value?: unknown): LazyValue {
  return (to) => {
    if (typeof to === "object") return to.pieces(pieces);
    if (to === "json") return JSON.stringify(parsePieces(pieces)); // a handler may have changed the value, if it is a date
    return value ??= parsePieces(pieces);
  };
}

/** Decides when a captured value is parsed: on first access, which for most values never comes. */

import { parsePieces, type Pieces } from "./json_pieces.ts";
import type { LineWriter } from "./line_writer.ts";

/**
 * A value as JSON that is parsed on first access. It is a function, so that another copy of this module recognizes it: it returns the value
 * or its JSON, or writes the JSON.
 */
export type LazyValue = (to?: "json" | LineWriter) => unknown;

/**
 * Returns a value that is parsed late.
 *
 * @param value What the JSON stands for, if not its parsed value.
 */
export function lazyValue(pieces: Pieces, value?: unknown): LazyValue {
  return (to) => {
    if (typeof to === "object") return to.pieces(pieces);
    value ??= parsePieces(pieces);
    return to === undefined ? value : JSON.stringify(value);
  };
}

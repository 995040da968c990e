/** JSON in pieces, which are converted into bytes of a line or into a value only when one of these is needed. */

import type { Name } from "./json_text.ts";
import { define, toPlainNumber, wellFormedText } from "./value_kind.ts";

/** Opens an object. The comma before its first name is not written. */
export const openObject = true;

/** JSON as text, the name of a field, a number, the opening of an object; or null before a text that is not quoted yet. */
export type Pieces = (string | Name | number | typeof openObject | null)[];

/** Returns the value that the JSON describes. */
export function parsePieces(pieces: Pieces): unknown {
  let at = 0;
  const parse = (): unknown => {
    const piece = pieces[at++]!;
    if (piece === null) return wellFormedText(pieces[at++] as string);
    if (typeof piece === "number") return toPlainNumber(piece + 0); // JSON has no -0
    if (piece === "[") {
      const list: unknown[] = [];
      for (; pieces[at] !== "]"; list.push(parse())) if (pieces[at] === ",") at++;
      at++;
      return list;
    }
    if (typeof piece === "string") return JSON.parse(piece);
    const fields: Record<string, unknown> = {};
    while (pieces[at] !== "}") define(fields, wellFormedText((pieces[at++] as Name).text), parse());
    at++;
    return fields;
  };
  return parse();
}

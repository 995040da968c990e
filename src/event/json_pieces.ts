/** JSON in pieces, which are joined only where they are needed: as bytes in a line, or as text. */

import { type Name, quoteText, scalarJson } from "./json_text.ts";

/** Opens an object; the comma of the name that follows is not written. */
export const openObject = true;

/** JSON as text, the name of a field, a number, the opening of an object; or null before a text that is not quoted yet. */
export type Pieces = (string | Name | number | typeof openObject | null)[];

/** Returns the JSON as text. */
export function joinPieces(pieces: Pieces): string {
  let json = "";
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    if (typeof piece === "string") json += piece;
    else if (piece === null) json += quoteText(pieces[++i] as string);
    else if (typeof piece === "number") json += scalarJson(piece);
    else if (piece === openObject) json += "{";
    else json += pieces[i - 1] === openObject ? piece.json.slice(1) : piece.json;
  }
  return json;
}

/** JSON as Seq can read it: without lone surrogates, and without numbers beyond .NET's. */

import { toPlainNumber } from "./value_kind.ts";

/** A text as JSON; a lone surrogate, whose escape .NET refuses, becomes U+FFFD. */
export function quoteJson(text: string): string {
  return wellFormed(JSON.stringify(text));
}

/** JSON without the escapes of lone surrogates; a valid pair is never escaped. */
export function wellFormed(json: string): string {
  return json.includes("\\ud") ? json.replace(/\\(?:u....|.)/g, (escape) => (/^\\ud[89a-f]/.test(escape) ? "\ufffd" : escape)) : json;
}

/** A kept value as JSON. */
export function jsonOf(kept: unknown): string {
  return wellFormed(JSON.stringify(typeof kept === "number" ? toPlainNumber(kept) : typeof kept === "bigint" ? String(kept) : kept));
}

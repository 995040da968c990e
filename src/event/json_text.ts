/** Decides how texts, numbers and names become JSON that Seq can read: no lone surrogates, no numbers beyond .NET's range. */

import { credentialField, headers, rulesOf } from "./http_objects.ts";
import { isTraceName } from "./trace_context.ts";
import { toPlainNumber, writtenName } from "./value_kind.ts";
import { utf8 } from "../runtime/utf8.ts";

/** Returns a text as JSON. A lone surrogate becomes U+FFFD, because .NET rejects its escape. */
export function quoteJson(text: string & { isWellFormed?(): boolean }): string {
  const json = JSON.stringify(text);
  return text.isWellFormed?.() ? json : wellFormed(json); // older engines and type libraries lack the method
}

/** Returns JSON without the escapes of lone surrogates; a valid pair is never escaped. */
export function wellFormed(json: string): string {
  return json.includes("\\ud") ? json.replace(/\\(?:u....|.)/g, (escape) => (/^\\ud[89a-f]/.test(escape) ? "\ufffd" : escape)) : json;
}

/** Returns a captured value as JSON; a value that JSON cannot express becomes text. */
export function jsonOf(kept: unknown): string {
  return wellFormed(JSON.stringify(kept, toJsonScalar));
}

function toJsonScalar(_name: string, value: unknown): unknown {
  return typeof value === "number" ? toPlainNumber(value) : typeof value === "bigint" ? String(value) : value;
}

/** Returns a number, boolean or bigint as JSON; a number that JSON or .NET cannot hold becomes text. */
export function scalarJson(value: number | boolean | bigint): string {
  return typeof value === "boolean" || (typeof value === "number" && toPlainNumber(value) === value) ? `${value}` : `"${value}"`;
}

/** What the encoders need to know about a property's name, computed once per name. */
export interface Name {
  readonly text: string;
  /** `,"name":` as text, and as UTF-8. */
  readonly json: string;
  readonly bytes: Uint8Array;
  /** The rules for values of this name: the bits of `rulesOf`. */
  readonly rules: number;
  /** Whether CLEF writes the name differently: it begins with `@`, contains a dot, or denotes a trace or span id. */
  readonly special: boolean;
  /** Whether values of this name need inspection: credentials, headers, or the object's own `toJSON`. */
  readonly guarded: boolean;
  /** Whether the name cannot be written unchanged. */
  readonly isOdd: boolean;
  /** One bit of a 32-bit Bloom filter: two bags without a common bit share no name. */
  readonly bit: number;
}

const names = new Map<string, Name>();
const maxNames = 5000;
const maxRemembered = 100;

/** Returns the cached facts about a name. */
export function nameInfo(text: string): Name {
  const known = names.get(text);
  if (known !== undefined) return known;
  const rules = rulesOf(text);
  const special = text.startsWith("@") || text.includes(".") || isTraceName(text);
  const hash = text.length * 7 + text.charCodeAt(0) + text.charCodeAt(text.length - 1) * 31;
  const guarded = text === "toJSON" || (rules & (credentialField | headers)) !== 0;
  const json = `,${quoteJson(text)}:`;
  const made = {
    text,
    json,
    bytes: utf8().encode(json),
    rules,
    special,
    guarded,
    isOdd: writtenName(text) !== text,
    bit: 1 << (hash & 31),
  };
  if (names.size >= maxNames) names.clear();
  if (text.length <= maxRemembered) names.set(text, made);
  return made;
}

/** Returns the Bloom filter of names. */
export function bitsOf(names: Iterable<string>): number {
  let bits = 0;
  for (const name of names) bits |= nameInfo(name).bit;
  return bits;
}

/** How texts, numbers and names become JSON that Seq can read: without lone surrogates, and without numbers beyond those of .NET. */

import { credentialField, headers, rulesOf } from "./http_objects.ts";
import { isTraceName } from "./trace_context.ts";
import { toPlainNumber } from "./value_kind.ts";

/** Returns a text as JSON; a lone surrogate, whose escape .NET refuses, becomes U+FFFD. */
export function quoteJson(text: string): string {
  return wellFormed(JSON.stringify(text));
}

/** Returns JSON without the escapes of lone surrogates; a valid pair is never escaped. */
export function wellFormed(json: string): string {
  return json.includes("\\ud") ? json.replace(/\\(?:u....|.)/g, (escape) => (/^\\ud[89a-f]/.test(escape) ? "\ufffd" : escape)) : json;
}

/** Returns a kept value as JSON; what JSON has no word for becomes text. */
export function jsonOf(kept: unknown): string {
  return wellFormed(JSON.stringify(kept, toJsonScalar));
}

function toJsonScalar(_name: string, value: unknown): unknown {
  return typeof value === "number" ? toPlainNumber(value) : typeof value === "bigint" ? String(value) : value;
}

/** Up to this length a text without anything to escape is quoted here, which is faster than JSON.stringify. */
export const shortLength = 40;

/** Does what {@linkcode quoteJson} does, faster for short texts. */
export function quoteText(text: string): string {
  if (text.length > shortLength) return quoteJson(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 34 || code === 92 || code >= 0xd800) return quoteJson(text);
  }
  return `"${text}"`;
}

/** Returns a number, boolean or bigint as JSON; a number that JSON or .NET cannot hold becomes text. */
export function scalarJson(value: number | boolean | bigint): string {
  return typeof value === "boolean" || (typeof value === "number" && toPlainNumber(value) === value) ? `${value}` : `"${value}"`;
}

/** A name of a property, with what its writers ask about it; computed once per name. */
export interface Name {
  readonly text: string;
  /** `,"name":` */
  readonly json: string;
  /** What holds for its values: the bits of `rulesOf`. */
  readonly rules: number;
  /** Whether it begins with `@`, has a dot, or is that of a trace's or span's id, so that CLEF writes it differently. */
  readonly special: boolean;
  /** Whether a value of that name may be a credential, a set of headers or the object's own `toJSON`, and is looked at. */
  readonly guarded: boolean;
  /** One of 32 bits: two bags whose bits have none in common have no name in common. */
  readonly bit: number;
}

const names = new Map<string, Name>();
const maxNames = 5000;
const maxRemembered = 100;

/** Returns what there is to know of a name. */
export function nameInfo(text: string): Name {
  const known = names.get(text);
  if (known !== undefined) return known;
  const rules = rulesOf(text);
  const special = text.startsWith("@") || text.includes(".") || isTraceName(text);
  const hash = text.length * 7 + text.charCodeAt(0) + text.charCodeAt(text.length - 1) * 31;
  const guarded = text === "toJSON" || (rules & (credentialField | headers)) !== 0;
  const made = { text, json: `,${quoteJson(text)}:`, rules, special, guarded, bit: 1 << (hash & 31) };
  if (names.size >= maxNames) names.clear();
  if (text.length <= maxRemembered) names.set(text, made);
  return made;
}

/** Returns the bits of names. */
export function bitsOf(names: Iterable<string>): number {
  let bits = 0;
  for (const name of names) bits |= nameInfo(name).bit;
  return bits;
}

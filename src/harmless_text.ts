/** Makes text safe to print: no value can move a terminal's cursor, hide other text, or begin a line that looks like an event. */

import { isPlainAscii, lazyPattern } from "./lazy_pattern.ts";

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, and characters that change direction or are invisible.
 * The two joiners are invisible as well, but they stay, because some scripts and emoji need them.
 */
const harmful = lazyPattern("[\\p{Cc}\\p{Zl}\\p{Zp}]|(?![\\u200c\\u200d])\\p{Cf}", "gu");
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** Indent of all lines of an event but the first. */
const indent = "    ";
/** Most characters of a text from outside that a message repeats. */
const maxForeignLength = 200;

/** Returns the text as one line, with harmful characters and line breaks escaped. */
export function harmless(text: string): string {
  return isPlainAscii(text) ? text : text.replace(harmful(), escape);
}

function escape(character: string): string {
  const code = character.codePointAt(0)!;
  return named[character] ?? (code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`);
}

/** Returns the text with harmful characters escaped, except line breaks and tabs. */
export function harmlessLines(text: string): string {
  return isPlainAscii(text)
    ? text
    : text.replace(/\r\n/g, "\n").replace(harmful(), (one) => (one === "\n" || one === "\t" ? one : escape(one)));
}

/** Returns the text with harmful characters escaped and all lines but the first indented, so that no line looks like another event. */
export function indentLines(text: string): string {
  return isPlainAscii(text) ? text : harmlessLines(text).replaceAll("\n", `\n${indent}`);
}

/** As {@linkcode indentLines}, but keeps colours: for the text of a program's own formatter. */
export function indentColouredLines(text: string): string {
  if (!text.includes("\x1b")) return indentLines(text);
  // deno-lint-ignore no-control-regex -- only the sequences that set a colour
  return text.split(/(\x1b\[[0-9;]{0,40}m)/).map((part, i) => (i % 2 === 1 ? part : indentLines(part))).join("");
}

/** Returns a text from outside, such as a server's reply, shortened and safe for a message. */
export function quoteForeign(text: string): string {
  const line = text.slice(0, 10 * maxForeignLength).replace(/\s+/g, " ").trim();
  return harmless(line.length > maxForeignLength ? `${line.slice(0, maxForeignLength)}…` : line);
}

/** Returns JSON lines with harmful characters as JSON escapes: the same data, but safe to print. */
export function harmlessJson(lines: string): string {
  const escapeUnits = (text: string): string => text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return lines.replace(harmful(), (one) => (one === "\n" ? one : escapeUnits(one)));
}

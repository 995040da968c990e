/** Text made harmless for people: no value can move a terminal's cursor, hide other text, or begin a line that looks like an event. */

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, and characters that change the direction or are invisible.
 * The two joiners are invisible as well, but scripts and emoji need them.
 */
const harmful = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;
/** What most texts are made of; the test costs a tenth of the search above. */
const isPlain = /^[\x20-\x7e]*$/;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** What the lines of an event after its first begin with. */
const indent = "    ";
/** The most characters of a text from outside that a message repeats. */
const maxForeignLength = 200;

/** Returns the text on one line, harmful characters and line breaks written as escapes. */
export function harmless(text: string): string {
  return isPlain.test(text) ? text : text.replace(harmful, escape);
}

function escape(character: string): string {
  const code = character.codePointAt(0)!;
  return named[character] ?? (code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`);
}

/** Returns the text with its line breaks and tabs kept and every line made harmless. */
export function harmlessLines(text: string): string {
  return isPlain.test(text)
    ? text
    : text.replace(/\r\n/g, "\n").replace(harmful, (one) => (one === "\n" || one === "\t" ? one : escape(one)));
}

/** Returns the lines of the text made harmless, those after the first indented, so that none looks like another event. */
export function indentLines(text: string): string {
  return isPlain.test(text) ? text : harmlessLines(text).replaceAll("\n", `\n${indent}`);
}

/** Does the same for a text that may be coloured on purpose: a formatter of the program's has made it. */
export function indentColouredLines(text: string): string {
  if (!text.includes("\x1b")) return indentLines(text);
  // deno-lint-ignore no-control-regex -- the sequences that set a colour, and nothing else
  return text.split(/(\x1b\[[0-9;]{0,40}m)/).map((part, i) => (i % 2 === 1 ? part : indentLines(part))).join("");
}

/** Returns a text from outside, such as a server's reply, harmless and short enough for a message. */
export function quoteForeign(text: string): string {
  const line = text.slice(0, 10 * maxForeignLength).replace(/\s+/g, " ").trim();
  return harmless(line.length > maxForeignLength ? `${line.slice(0, maxForeignLength)}…` : line);
}

/** Returns lines of JSON in which harmful characters inside texts are JSON's escapes: the lines say the same, and are harmless to print. */
export function harmlessJson(lines: string): string {
  const escapeUnits = (text: string): string => text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return lines.replace(harmful, (one) => (one === "\n" ? one : escapeUnits(one)));
}

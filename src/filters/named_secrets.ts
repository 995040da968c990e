/**
 * Finds secrets in text by their names: JSON fields and query parameters. Each function reads its text once, from left to right.
 */

import type { SecretNames } from "../event/http_text.ts";

/** Redacts what looks like a JSON field, at any depth of escaping, even if the text is not valid JSON. */
export function redactFields(text: string, { replacement, isSecret }: SecretNames): string {
  const field = /(?<!\\)(\\*)"([^"\\]+)\1"\s*:\s*/g;
  let redacted = "";
  let end = 0;
  for (let found = field.exec(text); found !== null; found = field.exec(text)) {
    const [, escape, name] = found;
    if (!isSecret(name!)) continue;
    redacted += text.slice(end, field.lastIndex);
    end = endOfValue(text, field.lastIndex, escape!.length);
    if (end > field.lastIndex) redacted += `${escape}"${JSON.stringify(replacement).slice(1, -1)}${escape}"`;
    field.lastIndex = end;
  }
  return redacted + text.slice(end);
}

/** Returns where a JSON value ends, which may be truncated. */
function endOfValue(text: string, start: number, escapes: number): number {
  let depth = 0;
  let backslashes = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (character === "\\") {
      backslashes++;
      continue;
    }
    if (character === '"' && backslashes >= escapes) {
      at = endOfText(text, at + 1, escapes) - 1;
      if (depth === 0) return at + 1;
    } else if (character === "{" || character === "[") depth++;
    else if (depth === 0 && ",]}\n".includes(character)) return at;
    else if ((character === "]" || character === "}") && --depth === 0) return at + 1;
    backslashes = 0;
  }
  return text.length;
}

/** Returns where a JSON string ends: at a quote that is escaped exactly as often as the opening quote. */
function endOfText(text: string, start: number, escapes: number): number {
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (before > start && text[before - 1] === "\\") before--;
    if ((quote - before) % (2 * escapes + 2) === escapes) return quote + 1;
  }
  return text.length;
}

/** Longest text before a `=` that counts as a name. */
const maxNameLength = 200;

/** Redacts the values of secret parameters (`name=value`), as in queries, forms and cookies, anywhere in a text. */
export function redactPairs(text: string, { replacement, isSecret }: SecretNames): string {
  let redacted = "";
  let written = 0;
  for (let equals = text.indexOf("="), next = 0; equals >= 0; equals = text.indexOf("=", next)) {
    next = equals + 1;
    let start = equals;
    while (start > written && equals - start < maxNameLength && isNameCode(text.charCodeAt(start - 1))) start--;
    if (start === equals || !isSecret(pathOf(text.slice(start, equals)))) continue;
    const end = endOfParameter(text, next);
    if (end === next) continue;
    redacted += text.slice(written, next) + replacement;
    written = next = end;
  }
  return redacted + text.slice(written);
}

/** Whether a name may contain the character: letters, digits, `$ % - . [ ] _`, and everything beyond ASCII. */
function isNameCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 93 && code !== 92) || (code >= 48 && code <= 57) || code > 127 ||
    code === 95 || code === 45 || code === 46 || code === 36 || code === 37;
}

/** Returns the name of a parameter as a path: `user[password]` is `user.password`. */
function pathOf(name: string): string {
  const decoded = name.includes("%") ? name.replace(/%([0-7][\da-f])/gi, (_, code) => String.fromCharCode(parseInt(code, 16))) : name;
  return decoded.replace(/[[\]]+/g, ".");
}

/** Returns where a parameter's value ends: at its closing quote, or at a separator. */
function endOfParameter(text: string, start: number): number {
  const first = text[start];
  if (first === '"' || first === "'") {
    const closing = text.indexOf(first, start + 1);
    return closing < 0 ? text.length : closing + 1;
  }
  const length = text.slice(start).search(/[\0- "&';<>\\]/);
  return length < 0 ? text.length : start + length;
}

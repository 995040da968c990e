/** How plain data and texts are redacted, wherever they stand. */

import { define } from "../event/value_kind.ts";

/** Where a value stands: the names that lead there. */
export interface Place {
  readonly path: string;
  readonly isSecret: boolean;
  /** The places below it that were looked up. */
  readonly known: Map<string, Place>;
}

/** How many places are remembered, and up to which length of their path. */
const maxPlaces = 1000;
const maxPathLength = 200;

/** Knows what is secret. It changes nothing that it is given, and gives the same back where there is no secret. */
export class Redactor {
  readonly replacement: string;
  readonly #keys: RegExp | undefined;
  readonly #patterns: readonly RegExp[];
  /** Where the names of properties stand. */
  readonly top: Place = { path: "", isSecret: false, known: new Map() };
  /** A place that nobody knows: the end of any path may go on from it. */
  readonly unknown: Place = { path: "?", isSecret: false, known: new Map() };
  #places = 0;

  constructor(keys: readonly string[], patterns: readonly RegExp[], replacement: string) {
    this.replacement = replacement;
    this.#keys = keys.length === 0 ? undefined : new RegExp(`(?:${keys.map(sourceOf).join("|")})(?:\\.|$)`);
    this.#patterns = patterns.map((pattern) => new RegExp(pattern, [...new Set(`${pattern.flags}g`)].join("")));
  }

  /** The place of that name below another. */
  below(place: Place, name: string): Place {
    const known = place.known.get(name);
    if (known !== undefined) return known;
    const path = place.path === "" ? name : `${place.path}.${name}`;
    const isSecret = this.#keys?.test(normalize(path)) === true;
    const made = { path, isSecret, known: new Map() };
    if (path.length > maxPathLength) return made;
    if (++this.#places > maxPlaces) {
      this.#places = 0;
      this.top.known.clear();
      this.unknown.known.clear();
    }
    place.known.set(name, made);
    return made;
  }

  /** The value of that name below a place. */
  redactEntry(value: unknown, above: Place, name: string): unknown {
    const place = this.below(above, name);
    return place.isSecret ? this.replacement : this.redact(value, place);
  }

  /** Plain data at a place that is no secret itself. */
  redact(value: unknown, place: Place): unknown {
    if (typeof value === "string") return this.redactText(value, place);
    if (typeof value === "number" || typeof value === "bigint" || value instanceof Date) {
      const text = value instanceof Date ? value.toISOString() : `${value}`;
      const redacted = this.redactMatches(text);
      return redacted === text ? value : redacted;
    }
    if (typeof value !== "object" || value === null) return value;
    const isList = Array.isArray(value);
    let copy: Record<string, unknown> | undefined;
    for (const [name, old] of Object.entries(value)) {
      const redacted = isList ? this.#redactItem(old, place) : this.redactEntry(old, place, name);
      if (redacted !== old) define(copy ??= (isList ? [...value] : { ...value }) as Record<string, unknown>, name, redacted);
    }
    return copy ?? value;
  }

  /** Any text: JSON in it is data, too. */
  redactText(text: string, place: Place): string {
    if (text.includes('"')) {
      let isKnown = true;
      text = this.#redactJson(text, place) ?? text.split("\n").map((line) => {
        const redacted = line.includes('"') ? this.#redactJson(line, place) : line;
        isKnown &&= redacted !== undefined;
        return redacted ?? line;
      }).join("\n");
      text = this.#redactFields(text, isKnown ? this.top : this.unknown);
    }
    return this.redactMatches(text);
  }

  /** A text in which nothing but the patterns finds secrets. */
  redactMatches(text: string): string {
    for (const pattern of this.#patterns) text = text.replace(pattern, (match) => match && this.replacement);
    return text;
  }

  /** An item of a list; a pair in it is an entry, as of `Object.entries` or a `Map`. */
  #redactItem(item: unknown, place: Place): unknown {
    if (!Array.isArray(item) || item.length !== 2 || typeof item[0] !== "string") return this.redact(item, place);
    const pair = [this.redactText(item[0], place), this.redactEntry(item[1], place, item[0])];
    return pair[0] === item[0] && pair[1] === item[1] ? item : pair;
  }

  /** A text that ends in JSON; `undefined` for any other. */
  #redactJson(text: string, place: Place): string | undefined {
    const start = text.search(/["{[]/);
    try {
      const data = JSON.parse(text[start] === '"' ? "" : text.slice(start));
      const redacted = this.redact(data, place);
      return redacted === data ? text : text.slice(0, start) + JSON.stringify(redacted);
    } catch {
      return undefined; // no JSON, or too deep: its text is looked through
    }
  }

  /** What looks like a field of JSON, in a text that is none or not quite, at any depth of escaping. */
  #redactFields(text: string, place: Place): string {
    const field = /(?<!\\)(\\*)"([^"\\]+)\1"\s*:\s*/g;
    let redacted = "";
    let end = 0;
    for (let found = field.exec(text); found !== null; found = field.exec(text)) {
      const [, escape, name] = found;
      if (!this.below(place, name!).isSecret) continue;
      redacted += text.slice(end, field.lastIndex);
      end = endOfValue(text, field.lastIndex, escape!);
      if (end > field.lastIndex) redacted += `${escape}"${JSON.stringify(this.replacement).slice(1, -1)}${escape}"`;
      field.lastIndex = end;
    }
    return redacted + text.slice(end);
  }
}

/** A name or path as keys compare it. */
function normalize(path: string): string {
  return path.toLowerCase().replace(/[-_]/g, "");
}

/** A regular expression for the end of a path; where the place of the data is not known, its end is enough. */
function sourceOf(key: string): string {
  const names = normalize(key).split(".").map((name) => name.replace(/[\\^$+?()[\]{}|]/g, "\\$&").replace(/\*+/g, "[^.]*"));
  return names.map((_, i) => (i === 0 ? "(?:^|\\.)" : "^\\?\\.") + names.slice(i).join("\\.")).join("|");
}

/** Where a value of JSON ends, or what is left of one. */
function endOfValue(text: string, start: number, escape: string): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (text.startsWith(`${escape}"`, at)) {
      at = endOfText(text, at + escape.length + 1, escape.length) - 1;
      if (depth === 0) return at + 1;
    } else if (/[{[]/.test(character)) depth++;
    else if (depth === 0 && /[,\]}\n]/.test(character)) return at;
    else if (/[\]}]/.test(character) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Where a text of JSON ends: at a quote that is escaped as the text itself is, and no deeper. */
function endOfText(text: string, start: number, escapes: number): number {
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (before > start && text[before - 1] === "\\") before--;
    if ((quote - before) % (2 * escapes + 2) === escapes) return quote + 1;
  }
  return text.length;
}

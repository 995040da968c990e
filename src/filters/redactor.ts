/** Redacts plain data and texts, in every part of an event. */

import { redactHeaderText, type SecretNames } from "../event/http_text.ts";
import { define } from "../event/value_kind.ts";
import { namesOf, SecretKeys } from "./secret_keys.ts";
import { redactFields, redactPairs } from "./named_secrets.ts";

/** Position of a value: the names that lead to it. */
export interface Place {
  /** The last of these names, as many as the longest key needs. */
  readonly path: readonly string[];
  /** Whether unknown names may precede `path`. */
  readonly isOpen: boolean;
  readonly isSecret: boolean;
  /** Positions below this one that were looked up before. */
  readonly known: Map<string, Place>;
}

/** Most positions remembered, and the longest name among them. */
const maxPlaces = 1000;
const maxNameLength = 200;
/** After 20 lines that look like JSON but are not, the other lines of a text are not parsed. Each failure costs as much as 1000 characters. */
const maxFailures = 20;

/** Replaces secrets in values. It never modifies its input, and returns the same object if the input has no secret. */
export class Redactor {
  declare readonly replacement: string;
  readonly #keys: SecretKeys;
  readonly #hasKeys: boolean;
  readonly #patterns: readonly RegExp[];
  /** Position of the top-level properties. */
  readonly top: Place = { path: [], isOpen: false, isSecret: false, known: new Map() };
  /** An unknown position: any end of a path may match below it. */
  readonly unknown: Place = { path: [], isOpen: true, isSecret: false, known: new Map() };
  #places = 0;

  constructor(keys: readonly string[], patterns: readonly RegExp[], replacement: string) {
    this.replacement = replacement;
    this.#keys = new SecretKeys(keys);
    this.#hasKeys = keys.length > 0;
    this.#patterns = patterns.map((pattern) => new RegExp(pattern, [...new Set(`${pattern.flags}g`)].join("")));
  }

  /** Returns the position of a name below another position. */
  below(place: Place, name: string): Place {
    const known = place.known.get(name);
    if (known !== undefined) return known;
    const names = namesOf(name);
    const path = [...place.path, ...names];
    const isSecret = this.#hasKeys && this.#keys.match(path, names.length, place.isOpen);
    const last = path.slice(Math.max(0, path.length - this.#keys.length + 1));
    const made = { path: last, isOpen: place.isOpen && last.length === path.length, isSecret, known: new Map() };
    if (name.length > maxNameLength) return made;
    if (++this.#places > maxPlaces) {
      this.#places = 0;
      this.top.known.clear();
      this.unknown.known.clear();
    }
    place.known.set(name, made);
    return made;
  }

  /** Redacts a named value below a position. */
  redactEntry(value: unknown, above: Place, name: string): unknown {
    const place = this.below(above, name);
    if (place.isSecret) return this.replacement;
    return Array.isArray(value) && isFlatHeaders(value, name) ? this.#redactFlat(value) : this.redact(value, place);
  }

  /** Redacts plain data at a position that is itself not secret. */
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

  /** Redacts any text, including JSON, queries and headers inside it. */
  redactText(text: string, place: Place): string {
    if (text.includes('"')) {
      const read = this.#redactJson(text, place) ?? this.#redactLinesOfJson(text, place);
      text = this.#redactNames(read.text, read.isKnown ? this.top : this.unknown);
    } else text = this.#redactNames(text, this.unknown);
    if (this.#hasKeys && text.includes(":")) text = redactHeaderText(text, this.#namesIn(this.unknown));
    return this.redactMatches(text);
  }

  /** Redacts a template's literal text, but no header lines, because `Password: {Password}` is not a header. */
  redactLiteral(text: string): string {
    return this.redactMatches(this.#redactNames(text, this.unknown));
  }

  /** Redacts a text by patterns only. */
  redactMatches(text: string): string {
    for (const pattern of this.#patterns) text = text.replace(pattern, (match) => match && this.replacement);
    return text;
  }

  #namesIn(place: Place): SecretNames {
    return { replacement: this.replacement, isSecret: (name) => this.below(place, name).isSecret };
  }

  #redactNames(text: string, place: Place): string {
    if (!this.#hasKeys) return text;
    if (text.includes('"')) text = redactFields(text, this.#namesIn(place));
    return text.includes("=") ? redactPairs(text, this.#namesIn(this.unknown)) : text;
  }

  /** Redacts an item of a list. A pair counts as an entry, as from `Object.entries` or a `Map`. */
  #redactItem(item: unknown, place: Place): unknown {
    if (!Array.isArray(item) || item.length !== 2 || typeof item[0] !== "string") {
      return Array.isArray(item) && isFlatHeaders(item, "") ? this.#redactFlat(item) : this.redact(item, place);
    }
    const pair = [this.redactText(item[0], place), this.redactEntry(item[1], place, item[0])];
    return pair[0] === item[0] && pair[1] === item[1] ? item : pair;
  }

  /** Redacts a list of alternating names and values, such as Node's `rawHeaders`. */
  #redactFlat(list: readonly unknown[]): readonly unknown[] {
    const redacted = list.map((item, i) => (i % 2 === 0 ? item : this.redactEntry(item, this.unknown, String(list[i - 1]))));
    return redacted.every((item, i) => item === list[i]) ? list : redacted;
  }

  /** Redacts a text that ends in JSON; `undefined` for any other text. */
  #redactJson(text: string, place: Place): { readonly text: string; readonly isKnown: true } | undefined {
    const start = text.search(/["{[]/);
    if (!looksLikeJson(text, start)) return undefined;
    try {
      const data = JSON.parse(text.slice(start));
      const redacted = this.redact(data, place);
      return { text: redacted === data ? text : text.slice(0, start) + JSON.stringify(redacted), isKnown: true };
    } catch {
      return undefined; // not JSON, or nested too deep: it is redacted as text
    }
  }

  /** Redacts a text whose lines may each end in JSON. `isKnown` is true if every line with a quote ends in JSON. */
  #redactLinesOfJson(text: string, place: Place): { readonly text: string; readonly isKnown: boolean } {
    let failures = 0;
    let isKnown = true;
    const lines = text.split("\n").map((line) => {
      if (!line.includes('"')) return line;
      const read = failures < maxFailures ? this.#redactJson(line, place) : undefined;
      if (read !== undefined) return read.text;
      isKnown = false;
      if (looksLikeJson(line, line.search(/["{[]/))) failures++;
      return line;
    });
    return { text: lines.join("\n"), isKnown };
  }
}

/** Whether parsing is worth an attempt: the text begins and ends like an object or a list. */
function looksLikeJson(text: string, start: number): boolean {
  const last = text.trimEnd().at(-1);
  return (text[start] === "{" && last === "}") || (text[start] === "[" && last === "]");
}

const headerName = /^(?:host|accept|user-agent|connection|cookie|set-cookie|(?:proxy-)?authorization|content-\w+|x-[\w-]+)$/i;

/** Whether a list alternates names and values: the list's own name says so, or a name in it is a known header. */
function isFlatHeaders(list: readonly unknown[], name: string): boolean {
  if (list.length === 0 || list.length % 2 !== 0 || !list.every((item) => typeof item === "string")) return false;
  return /(?:headers|trailers)$/i.test(name.slice(-20)) ||
    list.some((item, i) => i % 2 === 0 && headerName.test((item as string).slice(0, 100)));
}

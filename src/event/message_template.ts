/** Decides how a message template is parsed and rendered. */

import { isPlainAscii } from "../lazy_pattern.ts";
import type { Shape } from "./bag_shape.ts";
import { formatValue } from "./dotnet_format.ts";
import { toPlainData } from "./plain_data.ts";
import { maxObjectText, maxPadding, maxRenderedLength } from "./value_limits.ts";

/** Literal text of a template, already unescaped: `{{` is `{`. */
export interface TextToken {
  /** Distinguishes text from a hole. */
  readonly kind: "text";
  /** The text, with doubled braces read as one. */
  readonly text: string;
}

/** A hole of a template, such as `{@Order}`, `{Elapsed,8:0.00}` or `{0}`. */
export interface Hole {
  /** Distinguishes a hole from text. */
  readonly kind: "hole";
  /** The hole as written, braces included. */
  readonly raw: string;
  /** The name of the property, without the hint. It may contain dots. */
  readonly name: string;
  /** How the value is captured: `@` keeps its structure, `$` makes it text. */
  readonly hint?: "@" | "$";
  /** The minimum width in UTF-16 units: right-aligned if positive, left-aligned if negative. */
  readonly alignment?: number;
  /** The .NET format after the colon, never empty. */
  readonly format?: string;
  /** The name as a number, if the name is a number. */
  readonly position?: number;
}

/** A parsed template. */
export interface MessageTemplate {
  /** The template as written. */
  readonly text: string;
  /** The parts in their order. */
  readonly tokens: readonly (TextToken | Hole)[];
  /** The holes among the tokens. */
  readonly holes: readonly Hole[];
  /** The holes with a format, in order; a CLEF line has their texts in `@r`. */
  readonly formatted: readonly Hole[];
  /** Whether the template has holes and all of them are numbers. If so, `{1}` means the second argument. */
  readonly positional: boolean;
  /** Whether the template has no holes but printf directives for objects. If so, an object after it is a value, not properties. */
  readonly showsObjects: boolean;
  /** The names with the hint `$`, whose values become text. */
  readonly stringified?: ReadonlySet<string>;
  /** What the encoder caches for events with this template. */
  head?: unknown;
  /**
   * The property names of the last event with this template.
   *
   * @internal
   */
  shape?: Shape;
}

const maxInt = 2_147_483_647; // .NET reads widths and positions as int32
const maxCached = 12_000;
const maxCachedLength = 4096;
const maxCachedTogether = 1_000_000;

const cache = new Map<string, MessageTemplate>();
let cachedLength = 0;

/**
 * Reads a message template by the rules of Serilog 4.2, and never throws.
 *
 * `{{` and `}}` are braces. A hole is `{name}` with an optional hint (`@`, `$`), alignment (`,5`, `,-5`) and format (`:0.00`), and ends at
 * the first `}`. An invalid hole remains as text. The result is shared: up to 12 000 templates of up to 4096 characters are cached, a
 * million characters in total. (Source of the rules: MessageTemplateParser.cs of Serilog.)
 *
 * @param text The template.
 * @returns The template's text and holes, in order.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseTemplate } from "@x/seqlog";
 *
 * const template = parseTemplate("{User} paid {Amount,8:0.00}");
 * assert.deepEqual(template.holes.map((hole) => hole.name), ["User", "Amount"]);
 * assert.equal(template.holes[1]?.alignment, 8);
 * ```
 */
export function parseTemplate(text: string): MessageTemplate {
  return cache.get(text) ?? remember(parse(typeof text === "string" ? text : renderText(text)));
}

function remember(template: MessageTemplate): MessageTemplate {
  if (template.text.length > maxCachedLength) return template;
  cachedLength += template.text.length;
  if (cache.size >= maxCached || cachedLength > maxCachedTogether) { // so many templates are generated texts, which are not reused
    cache.clear();
    cachedLength = template.text.length;
  }
  cache.set(template.text, template);
  return template;
}

function parse(text: string): MessageTemplate {
  const tokens: (TextToken | Hole)[] = [];
  let end = 0;
  const addText = (literal: string) => literal && tokens.push({ kind: "text", text: literal });
  // Without a closing brace the third alternative matches the whole rest, so that no character is scanned twice.
  for (const { 0: raw, index } of text.matchAll(/\{\{|\}\}|\{[^}]*\}?/g)) {
    addText(text.slice(end, index));
    end = index + raw.length;
    const hole = parseHole(raw);
    if (hole) tokens.push(hole);
    else addText(raw[0] === raw[1] ? raw[0]! : raw);
  }
  addText(text.slice(end));
  const holes = tokens.filter((token) => token.kind === "hole");
  const stringified = holes.filter((hole) => hole.hint === "$").map((hole) => hole.name);
  return {
    ...(stringified.length > 0 && { stringified: new Set(stringified) }),
    text,
    tokens,
    holes,
    formatted: holes.filter((hole) => hole.format),
    showsObjects: holes.length === 0 && /%[joO]/.test(text),
    positional: holes.length > 0 && holes.every((hole) => hole.position !== undefined),
  };
}

// The look-ahead rejects a dot without a name after it, and letters beyond the BMP, which .NET does not recognize as letters.
const holePattern = (letter: string, digit: string): RegExp =>
  new RegExp(
    `^\\{([@$]?)(?![^,:]*(?:\\.(?![${letter}_])|[\\u{10000}-\\u{10FFFF}]))(${digit}+|[${letter}_][${letter}${digit}_.]*)(?:,(-?\\d+))?(?::([^]*))?\\}$`,
    "u",
  );
let anyHole: RegExp | undefined;
let asciiHole: RegExp | undefined;

function parseHole(raw: string): Hole | undefined {
  const [, hint, name, alignment, format] =
    (isPlainAscii(raw) ? asciiHole ??= holePattern("A-Za-z", "\\d") : anyHole ??= holePattern("\\p{L}", "\\p{Nd}")).exec(raw) ?? [];
  if (!name || Math.abs(Number(alignment)) > maxInt) return undefined;
  const position = Number(name);
  return {
    kind: "hole",
    raw,
    name,
    ...(hint && { hint: hint as "@" | "$" }),
    ...(alignment && { alignment: Number(alignment) | 0 }), // "-0" is 0
    ...(format && { format }),
    ...(position <= maxInt && { position }),
  };
}

/**
 * Renders a template as the text that Seq shows, and never throws.
 *
 * Strings are unquoted, objects are JSON, dates are ISO 8601 in UTC; a hole without a property remains as written. `{a.b}` is the property
 * `a.b` or, if that is absent, `b` of `a`. Formats are .NET's, in its invariant culture: numbers (`0.00`, `#,##0`, `N2`, `X4`), dates
 * (`yyyy-MM-dd HH:mm:ss`, `o`) and the case of strings (`u`, `w`). Any other format shows the plain value.
 *
 * @param template The template, as text or parsed.
 * @param properties The properties by name; only own properties count.
 * @returns The text. An object is cut at 10 000 characters, padding at 1000.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { renderMessage } from "@x/seqlog";
 *
 * const text = renderMessage("Paid {Amount:0.00} to {@Shop}, {Missing}", { Amount: 12.5, Shop: { Id: 7 } });
 * assert.equal(text, 'Paid 12.50 to {"Id":7}, {Missing}');
 * ```
 */
export function renderMessage(template: string | MessageTemplate, properties: Readonly<Record<string, unknown>>): string {
  const { tokens } = isTemplate(template) ? template : parseTemplate(template);
  const rendering = new Rendering(properties);
  let text = "";
  for (const token of tokens) {
    if (rendering.isSpent) return `${text}${rendering.mark}`;
    text += token.kind === "text" ? token.text : rendering.hole(token);
  }
  return text;
}

/** Returns whether the value is a parsed template; a program may pass anything. */
function isTemplate(template: string | MessageTemplate): template is MessageTemplate {
  try {
    return Array.isArray((template as MessageTemplate).tokens);
  } catch {
    return false; // null, or a value whose code throws
  }
}

/**
 * Returns one hole as formatted and padded text: an entry of `@r`.
 *
 * Returns the hole as written, without padding, if the property is missing or unreadable.
 */
export function renderHole(hole: Hole, properties: Readonly<Record<string, unknown>>): string {
  const { raw, name, hint, alignment = 0, format } = hole;
  try {
    let value: unknown = properties;
    for (const part of Object.hasOwn(properties, name) ? [name] : name.split(".")) {
      if (!Object.hasOwn(value as object, part)) return raw;
      value = (value as Record<string, unknown>)[part];
    }
    if (hint === "$" && !(value instanceof Date)) value = String(value ?? null);
    const text = (format && formatValue(value, format)) || renderText(value);
    const width = Math.min(Math.abs(alignment), maxPadding);
    return alignment < 0 ? text.padEnd(width) : text.padStart(width);
  } catch {
    return raw; // the value's own code threw
  }
}

/** Returns one value as the plain text that Seq shows: strings unquoted, an object as JSON of at most 10 000 characters. Never throws. */
export function renderText(value: unknown): string {
  const plain = toPlainData(value);
  if (typeof plain === "string") return plain;
  const text = JSON.stringify(plain);
  return text.length > maxObjectText ? `${text.slice(0, maxObjectText)}…` : text;
}

/** Renders the holes of one event, each once, within a common size limit. */
export class Rendering {
  readonly #properties: Readonly<Record<string, unknown>>;
  readonly #known = new Map<string, string>();
  #left = maxRenderedLength;
  /** The mark in place of the holes that exceed the limit. */
  readonly mark: string = `… [Cut: more than ${maxRenderedLength} characters]`;

  constructor(properties: Readonly<Record<string, unknown>>) {
    this.#properties = properties;
  }

  /** Whether the limit is reached. */
  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Returns one hole as {@linkcode renderHole} does. */
  hole(hole: Hole): string {
    let text = this.#known.get(hole.raw);
    if (text === undefined) this.#known.set(hole.raw, text = renderHole(hole, this.#properties));
    this.#left -= text.length + 1;
    return text;
  }
}

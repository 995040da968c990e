/** Compiles formats of Python's `str.format`: `{levelname:<8} {user[name]!r}`. */

import type { LogEvent } from "../event/log_event.ts";
import { isPlain } from "../event/value_kind.ts";
import { compileSpec } from "./format_spec.ts";
import { addPart, type Getter, Misfit, type Part, type Placeholder, refuse, type Resolve } from "./placeholder.ts";
import { ascii, repr, str, typeName } from "./python_value.ts";

interface Piece {
  readonly text: string;
  /** What is wrong with the text, if Python would refuse the format. */
  readonly fault?: string;
  readonly field?: ReplacementField;
}

interface ReplacementField {
  readonly raw: string;
  /** The field's name, and the steps into its value. */
  readonly name: string;
  /** The letter after `!`. */
  readonly conversion?: string;
  /** The specification after the colon. */
  readonly spec: string;
}

const specRule = /^(?:.?[<>=^])?[+ -]?#?0?(?:\p{Nd}+|\{[\p{L}\p{N}_]+\})?[,_]?(?:\.(?:\p{Nd}+|\{[\p{L}\p{N}_]+\}))?[bcdefgnosx%]?\n?$/iu;
const nameRule = /^(?:\p{Nd}+|[\p{L}\p{N}_]+)(?:\.[\p{L}\p{N}_]+|\[[^\]]+\])*\n?$/u;

/** Returns what Python finds wrong with a format of style `{`, if anything. */
export function checkBraceFormat(format: string): string | undefined {
  let hasField = false;
  for (const { fault, field } of parseBraces(format)) {
    if (fault !== undefined) return fault;
    if (field === undefined) continue;
    if (field.name !== "" && !nameRule.test(field.name)) return `invalid field name ${repr(field.name)}`;
    if (field.conversion !== undefined && !/^[rsa]$/.test(field.conversion)) return `invalid conversion ${repr(field.conversion)}`;
    if (field.spec !== "" && !specRule.test(field.spec)) return `bad specifier ${repr(field.spec)}`;
    hasField ||= field.name !== "";
  }
  return hasField ? undefined : "it has no fields";
}

/** Compiles a format of style `{`. A brace outside any field is literal text. */
export function braceFormat(format: string, resolve: Resolve): Part[] {
  const parts: Part[] = [];
  for (const { text, field } of parseBraces(format)) addPart(parts, field === undefined ? text : compileField(field, resolve, 1));
  return parts;
}

const nameRun = /(?:\[[^\]]*|[^{}:![])*/y;

/** Splits a format into pieces. A faulty brace becomes a piece of its own, and parsing continues after it. */
function* parseBraces(format: string): Generator<Piece> {
  const braces = /[{}]/g;
  let end = 0;
  for (let found = braces.exec(format); found !== null; found = braces.exec(format)) {
    const { 0: brace, index } = found;
    yield { text: format.slice(end, index) };
    const isDouble = format[index + 1] === brace;
    const field = isDouble ? undefined : brace === "}" ? "a single }" : readField(format, index);
    if (typeof field === "object") yield { text: "", field };
    else yield { text: brace, ...(field !== undefined && { fault: field }) };
    end = index + (typeof field === "object" ? field.raw.length : isDouble ? 2 : 1);
    braces.lastIndex = end;
  }
  yield { text: format.slice(end) };
}

/** Returns the replacement field that begins at a position, or what is wrong with it. */
function readField(format: string, at: number): ReplacementField | string {
  nameRun.lastIndex = at + 1;
  const name = nameRun.exec(format)![0];
  let end = at + 1 + name.length;
  const next = format[end++];
  if (next === undefined) return "a { without }";
  if (next === "{") return "a { in a field name";
  let conversion: string | undefined;
  if (next === "!") {
    if (end >= format.length) return "a { without }";
    conversion = String.fromCodePoint(format.codePointAt(end)!);
    end += conversion.length;
    const after = format[end++];
    if (after === "}") return { raw: format.slice(at, end), name, conversion, spec: "" };
    if (after !== ":") return "no : after a conversion";
  } else if (next === "}") {
    return { raw: format.slice(at, end), name, spec: "" };
  }
  const start = end;
  for (let open = 1; end < format.length;) {
    const character = format[end++];
    if (character === "{") open++;
    else if (character === "}" && --open === 0) {
      return { raw: format.slice(at, end), name, spec: format.slice(start, end - 1), ...(conversion !== undefined && { conversion }) };
    }
  }
  return "a { without }";
}

/** Compiles a field. Its specification may contain fields, which cannot contain further fields, as in Python. */
function compileField(field: ReplacementField, resolve: Resolve, depth: number): Placeholder {
  const { raw, name, conversion, spec } = field;
  const get = compileName(name, resolve);
  const convert = conversion === undefined ? undefined : conversions.get(conversion) ?? refuse(`!${conversion} is no conversion`);
  const write = /[{}]/.test(spec) ? compileNested(spec, resolve, depth) : always(compileSpec(spec));
  const show = (event: LogEvent): string => {
    const value = get(event);
    return write(event)(convert === undefined ? value : convert(value));
  };
  return { raw, field: name, show };
}

const conversions = new Map([["r", repr], ["s", str], ["a", ascii]]);

/** Returns the function that writes a value. The specification may depend on the event. */
type Writer = (event: LogEvent) => (value: unknown) => string;

function always(write: (value: unknown) => string): Writer {
  return () => write;
}

function compileNested(spec: string, resolve: Resolve, depth: number): Writer {
  if (depth === 0) return refuse("its specification is nested too deep");
  const shows: (string | Placeholder)[] = [];
  for (const { text, fault, field } of parseBraces(spec)) {
    if (fault !== undefined) return refuse(fault);
    shows.push(field === undefined ? text : compileField(field, resolve, depth - 1));
  }
  return (event) => compileSpec(shows.map((part) => (typeof part === "string" ? part : part.show(event))).join(""));
}

/** Compiles a name and the steps after it: `user.address[0]`. */
function compileName(name: string, resolve: Resolve): Getter {
  const [, first = "", rest = ""] = /^([^.[]*)([^]*)$/.exec(name)!;
  if (/^\p{Nd}*$/u.test(first)) return refuse("an event has no fields by position");
  const get = resolve(first);
  if (rest === "") return get;
  const steps = Array.from(rest.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g), ([, attribute, item]) => ({ attribute, item }));
  const length = steps.reduce(
    (sum, { attribute, item = "" }) => sum + (attribute === undefined ? item.length + 2 : attribute.length + 1),
    0,
  );
  if (length !== rest.length) return refuse(`${rest} leads to no value`);
  return (event) => steps.reduce((value, { attribute, item }) => step(value, attribute ?? item!, item !== undefined), get(event));
}

/** Returns the member of a value with this name or, in a list or text, with this index. */
function step(value: unknown, name: string, isItem: boolean): unknown {
  const index = isItem && /^\d+$/.test(name) ? Number(name) : -1;
  if (typeof value === "string" || Array.isArray(value)) {
    const all = typeof value === "string" ? Array.from(value) : value;
    if (index >= 0 && index < all.length) return all[index];
  } else if (isPlain(value) && Object.hasOwn(value as object, name)) {
    return (value as Record<string, unknown>)[name];
  }
  throw new Misfit(`a value of type ${typeName(value)} has no ${isItem ? `[${name}]` : `.${name}`}`);
}

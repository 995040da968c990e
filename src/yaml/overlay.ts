/** Configurations laid over one another: which value is in force, and which file it came from. */

import { define } from "../event/value_kind.ts";
import { below, camelCase, isPlainObject } from "../option_schema.ts";

/** One configuration among those that are laid over one another. */
export interface Layer {
  /** What issues call it: the path of its file; empty where it is no file. */
  readonly name: string;
  /** The folder that its relative names start from, as a URL. */
  readonly base?: string | undefined;
  /** What it says. */
  readonly value: unknown;
  /** Whether it came from a text, so that `${NAME}` is read in it. */
  readonly isText: boolean;
}

/** What the layers come to. */
export interface Overlaid {
  readonly value: unknown;
  /** The layer that the value at a path came from. */
  layerOf(path: string): Layer;
}

/** The names below these at the top are the user's own, and never another way to write an option. */
const dictionaries = ["loggers", "handlers", "filters", "formatters"];

/** Lays the later ones over the earlier ones: maps merge by key, lists and scalars replace, null removes. */
export function overlay(layers: readonly Layer[]): Overlaid {
  const [first, ...rest] = layers;
  const origins = new Map<string, Layer>();
  let value = first!.value;
  for (const layer of rest) value = merge(value, layer.value, "", [], (path) => origins.set(path, layer));
  return { value, layerOf: (path) => origins.get(longest([...origins.keys()], path) ?? "") ?? first! };
}

/** The longest of the paths that the path lies at or below. */
function longest(paths: readonly string[], path: string): string | undefined {
  return paths.filter((one) => path === one || (path.startsWith(one) && /[.[]/.test(path[one.length]!))).sort((a, b) =>
    b.length - a.length
  )[0];
}

function merge(lower: unknown, upper: unknown, path: string, names: readonly string[], note: (path: string) => void): unknown {
  if (!isPlainObject(lower) || !isPlainObject(upper)) {
    note(path);
    return upper;
  }
  const merged: Record<string, unknown> = { ...lower };
  for (const [name, one] of Object.entries(upper)) {
    const known = sameName(merged, name, names);
    const at = below(path, known);
    if (one === null && !isProperties(names)) { // where null, too, leaves a property out, also of those of the machine
      note(at);
      delete merged[known];
    } else if (Object.hasOwn(merged, known)) {
      define(merged, known, merge(merged[known], one, at, [...names, camelCase(known)], note));
    } else {
      note(at);
      define(merged, known, one);
    }
  }
  return merged;
}

/** Whether the names lead to properties, which are the user's own. */
function isProperties([first, , third]: readonly string[]): boolean {
  return first === "properties" || third === "properties";
}

/** The name under which the lower one has it: an option may be written in snake_case there, and in camelCase here. */
function sameName(lower: Readonly<Record<string, unknown>>, name: string, names: readonly string[]): string {
  const isOwn = (names.length === 1 && dictionaries.includes(names[0]!)) || isProperties(names);
  if (Object.hasOwn(lower, name) || isOwn) return name;
  return Object.keys(lower).find((other) => camelCase(other) === camelCase(name)) ?? name;
}

/** Merges layered configurations, and records which layer each value came from. */

import { define } from "../event/value_kind.ts";
import { below, camelCase, isPlainObject } from "../option_schema.ts";

/** One of several configurations to be merged. */
export interface Layer {
  /** Name in messages: the path of the file, or empty. */
  readonly name: string;
  /** Folder that relative names start from, as a URL. */
  readonly base?: string | undefined;
  readonly value: unknown;
  /** Whether the layer was parsed from text, so that `${NAME}` is expanded. */
  readonly isText: boolean;
}

/** The merged configuration. */
export interface Overlaid {
  readonly value: unknown;
  /** Returns the layer that the value at a path came from. */
  layerOf(path: string): Layer;
}

/** Names below these keys are the user's own, never another spelling of an option. */
const dictionaries = ["loggers", "handlers", "filters", "formatters"];

/** Merges later layers over earlier ones: maps merge by key, lists and scalars replace, null removes. */
export function overlay(layers: readonly Layer[]): Overlaid {
  const [first, ...rest] = layers;
  const origins = new Map<string, Layer>();
  let value = first!.value;
  for (const layer of rest) value = merge(value, layer.value, "", [], (path) => origins.set(path, layer));
  return { value, layerOf: (path) => origins.get(longest([...origins.keys()], path) ?? "") ?? first! };
}

/** Returns the longest path that contains the given one. */
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
    if (one === null && !isProperties(names)) { // there null has its own meaning: it removes a property
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

/** Whether the names lead to properties, whose names are the user's own. */
function isProperties([first, , third]: readonly string[]): boolean {
  return first === "properties" || third === "properties";
}

/** Returns the name as the lower layer spells it, because an option may be snake_case there and camelCase here. */
function sameName(lower: Readonly<Record<string, unknown>>, name: string, names: readonly string[]): string {
  const isOwn = (names.length === 1 && dictionaries.includes(names[0]!)) || isProperties(names);
  if (Object.hasOwn(lower, name) || isOwn) return name;
  return Object.keys(lower).find((other) => camelCase(other) === camelCase(name)) ?? name;
}

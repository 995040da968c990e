/** What a file in the grammar of dictConfig may refer to: other parts of itself (`cfg://`), merged maps (`<<`), and what stands outside the grammar (`x-…`). */

import { below, camelCase, isObject, isPlainObject, type Issue, wrong } from "../option_schema.ts";
import { readSeqOptions } from "../seq/seq_options.ts";
import { isLongName } from "./grammar.ts";
import { seqConflicts } from "./shorthand.ts";

/** How deep a configuration may nest, references included. */
const maxDepth = 100;
/** The most values of a configuration once shared ones are written out: an alias of YAML makes much of little. */
const maxValues = 100_000;

/**
 * Resolves the references of a configuration, and leaves out what only they name; the given one stays as it is.
 *
 * `cfg://handlers.seq.level` stands for the value there (Python's logging.config); `<<` merges maps, as YAML 1.1 has it, where the parser has not;
 * `$schema`, names that begin with `x-`, and names outside the grammar that a `cfg://` begins with are left out at the top.
 */
export function prepareReferences(config: unknown, issues: Issue[]): unknown {
  const named = new Set<string>();
  const resolved = resolveReferences(config, issues, named);
  if (!isObject(resolved)) return resolved;
  return Object.fromEntries(Object.entries(resolved).filter(([name]) => !named.has(name) || isInGrammar(camelCase(name))));
}

function isInGrammar(name: string): boolean {
  return isLongName(name) || seqConflicts.includes(name) || Object.hasOwn(readSeqOptions.about!.options!, name);
}

/** Resolves the references; the first names of those that are met are added to `named`. */
export function resolveReferences(config: unknown, issues: Issue[], named: Set<string> = new Set()): unknown {
  const merged = mergeKeys(config, issues);
  if (!isObject(merged)) return merged;
  const kept = Object.fromEntries(Object.entries(merged).filter(([name]) => name !== "$schema" && !name.startsWith("x-")));
  const resolved = new Resolver(merged, issues, named).resolve(kept, "", []);
  return isBounded(resolved, issues) ? resolved : {};
}

/** Merges the maps that are named `<<`, at any depth. A configuration that is without bound is an issue, and becomes an empty one. */
export function mergeKeys(config: unknown, issues: Issue[]): unknown {
  const known = new Map<unknown, unknown>();
  const merge = (value: unknown, path: string, above: readonly unknown[]): unknown => {
    if (!isPlainObject(value) && !Array.isArray(value)) return value;
    if (above.includes(value)) return void issues.push({ path, message: "Cannot use this as a configuration: it contains itself" });
    if (above.length > maxDepth) return void issues.push(tooDeep(path));
    if (known.has(value)) return known.get(value); // what aliases share is merged once
    const next = [...above, value];
    const merged = Array.isArray(value) ? value.map((one, i) => merge(one, below(path, i), next)) : mergeMap(value, path, next);
    known.set(value, merged);
    return merged;
  };
  const mergeMap = (value: Readonly<Record<string, unknown>>, path: string, next: readonly unknown[]): unknown => {
    const { "<<": merged, ...own } = value;
    const read = Object.fromEntries(Object.entries(own).map(([name, one]) => [name, merge(one, below(path, name), next)]));
    const sources = merged === undefined ? [] : [merge(merged, below(path, "<<"), next)].flat();
    const odd = sources.find((source) => !isPlainObject(source));
    if (odd !== undefined) issues.push(wrong(below(path, "<<"), "a map to merge, or a list of such", odd));
    const lower = odd === undefined ? sources.reverse() : []; // of several, the first wins
    return Object.fromEntries([...lower, read].flatMap((source) => Object.entries(source as object)));
  };
  const merged = merge(config, "", []);
  return isBounded(merged, issues) ? merged : {};
}

function tooDeep(path: string): Issue {
  return { path, message: `Cannot use this as a configuration: it nests deeper than ${maxDepth}` };
}

/** Whether a configuration without circles is small and flat once it is written out; each shared value is measured once. */
function isBounded(config: unknown, issues: Issue[]): boolean {
  const measured = new Map<unknown, Extent>();
  const measure = (value: unknown, depth: number): Extent => {
    if (!isPlainObject(value) && !Array.isArray(value)) return { size: 1, height: 0 };
    if (depth > maxDepth) return { size: 1, height: maxDepth };
    const known = measured.get(value);
    if (known !== undefined) return known;
    const parts = Object.values(value).map((one) => measure(one, depth + 1));
    const size = parts.reduce((sum, part) => sum + part.size, 1);
    const extent = { size, height: parts.reduce((most, part) => Math.max(most, part.height), 0) + 1 };
    measured.set(value, extent);
    return extent;
  };
  const { size, height } = measure(config, 0);
  if (height > maxDepth) issues.push(tooDeep(""));
  const message = `Cannot use this as a configuration: with all aliases and references written out it has more than ${maxValues} values`;
  if (size > maxValues) issues.push({ path: "", message });
  return height <= maxDepth && size <= maxValues;
}

/** How many values there are, and how deep they nest. */
interface Extent {
  readonly size: number;
  readonly height: number;
}

/** Python's grammar of a reference: a name, then more after dots or in brackets; ours has `-` in names for `x-…`. */
const grammar = /^cfg:\/\/(\s*[\w-]+\s*(?:\.\s*[\w-]+\s*|\[\s*[\w-]+\s*\]\s*)*)$/;

/** Puts values in the place of the references of one configuration, each resolved once. */
class Resolver {
  readonly #root: Readonly<Record<string, unknown>>;
  readonly #issues: Issue[];
  readonly #named: Set<string>;
  readonly #known: Map<unknown, unknown> = new Map();
  #depth = 0;

  constructor(root: Readonly<Record<string, unknown>>, issues: Issue[], named: Set<string>) {
    this.#root = root;
    this.#issues = issues;
    this.#named = named;
  }

  resolve(value: unknown, path: string, followed: readonly string[]): unknown {
    const isReference = typeof value === "string" && value.startsWith("cfg://");
    if (!isReference && !isPlainObject(value) && !Array.isArray(value)) return value;
    if (this.#known.has(value)) return this.#known.get(value);
    if (this.#depth >= maxDepth) return void this.#issues.push(tooDeep(path));
    const before = this.#issues.length;
    this.#depth++;
    const resolved = isReference ? this.#follow(value, path, followed) : this.#resolveAll(value as object, path, followed);
    this.#depth--;
    if (this.#issues.length === before) this.#known.set(value, resolved); // else each place has its issue
    return resolved;
  }

  #resolveAll(value: object, path: string, followed: readonly string[]): unknown {
    if (Array.isArray(value)) return value.map((one, i) => this.resolve(one, below(path, i), followed));
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.resolve(one, below(path, name), followed)]));
  }

  /** The value that a `cfg://` names: `name.name[0][name]`. */
  #follow(reference: string, path: string, followed: readonly string[]): unknown {
    const [, steps = ""] = grammar.exec(reference) ?? [];
    const names = steps.match(/[\w-]+/g) ?? [];
    const at = (place: unknown, name: string): unknown => {
      const isThere = Array.isArray(place) ? /^\d+$/.test(name) : isObject(place) && Object.hasOwn(place, name);
      return isThere ? (place as Record<string, unknown>)[name] : undefined;
    };
    const found = names.reduce(at, this.#root);
    if (found === undefined || names.length === 0 || followed.includes(reference)) {
      const known = Object.keys(this.#root).filter((name) => /^[\w-]+$/.test(name)).map((name) => `cfg://${name}`);
      this.#issues.push(wrong(path, "a place in this configuration, such as cfg://handlers.seq.level", reference, known));
      return undefined;
    }
    this.#named.add(names[0]!);
    return this.resolve(found, path, [...followed, reference]);
  }
}

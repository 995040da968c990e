/** Resolves references within a dictConfig file: `cfg://…`, maps merged by `<<`, and definitions outside the grammar (`x-…`). */

import { below, camelCase, isObject, isPlainObject, type Issue, wrong } from "../option_schema.ts";
import { readSeqOptions } from "../seq/seq_options.ts";
import { isLongName } from "./grammar.ts";
import { seqConflicts } from "./shorthand.ts";

/** Deepest nesting of a configuration, with its references resolved. */
const maxDepth = 100;
/** Most values of a configuration once its aliases are expanded, because nested YAML aliases grow exponentially. */
const maxValues = 100_000;

/**
 * Resolves the references of a configuration, and drops definitions that only references use. The original is not changed.
 *
 * `cfg://handlers.seq.level` stands for the value there (Python's logging.config). `<<` merges maps as in YAML 1.1, if the parser has not.
 * Dropped at the top: `$schema`, names beginning with `x-`, and names outside the grammar that a `cfg://` refers to.
 */
export function prepareReferences(config: unknown, issues: Issue[]): unknown {
  const named = new Set<string>();
  const resolved = resolveReferences(config, issues, named);
  if (!isObject(resolved)) return resolved;
  return Object.fromEntries(Object.entries(resolved).filter(([name]) => !named.has(name) || isInGrammar(camelCase(name))));
}

/** Whether a name is an option of the top level, or of the Seq handler. */
export function isInGrammar(name: string): boolean {
  return isLongName(name) || seqConflicts.includes(name) || Object.hasOwn(readSeqOptions.about!.options!, name);
}

/** Resolves the references, and adds the top-level names they use to `named`. */
export function resolveReferences(config: unknown, issues: Issue[], named: Set<string> = new Set()): unknown {
  const merged = mergeKeys(config, issues);
  if (!isObject(merged)) return merged;
  const kept = Object.fromEntries(Object.entries(merged).filter(([name]) => name !== "$schema" && !name.startsWith("x-")));
  const resolved = new Resolver(merged, issues, named).resolve(kept, "", []);
  return isBounded(resolved, issues) ? resolved : {};
}

/** Merges maps under `<<`, at any depth. If the configuration is too large, reports that and returns an empty one. */
export function mergeKeys(config: unknown, issues: Issue[]): unknown {
  const known = new Map<unknown, unknown>();
  const merge = (value: unknown, path: string, above: readonly unknown[]): unknown => {
    if (!isPlainObject(value) && !Array.isArray(value)) return value;
    if (above.includes(value)) return void issues.push({ path, message: "Cannot use this as a configuration: it contains itself" });
    if (above.length > maxDepth) return void issues.push(tooDeep(path));
    if (known.has(value)) return known.get(value); // each shared alias is merged once
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
    if (odd !== undefined) issues.push(wrong(below(path, "<<"), "a map to merge, or a list of maps", odd));
    const lower = odd === undefined ? sources.reverse() : []; // the first of several sources wins
    return Object.fromEntries([...lower, read].flatMap((source) => Object.entries(source as object)));
  };
  const merged = merge(config, "", []);
  return isBounded(merged, issues) ? merged : {};
}

function tooDeep(path: string): Issue {
  return { path, message: `Cannot use this as a configuration: it nests deeper than ${maxDepth}` };
}

/** Whether a configuration without cycles stays small and flat once expanded. Each shared value is measured once. */
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
  const message = `Cannot use this as a configuration: with its aliases and references expanded it has more than ${maxValues} values`;
  if (size > maxValues) issues.push({ path: "", message });
  return height <= maxDepth && size <= maxValues;
}

/** Number of values, and depth of their nesting. */
interface Extent {
  readonly size: number;
  readonly height: number;
}

/** Python's grammar of a reference: a name, then more names after dots or in brackets; `-` is allowed for `x-…`. */
const grammar = /^cfg:\/\/(\s*[\w-]+\s*(?:\.\s*[\w-]+\s*|\[\s*[\w-]+\s*\]\s*)*)$/;

/** Replaces the references of one configuration by their values, each resolved once. */
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
    if (this.#issues.length === before) this.#known.set(value, resolved); // otherwise, each use is reported
    return resolved;
  }

  #resolveAll(value: object, path: string, followed: readonly string[]): unknown {
    if (Array.isArray(value)) return value.map((one, i) => this.resolve(one, below(path, i), followed));
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.resolve(one, below(path, name), followed)]));
  }

  /** Returns the value that a `cfg://` reference names: `name.name[0][name]`. */
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

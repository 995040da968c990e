/** What a file in the grammar of dictConfig may refer to: other parts of itself (`cfg://`), merged maps (`<<`), and what stands outside the grammar (`x-…`). */

import { below, isObject, isPlainObject, type Issue, wrong } from "../option_schema.ts";

/**
 * Resolves the references of a configuration; the given one stays as it is.
 *
 * `cfg://handlers.seq.level` stands for the value there (Python's logging.config); `<<` merges maps, as YAML 1.1 has it, where the parser has not;
 * `$schema` and names that begin with `x-` are left out at the top.
 */
export function resolveReferences(config: unknown, issues: Issue[]): unknown {
  const merged = mergeKeys(config, "", issues);
  if (!isObject(merged)) return merged;
  const kept = Object.fromEntries(Object.entries(merged).filter(([name]) => name !== "$schema" && !name.startsWith("x-")));
  return resolve(kept, merged, "", issues, []);
}

/** Merges the maps that are named `<<`, at any depth. */
export function mergeKeys(value: unknown, path: string, issues: Issue[], above: readonly unknown[] = []): unknown {
  if (above.includes(value)) {
    issues.push({ path, message: "Cannot use this as a configuration: it contains itself" });
    return undefined;
  }
  const next = [...above, value];
  if (Array.isArray(value)) return value.map((one, i) => mergeKeys(one, below(path, i), issues, next));
  if (!isPlainObject(value)) return value;
  const { "<<": merged, ...own } = value;
  const read = Object.fromEntries(Object.entries(own).map(([name, one]) => [name, mergeKeys(one, below(path, name), issues, next)]));
  const sources = merged === undefined ? [] : [mergeKeys(merged, below(path, "<<"), issues, next)].flat();
  const odd = sources.find((source) => !isPlainObject(source));
  if (odd !== undefined) issues.push(wrong(below(path, "<<"), "a map to merge, or a list of such", odd));
  const lower = odd === undefined ? sources.reverse() : []; // of several, the first wins
  return Object.fromEntries([...lower, read].flatMap((source) => Object.entries(source as object)));
}

function resolve(
  value: unknown,
  root: Readonly<Record<string, unknown>>,
  path: string,
  issues: Issue[],
  followed: readonly string[],
): unknown {
  if (typeof value === "string" && value.startsWith("cfg://")) return follow(value, root, path, issues, followed);
  if (Array.isArray(value)) return value.map((one, i) => resolve(one, root, below(path, i), issues, followed));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one, root, below(path, name), issues, followed)]));
}

/** Python's: a name, then more after dots or in brackets. */
const grammar = /^cfg:\/\/(\s*\w+\s*(?:\.\s*\w+\s*|\[\s*\w+\s*\]\s*)*)$/;

/** The value that a `cfg://` names: `name.name[0][name]`. */
function follow(
  reference: string,
  root: Readonly<Record<string, unknown>>,
  path: string,
  issues: Issue[],
  followed: readonly string[],
): unknown {
  const [, steps = ""] = grammar.exec(reference) ?? [];
  const names = steps.match(/\w+/g) ?? [];
  const at = (place: unknown, name: string): unknown => {
    const isThere = Array.isArray(place) ? /^\d+$/.test(name) : isObject(place) && Object.hasOwn(place, name);
    return isThere ? (place as Record<string, unknown>)[name] : undefined;
  };
  const found = names.reduce(at, root);
  if (found === undefined || names.length === 0 || followed.includes(reference)) {
    const names = Object.keys(root).filter((name) => /^\w+$/.test(name)).map((name) => `cfg://${name}`);
    issues.push(wrong(path, "a place in this configuration, such as cfg://handlers.seq.level", reference, names));
    return undefined;
  }
  return resolve(found, root, path, issues, [...followed, reference]);
}

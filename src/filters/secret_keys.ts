/**
 * Matches the keys of a redact filter: names with `*`, and ends of paths.
 *
 * Keys are not compiled to regular expressions, which would try every split of a long name at each `*`. Instead the literal parts are
 * searched from left to right, so that each key reads the name only once.
 */

/** One name of a key, split at its asterisks. */
type Glob = readonly string[];

/** The keys, each as a list of names. Only as many of a path's last names are compared as the longest key has. */
export class SecretKeys {
  readonly #keys: readonly (readonly Glob[])[];
  /** Number of names in the longest key. */
  readonly length: number;

  constructor(keys: readonly string[]) {
    this.#keys = keys.map((key) => namesOf(key).map((name) => name.split(/\*+/)));
    this.length = Math.max(1, ...this.#keys.map((names) => names.length));
  }

  /**
   * Whether a key matches the end of a path.
   *
   * @param path The path's names, as {@linkcode namesOf} returns them; the last `fresh` of them have not been compared yet.
   * @param isOpen Whether unknown names may precede the path, so that matching the end of a key is enough.
   */
  match(path: readonly string[], fresh: number, isOpen: boolean): boolean {
    for (const globs of this.#keys) {
      for (let end = path.length - fresh; end < path.length; end++) {
        const first = end - globs.length + 1;
        if (first < 0 && !isOpen) continue;
        let i = Math.max(0, -first);
        while (i < globs.length && matches(globs[i]!, path[first + i]!)) i++;
        if (i === globs.length) return true;
      }
    }
    return false;
  }
}

/** Splits a name or dotted path into names as keys compare them: without case, `_` and `-`. */
export function namesOf(path: string): string[] {
  return path.toLowerCase().replace(/[-_]/g, "").split(".");
}

function matches(glob: Glob, name: string): boolean {
  const first = glob[0]!;
  if (glob.length === 1) return name === first;
  const last = glob[glob.length - 1]!;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (let i = 1; i < glob.length - 1; i++) {
    const found = name.indexOf(glob[i]!, at);
    if (found < 0) return false;
    at = found + glob[i]!.length;
  }
  return at <= end;
}

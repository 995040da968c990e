/**
 * The keys of a redact filter: names with `*`, and ends of paths.
 *
 * A key is compared without a regular expression: `*` in a long name would make one try every split of it. Literal parts are searched from left to
 * right, so that the time is that of reading the name once for each key.
 */

/** One name of a key: the texts between its asterisks. */
type Glob = readonly string[];

/** Where names end: only so many of the last names of a path are looked at as the longest key has. */
export class SecretKeys {
  readonly #keys: readonly (readonly Glob[])[];
  /** How many names the longest key has. */
  readonly length: number;

  constructor(keys: readonly string[]) {
    this.#keys = keys.map((key) => namesOf(key).map((name) => name.split(/\*+/)));
    this.length = Math.max(1, ...this.#keys.map((names) => names.length));
  }

  /**
   * Whether a key ends at one of the last names of a path.
   *
   * @param path The names that lead there, as {@linkcode namesOf} makes them; `fresh` of them, the last ones, were not looked at yet.
   * @param isOpen Whether unknown names may stand before the path: then the end of a key is enough.
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

/** The names in a name or path with dots, as keys compare them: without case, `_` and `-`. */
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

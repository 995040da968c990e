/** Expands `${NAME}` in configuration files: environment variables, and files that hold secrets. */

import { environmentVariable, missingEnvironmentPermission } from "../runtime/permissions.ts";
import { below, isPlainObject, type Issue } from "../option_schema.ts";
import type { Layer } from "./overlay.ts";
import type { TextFile } from "./text_file.ts";

/** The environment; values other than text are ignored. */
export type Environment = Readonly<Record<string, unknown>>;

/** Text that replaced a variable; it may be a secret. */
export interface Filled {
  readonly path: string;
  readonly written: string;
  readonly text: string;
}

/** Where variables are looked up. */
export interface Lookup {
  readonly env?: Environment | undefined;
  readonly layerOf: (path: string) => Layer;
  readonly issues: Issue[];
  /** Everything that was expanded, so that messages can hide it. */
  readonly filled: Filled[];
  readonly read: (location: string, base?: string) => TextFile;
}

/** Expands every text except in formatters, where `${…}` is Python's own syntax. */
export function interpolate(value: unknown, lookup: Lookup, path = ""): unknown {
  if (typeof value === "string") return fill(value, path, lookup);
  if (Array.isArray(value)) return value.map((one, i) => interpolate(one, lookup, below(path, i)));
  if (!isPlainObject(value)) return value; // such as a date
  const entries = Object.entries(value).map(([name, one]) => {
    return [name, path === "" && name === "formatters" ? one : interpolate(one, lookup, below(path, name))];
  });
  return Object.fromEntries(entries);
}

function fill(written: string, path: string, lookup: Lookup): string {
  if (!written.includes("${") || !lookup.layerOf(path).isText) return written;
  const text = expand(written, path, lookup);
  if (text !== written) lookup.filled.push({ path, written, text });
  return text;
}

/** Expands `$${`, `${NAME}`, `${NAME:-default}` and `${file:path}`. Anything else after `${` is an issue. Defaults are expanded, too. */
function expand(written: string, path: string, lookup: Lookup, depth = 0): string {
  let text = "";
  for (let at = 0; at < written.length;) {
    const next = written.indexOf("${", at);
    if (next < 0) return text + written.slice(at);
    const isEscaped = next > at && written[next - 1] === "$";
    const end = isEscaped ? next + 2 : closing(written, next + 2);
    text += written.slice(at, isEscaped ? next - 1 : next);
    const hole = written.slice(next, end);
    const found = isEscaped ? "${" : read(hole, path, lookup, depth);
    if (!isEscaped) lookup.filled.push({ path, written: hole, text: found });
    text += found;
    at = end;
  }
  return text;
}

/** Returns the position of the closing brace for the brace opened before `from`. */
function closing(written: string, from: number): number {
  let depth = 1;
  for (let at = from; at < written.length; at++) {
    if (written.startsWith("${", at)) depth++;
    else if (written[at] === "}" && --depth === 0) return at + 1;
  }
  return written.length;
}

/** Most characters of a variable shown in a message. */
const maxShown = 200;
/** Deepest nesting of defaults within defaults. */
const maxDepth = 20;

function read(written: string, path: string, lookup: Lookup, depth: number): string {
  const [, file, name, fallback] = /^\$\{(?:file:([^}]+)|([A-Za-z_]\w*)(?::-(.*))?)\}$/s.exec(written) ?? [];
  const fail = (what: string): string => {
    const shown = written.length > maxShown ? `${written.slice(0, maxShown)}…` : written;
    lookup.issues.push({ path, message: `Cannot use ${shown} as ${what}` });
    return "";
  };
  if (depth > maxDepth) return fail(`a variable: its defaults nest deeper than ${maxDepth}`);
  if (file !== undefined) {
    const { text, problem } = lookup.read(file, lookup.layerOf(path).base);
    return text?.trim() ?? fail(`the text of a file: ${problem}`);
  }
  if (name === undefined) return fail("a variable ${NAME}, ${NAME:-default} or ${file:path}; a literal ${ is written $${");
  const found = lookup.env === undefined ? environmentVariable(name) : lookup.env[name];
  if (typeof found === "string" && (found !== "" || fallback === undefined)) return found;
  const flag = lookup.env === undefined ? missingEnvironmentPermission(name) : undefined;
  if (flag !== undefined) return fail(`an environment variable: Deno needs the permission ${flag}`);
  return fallback === undefined
    ? fail(`an environment variable: it is ${found === undefined ? "not set" : "not text"}; set it, or write \${${name}:-default}`)
    : expand(fallback, path, lookup, depth + 1);
}

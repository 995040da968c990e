/** `${NAME}` in configuration files: variables of the environment, and files that hold secrets. */

import { environmentVariable, missingEnvironmentPermission } from "../runtime/permissions.ts";
import { below, isPlainObject, type Issue } from "../option_schema.ts";
import type { Layer } from "./overlay.ts";
import type { TextFile } from "./text_file.ts";

/** The environment: only text in it counts. */
export type Environment = Readonly<Record<string, unknown>>;

/** A text that was put in place of what the file says; it may be a secret. */
export interface Filled {
  readonly path: string;
  readonly written: string;
  readonly text: string;
}

/** What is looked up, and where. */
export interface Lookup {
  readonly env?: Environment | undefined;
  readonly layerOf: (path: string) => Layer;
  readonly issues: Issue[];
  /** What was filled in, for those who must not repeat it. */
  readonly filled: Filled[];
  /** Reads a file. */
  readonly read: (location: string, base?: string) => TextFile;
}

/** Fills in every text but those of formatters, where `${…}` is Python's own. */
export function interpolate(value: unknown, lookup: Lookup, path = ""): unknown {
  if (typeof value === "string") return fill(value, path, lookup);
  if (Array.isArray(value)) return value.map((one, i) => interpolate(one, lookup, below(path, i)));
  if (!isPlainObject(value)) return value; // a date, say
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

/** `$${`, `${NAME}`, `${NAME:-default}` and `${file:path}`; anything else after `${` is an issue. The default may have such in it. */
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

/** Where the brace ends that was opened before. */
function closing(written: string, from: number): number {
  let depth = 1;
  for (let at = from; at < written.length; at++) {
    if (written.startsWith("${", at)) depth++;
    else if (written[at] === "}" && --depth === 0) return at + 1;
  }
  return written.length;
}

/** The most characters of a variable in a message. */
const maxShown = 200;
/** How deep defaults may stand in defaults. */
const maxDepth = 20;

function read(written: string, path: string, lookup: Lookup, depth: number): string {
  const [, file, name, fallback] = /^\$\{(?:file:([^}]+)|([A-Za-z_]\w*)(?::-(.*))?)\}$/s.exec(written) ?? [];
  const tell = (what: string): string => {
    const shown = written.length > maxShown ? `${written.slice(0, maxShown)}…` : written;
    lookup.issues.push({ path, message: `Cannot use ${shown} as ${what}` });
    return "";
  };
  if (depth > maxDepth) return tell(`a variable: its defaults nest deeper than ${maxDepth}`);
  if (file !== undefined) {
    const { text, problem } = lookup.read(file, lookup.layerOf(path).base);
    return text?.trim() ?? tell(`the text of a file: ${problem}`);
  }
  if (name === undefined) return tell("a variable ${NAME}, ${NAME:-default} or ${file:path}; a literal ${ is written $${");
  const found = lookup.env === undefined ? environmentVariable(name) : lookup.env[name];
  if (typeof found === "string" && (found !== "" || fallback === undefined)) return found;
  const flag = lookup.env === undefined ? missingEnvironmentPermission(name) : undefined;
  if (flag !== undefined) return tell(`a variable of the environment: Deno needs the permission ${flag}`);
  return fallback === undefined
    ? tell(`a variable of the environment: it is ${found === undefined ? "not set" : "no text"}; set it, or write \${${name}:-default}`)
    : expand(fallback, path, lookup, depth + 1);
}

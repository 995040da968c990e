/** The entries of the package, as deno.json names them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repository } from "./install.ts";

/** Returns the file of each entry, by what a program imports: `@x/seqlog`, `@x/seqlog/yaml`, … */
export function entryPaths(): Record<string, string> {
  const { name, exports } = JSON.parse(readFileSync(join(repository, "deno.json"), "utf8"));
  const entries = Object.entries(exports as Record<string, string>);
  return Object.fromEntries(entries.map(([entry, file]) => [`${name}${entry.slice(1)}`, join(repository, file)]));
}

/** The same as URLs. */
export function entryUrls(): Record<string, string> {
  return Object.fromEntries(Object.entries(entryPaths()).map(([entry, path]) => [entry, pathToFileURL(path).href]));
}

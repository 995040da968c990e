/** Which test files share a process: to start a runtime and to load the library costs more than most files do themselves. */

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { needsSource } from "./build.ts";
import { repository } from "./install.ts";

/** So many files share a process at most: more would save little, and leave the processors unequally busy at the end. */
const mostFiles = 12;

/**
 * What gives a file a process of its own: it plays another world, such as a page; it hooks into every test; it takes over what the process
 * does at its end or by a signal, or a part of `process`; it runs other test files; it reaches into the state of the library; or it says in
 * words that it wants to be alone.
 */
const alone =
  /^Object\.assign\(globalThis\b|\b(?:after|afterEach|before|beforeEach)\b[^;]*from "node:test"|\bprocess\.(?:once?|emit|exit|exitCode|removeAllListeners)\b|\bprocess\.\w+ =(?!=)|_test\.ts"|Symbol\.for\("@x\/seqlog|^\/\/ own process: /m;

/** What files do as they are loaded, to all that share their process: those that do the same share one. */
const onLoad: Readonly<Record<string, RegExp>> = {
  "sets a level, which another's configure() would set back": /^\w+\.level = /m,
  "replaces the runtime's Response": /^import .* from "(?:@hono\/node-server|(?:\.\.?\/)+support\/serving\.ts)";$/m,
};

/** Tests of texts, numbers and clocks of their own: nothing that Deno does otherwise than the newest Node, whose engine it has. */
export const isPure: RegExp =
  /^tests\/(?:filters\/|python\/(?:\w+_format|format_spec|placeholder|python_differential|python_value)_|collector\/(?:page\/|(?:filter|trace|clef|legacy|format|collected)_)|event\/(?:message_template|json|bounded_pieces|hole_name|clef_decoder|line_writer|exact_json_parser|dotnet_format|new_trace)_|delivery\/(?:(?:\w+_)?model|herd|long_outage|request_schedule|memory_queue|lease|queue)_)/;

/** Whether a test looks for the name of its own file, such as in a stack. */
const namesItself = (file: string, source: string): boolean => source.includes(basename(file, ".ts"), source.indexOf("\n"));

/** What a file shares its process with: undefined if nothing, else files of the same kind. */
function kindOf(file: string): string | undefined {
  const source = readFileSync(join(repository, file), "utf8");
  if (needsSource(file) || alone.test(source) || namesItself(file, source)) return undefined;
  return Object.keys(onLoad).find((kind) => onLoad[kind]!.test(source)) ?? "";
}

/** Deals out files to processes, neighbours together. */
export function groupsOf(files: readonly string[]): string[][] {
  const kinds = new Map<string | undefined, string[]>();
  for (const file of files) {
    const kind = kindOf(file);
    kinds.set(kind, [...kinds.get(kind) ?? [], file]);
  }
  return [...kinds].flatMap(([kind, files]) => {
    const count = kind === undefined ? files.length : Math.ceil(files.length / mostFiles);
    return Array.from({ length: count }, (_, i) => {
      return files.slice(Math.round(i * files.length / count), Math.round((i + 1) * files.length / count));
    });
  });
}

/** What a group is called. */
export function nameOf(group: readonly string[]): string {
  const [first = "", last = ""] = [group[0], group.at(-1)];
  return group.length > 1 ? `${first} to ${last.replace(/^tests\//, "")} (${group.length} files)` : first;
}

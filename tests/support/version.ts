/** The version, which only deno.json has, and the files that must agree with it. */

import { allPages, type Page, readText } from "./readme.ts";

/** Where a guide names the version. */
const named = /x-seqlog-(\d[\w.-]*)\.tgz|@x\/seqlog\/(\d[\w.-]*)\//g;

/**
 * Returns what does not agree with the version.
 *
 * @param tag The version that is to be published: then nothing may be unreleased any more.
 * @param pages The pages that may name the version. Default: README.md and all guides.
 */
export function versionProblems(tag?: string, pages: readonly Page[] = allPages()): string[] {
  const { version } = JSON.parse(readText("deno.json"));
  const problems: string[] = [];
  if ("version" in JSON.parse(readText("package.json"))) problems.push("package.json names a version, too");
  const sections = readText("CHANGELOG.md").split(/^## /m).slice(1).map((section) => /^\[(.+?)\].*\n([\s\S]*)/.exec(section)!);
  const released = sections.find(([, name]) => name !== "Unreleased")?.[1];
  if (released !== version) problems.push(`CHANGELOG.md describes ${released}, deno.json names ${version}`);
  for (const { path, text } of pages) {
    for (const [found, ofTarball, ofAddress] of text.matchAll(named)) {
      if ((ofTarball ?? ofAddress) !== version) problems.push(`${path} names ${found}, deno.json ${version}`);
    }
  }
  if (tag === undefined) return problems;
  if (tag !== version) problems.push(`the tag is ${tag}, deno.json names ${version}`);
  if (sections.some(([, name, text]) => name === "Unreleased" && text!.trim() !== "")) {
    problems.push("CHANGELOG.md lists what is unreleased");
  }
  return problems;
}

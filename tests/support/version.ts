/** The version, which only deno.json has, and the files that must agree with it. */

import { filesBelow, readText } from "./source.ts";

/** Where a guide names the version. */
const named = /x-seqlog-(\d[\w.-]*)\.tgz|@x\/seqlog\/(\d[\w.-]*)\//g;

/**
 * Returns what does not agree with the version.
 *
 * @param tag The version that is to be published: then nothing may be unreleased any more.
 */
export function versionProblems(tag?: string): string[] {
  const { version } = JSON.parse(readText("deno.json"));
  const problems: string[] = [];
  if ("version" in JSON.parse(readText("package.json"))) problems.push("package.json names a version, too");
  const sections = readText("CHANGELOG.md").split(/^## /m).slice(1).map((section) => /^\[(.+?)\].*\n([\s\S]*)/.exec(section)!);
  const released = sections.find(([, name]) => name !== "Unreleased")?.[1];
  if (released !== version) problems.push(`CHANGELOG.md describes ${released}, deno.json names ${version}`);
  for (const file of ["README.md", ...filesBelow("src").filter((file) => file.endsWith(".md"))]) {
    for (const [text, ofTarball, ofAddress] of readText(file).matchAll(named)) {
      if ((ofTarball ?? ofAddress) !== version) problems.push(`${file} names ${text}, deno.json ${version}`);
    }
  }
  if (tag === undefined) return problems;
  if (tag !== version) problems.push(`the tag is ${tag}, deno.json names ${version}`);
  if (sections.some(([, name, text]) => name === "Unreleased" && text!.trim() !== "")) {
    problems.push("CHANGELOG.md lists what is unreleased");
  }
  return problems;
}

/** The YAML parser, which is not ours: what its failures become. */

import { parse } from "@std/yaml";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Issue } from "../../mod.ts";
import { findParser, parseLayer } from "../../src/yaml/yaml_parser.ts";

/** The layer and the issues of a text. */
function read(text: string, parser: (text: string) => unknown = parse): { value: unknown; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const { value } = parseLayer(parser, text, "a.yml", undefined, issues);
  return { value, issues };
}

test("findParser() returns the caller's parser, or that of @std/yaml", async () => {
  const own = (): unknown => ({});
  assert.equal(await findParser(own), own);
  assert.deepEqual((await findParser(undefined))("a: 1"), { a: 1 });
});

test("parseLayer() makes an issue with its line of what is no YAML, and of what is no map", () => {
  assert.deepEqual(read("a: 1"), { value: { a: 1 }, issues: [] });
  const [broken] = read("a: 1\nb: [").issues;
  assert.match(broken!.path, /^a\.yml:2:\d+$/);
  assert.match(broken!.message, /^Cannot read this as YAML: /);
  assert.deepEqual(read("- 1").issues.map(({ path }) => path), ["a.yml"]);
});

test("parseLayer() shows no API key that begins with a sign of YAML", () => {
  const key = "sEcReT5keyOfTheService";
  for (const start of ["*", "|", ">", "&", "!", "%", "@", "`", "[", "{", "'", '"', "*\\", "|5"]) {
    for (const text of [`api_key: ${start}${key}`, `a:\n  - api_key: ${start}${key} more`, `${start}${key}: 1`]) {
      const { issues } = read(text);
      assert.ok(!JSON.stringify(issues).includes(key), JSON.stringify(issues));
    }
  }
  const telling = (message: string) => (): unknown => {
    throw new Error(message);
  };
  const { issues } = read(`api_key: *${key}`, telling(`Unresolved alias (the anchor must be set before the alias): ${key}`));
  assert.deepEqual(issues[0]!.message, "Cannot read this as YAML: Unresolved alias (the anchor must be set before the alias): …");
  assert.doesNotMatch(JSON.stringify(read(`k: *${key}`, telling(`unidentified alias "${key}"`)).issues), new RegExp(key));
});

/** The YAML parser of another package: how its failures are reported. */

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

test("parseLayer() shows a text that is no map by its kind alone: it may be a key without the space before it", () => {
  const { issues } = read("api_key:sEcReT5key");
  assert.match(issues[0]!.message, /current value is a secret$/);
});

test("parseLayer() shows what a parser says on one line, harmless and short", () => {
  for (const said of ["x".repeat(100_000), "\x1b[2J\u202e\x9b", `a\r\u2028b${"c ".repeat(5000)}`]) {
    const { issues } = read("a: 1", () => {
      throw new Error(said);
    });
    assert.ok(issues[0]!.message.length < 300, `${issues[0]!.message.length} characters`);
    assert.match(issues[0]!.message, /^[^\p{Cc}\p{Zl}\p{Zp}\u202e]*$/u);
  }
});

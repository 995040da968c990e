/** Keys of a redact filter: names with asterisks, and ends of paths. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { namesOf, SecretKeys } from "../../src/filters/secret_keys.ts";
import { assertLinear } from "../support/growth.ts";

test("namesOf() takes case, _ and - away, and splits at dots", () => {
  assert.deepEqual(namesOf("User.API-key_ID"), ["user", "apikeyid"]);
});

test("SecretKeys matches a name with asterisks as a regular expression would", () => {
  const letters = fc.stringMatching(/^[ab*]{0,6}$/);
  fc.assert(fc.property(letters, fc.stringMatching(/^[ab]{0,8}$/), (key, name) => {
    const expected = new RegExp(`^${key.replace(/\*+/g, ".*")}$`).test(name);
    assert.equal(new SecretKeys([key]).match([name], 1, false), expected);
  }));
});

test("SecretKeys looks only at keys that end in what is fresh, and at their ends where the path is open", () => {
  const keys = new SecretKeys(["a.b.c"]);
  assert.equal(keys.length, 3);
  assert.equal(keys.match(["a", "b", "c"], 1, false), true);
  assert.equal(keys.match(["a", "b", "c", "d"], 1, false), false, "it ended further up");
  assert.equal(keys.match(["b", "c"], 1, false), false);
  assert.equal(keys.match(["b", "c"], 1, true), true);
  assert.equal(keys.match(["x", "c"], 1, true), false);
});

test("SecretKeys costs what the names have in length", () => {
  for (const key of ["*a*a*a*b", "*", "a*", "*.*.*.b"]) {
    const keys = new SecretKeys([key]);
    assertLinear(`${key}, one name`, (size) => ["a".repeat(size)], (path) => keys.match(path, 1, true));
    assertLinear(`${key}, many names`, (size) => Array.from({ length: size }, () => "a"), (path) => keys.match(path, path.length, true));
  }
});

/** Secrets in texts by their names; redactor_test.ts shows the same from above. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { SecretNames } from "../../src/event/http_text.ts";
import { redactFields, redactPairs } from "../../src/filters/named_secrets.ts";

const names: SecretNames = { replacement: '*"*', isSecret: (name) => /^(?:token|user\.token\.|token\.)$/i.test(name) };

test("redactFields() hides values of any shape, at any depth of escaping", () => {
  const cases: [string, string][] = [
    ['{"token": {"a": [1, "}"]}, "b": 1}', '{"token": "*\\"*", "b": 1}'],
    ['"token":1', '"token":"*\\"*"'],
    ['x \\"token\\": \\"s\\\\\\"s\\", \\"b\\": 1', 'x \\"token\\": \\"*\\"*\\", \\"b\\": 1'],
    ['{"token": "cut off', '{"token": "*\\"*"'],
    ['{"token": }', '{"token": }'],
  ];
  for (const [text, expected] of cases) assert.equal(redactFields(text, names), expected, text);
});

test("redactPairs() leaves what has no name, no value, or another name", () => {
  for (const text of ["=x", "token=", "token= x", "a=token", `${"x".repeat(300)}token=1`, "tok en=1 ="]) {
    assert.equal(redactPairs(text, names), text);
  }
  assert.equal(redactPairs("user[token]=a+b&c", names), 'user[token]=*"*&c');
});

/** Formats of style `{`, as Python's str.format has them: fields, the steps into a value, conversions and nested specifications. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEvent } from "../../mod.ts";
import { braceFormat, checkBraceFormat } from "../../src/python/brace_format.ts";

const values: Readonly<Record<string, unknown>> = { user: { name: "Ada", tags: ["a", "b"], "a b": 1 }, n: 7, w: 6, t: "héé" };

const show = (format: string): string =>
  braceFormat(format, (name) => () => values[name]).map((part) => typeof part === "string" ? part : part.show({} as LogEvent)).join("");

test("braceFormat() follows names and indexes into a value", () => {
  assert.equal(show("{n}: {user.name} {user[name]} {user[tags][1]} {user.tags[0]} {user[a b]} {t[1]}"), "7: Ada Ada b a 1 é");
  for (const format of ["{user.none}", "{user[tags][2]}", "{user.tags.length}", "{n.real}", "{user.toString}"]) {
    assert.throws(() => show(format), { name: "Misfit", message: /^a value of type \w+ has no / }, format);
  }
});

test("braceFormat() converts before it formats", () => {
  assert.equal(show("{t!r} {t!a} {t!s:>5} {user.name!r:_^7}"), "'héé' 'h\\xe9\\xe9'   héé _'Ada'_");
  assert.throws(() => show("{t!x}"), { name: "Misfit", message: "!x is no conversion" });
});

test("a specification may hold fields, and those no others", () => {
  assert.equal(show("[{n:{w}}] [{n:0{w}d}] [{t:.{n}}]"), "[     7] [000007] [héé]");
  assert.throws(() => show("{n:{w:{w}}}"), { name: "Misfit", message: /nested too deep/ });
});

test("a doubled brace is one, and a brace that belongs to no field is literal text", () => {
  assert.equal(show("{{n}} }} {n"), "{n} } {n");
  assert.throws(() => show("{0} {n}"), { message: "an event has no fields by position" });
});

test("checkBraceFormat() says what Python finds wrong", () => {
  const faults = {
    "{message:<8} {user[name]!r}": undefined,
    "a } {n}": "a single }",
    "{n": "a { without }",
    "{n{": "a { in a field name",
    "{n!r ": "no : after a conversion",
    "{n!x}": "invalid conversion 'x'",
    "{n m}": "invalid field name 'n m'",
    "{n:abc}": "bad specifier 'abc'",
    "{{n}}": "it has no fields",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(faults).map((format) => [format, checkBraceFormat(format)])), faults);
});

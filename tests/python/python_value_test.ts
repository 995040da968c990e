/** Values as Python's str, repr and ascii write them; each expected text is CPython's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ascii,
  emptyTuple,
  firstOf,
  Float,
  floatRepr,
  floatText,
  lengthOf,
  readFloat,
  readInt,
  repr,
  str,
  typeName,
} from "../../src/python/python_value.ts";

test("repr() writes constants, numbers, texts, lists and objects", () => {
  const values = [null, true, 1, 1.5, new Float(2), 5n, "it's", "both ' \"", "\n\x00é", [1, [null]], { a: "b" }, emptyTuple];
  assert.deepEqual(values.map(repr), [
    ...["None", "True", "1", "1.5", "2.0", "5", `"it's"`, `'both \\' "'`, "'\\n\\x00é'", "[1, [None]]", "{'a': 'b'}", "()"],
  ]);
  assert.deepEqual([ascii("é😀"), ascii("\u2028")], ["'\\xe9\\U0001f600'", "'\\u2028'"]);
});

test("str() leaves a text as it is, and a date is a datetime in UTC", () => {
  const date = new Date(Date.UTC(2026, 2, 1, 10, 15, 7, 42));
  assert.deepEqual(["it's", null, date].map(str), ["it's", "None", "2026-03-01 10:15:07.042000+00:00"]);
  assert.equal(str(new Date(Date.UTC(2026, 2, 1))), "2026-03-01 00:00:00+00:00");
  assert.equal(repr(date), "datetime.datetime(2026, 3, 1, 10, 15, 7, 42000, tzinfo=datetime.timezone.utc)");
});

test("a value that holds itself is shown with dots, and one nested too deep is a Misfit", () => {
  const list: unknown[] = [1];
  list.push(list);
  const dict: Record<string, unknown> = {};
  dict.self = dict;
  assert.deepEqual([repr(list), repr(dict)], ["[1, [...]]", "{'self': {...}}"]);
  let deep: unknown = 1;
  for (let i = 0; i < 200; i++) deep = [deep];
  assert.throws(() => repr(deep), { name: "Misfit" });
});

test("floats have as few digits as distinguish them, or as many as the format asks for, half to even", () => {
  assert.deepEqual([0.1, 1e16, 1e15, 1e-5, 0.0001, -0, NaN, -Infinity].map(floatRepr), [
    "0.1",
    "1e+16",
    "1000000000000000.0",
    "1e-05",
    "0.0001",
    "-0.0",
    "nan",
    "-inf",
  ]);
  assert.deepEqual([0.5, 1.5, 2.5].map((value) => floatText(value, { letter: "f", precision: 0 })), ["0", "2", "2"]);
  assert.equal(floatText(0.1, { letter: "f", precision: 25 }), "0.1000000000000000055511151");
  assert.deepEqual([floatText(1e6, { letter: "g", precision: 6 }), floatText(9.5, { letter: "e", precision: 0 })], ["1e+06", "1e+01"]);
});

test("readInt(), readFloat() and typeName() distinguish Python's types", () => {
  assert.deepEqual([true, 5n, 2, 2.5, "2", null].map(readInt), [1, 5n, 2, undefined, undefined, undefined]);
  assert.deepEqual([true, 5n, 2.5, new Float(2), "2"].map(readFloat), [1, 5, 2.5, 2, undefined]);
  assert.deepEqual([null, true, 1, 1.5, "a", [], emptyTuple, {}, new Date(0)].map(typeName), [
    "NoneType",
    "bool",
    "int",
    "float",
    "str",
    "list",
    "tuple",
    "dict",
    "datetime",
  ]);
  assert.deepEqual([lengthOf("😀a"), firstOf("😀ab", 2)], [2, "😀a"]);
});

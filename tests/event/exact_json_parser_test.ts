/** JSON whose whole numbers keep all their digits. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExactJson } from "../../src/event/exact_json_parser.ts";
import { assertLinear } from "../support/growth.ts";

test("parseExactJson() keeps the digits that JSON.parse would lose, wherever they occur", () => {
  const cases: [string, unknown][] = [
    ["9007199254740993", 9007199254740993n],
    ["-9223372036854775808", -9223372036854775808n],
    ["[18446744073709551615,1]", [18446744073709551615n, 1]],
    ['{"a":{"b":9007199254740993},"c":"9007199254740993"}', { a: { b: 9007199254740993n }, c: "9007199254740993" }],
    ['{"9007199254740993":1}', { "9007199254740993": 1 }],
    ['["\\"9007199254740993", 9007199254740993 ]', ['"9007199254740993', 9007199254740993n]],
    ["9007199254740992", 9007199254740992],
    ["1234567890123456", 1234567890123456],
    ["1234567890123456789.5", 1234567890123456789.5],
    ["12345678901234567890e2", 12345678901234567890e2],
    ["0.12345678901234567890", 0.12345678901234568],
    [`1${"0".repeat(50)}1`, 1e51],
  ];
  for (const [json, expected] of cases) assert.deepEqual(parseExactJson(json), expected, json);
});

test("parseExactJson() throws where JSON.parse does, and gives what it gives for what it does not round", () => {
  for (const wrong of ["", "{", '"9007199254740993', "9007199254740993 1", "01234567890123456"]) {
    assert.throws(() => parseExactJson(wrong), SyntaxError);
  }
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const json = JSON.stringify(value);
    assert.deepEqual(parseExactJson(json), JSON.parse(json));
  }));
  fc.assert(fc.property(fc.bigInt(), (value) => {
    const [read] = parseExactJson(`[${value}]`) as [unknown];
    if (`${value}`.length <= 40) assert.equal(`${read}`, `${value}`);
  }));
});

test("parseExactJson() takes what is nested deep, rounded", () => {
  const deep = `${"[".repeat(50_000)}9007199254740993${"]".repeat(50_000)}`;
  assert.ok(Array.isArray(parseExactJson(deep)));
});

test("parseExactJson() reads any text in time that grows with its length alone", () => {
  for (const piece of ["9007199254740993,", "9", '"9007199254740993",', "1234567890123456.5e+1,", '"\\\\\\"",']) {
    assertLinear(piece, (size) => `[${piece.repeat(size / piece.length)}9007199254740993]`, parseExactJson);
  }
});

/** Python's format specification mini-language; each expected text is what CPython's format() returns. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSpec } from "../../src/python/format_spec.ts";

function checkAll(cases: readonly (readonly [spec: string, value: unknown, text: string])[]): void {
  for (const [spec, value, text] of cases) assert.equal(compileSpec(spec)(value), text, `${spec} of ${String(value)}`);
}

test("compileSpec() aligns and cuts texts by characters", () => {
  checkAll([["", "a", "a"], ["5", "a", "a    "], [">5", "a", "    a"], ["*^6", "ab", "**ab**"], ["^4", "a", " a  "], [
    ".2",
    "😀😀😀",
    "😀😀",
  ], ["😀<3", "a", "a😀😀"]]);
});

test("compileSpec() writes integers in their bases, with signs, prefixes, zeros and groups", () => {
  checkAll([["5", 42, "   42"], ["+d", 42, "+42"], ["#x", 255, "0xff"], ["#010b", 5, "0b00000101"], ["X", 255, "FF"], [
    "08,",
    1234,
    "0,001,234",
  ]]);
  checkAll([["_x", 0x12345678, "1234_5678"], ["c", 65, "A"], ["=+6", 42, "+   42"], [",", 10n ** 9n, "1,000,000,000"], ["d", true, "1"]]);
});

test("compileSpec() writes floats half to even, and percentages", () => {
  checkAll([[".2f", 2.675, "2.67"], [".0f", 2.5, "2"], ["e", 1234.5, "1.234500e+03"], ["G", 1e-7, "1E-07"], [".1%", 0.256, "25.6%"]]);
  checkAll([["08.2f", -3.14159, "-0003.14"], ["z.0f", -0.2, "0"], [",.1f", 12345.67, "12,345.7"], ["f", Infinity, "inf"]]);
});

test("compileSpec() takes a date's specification for strftime's, in UTC, with %f as microseconds", () => {
  checkAll([["%Y-%m-%d %H:%M:%S.%f %%f", new Date(Date.UTC(2026, 2, 1, 10, 15, 7, 42)), "2026-03-01 10:15:07.042000 %f"]]);
});

test("compileSpec() refuses what Python refuses, when the value is shown", () => {
  const refused = [["d", "a"], ["=5", "a"], ["+", "a"], ["s", 1], [".2d", 1.5], ["x", 1.5], [",x", 255], ["5", null], ["5", [1]], [
    "q5q",
    1,
  ], ["20000", 1]] as const;
  for (const [spec, value] of refused) assert.throws(() => compileSpec(spec)(value), { name: "Misfit" }, `${spec} of ${String(value)}`);
});

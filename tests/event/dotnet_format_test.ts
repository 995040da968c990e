/** .NET's formats of numbers, dates and strings. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatValue } from "../../src/event/dotnet_format.ts";
import { rounds } from "../support/effort.ts";

type Cases = readonly (readonly [value: unknown, format: string, text: string | undefined])[];

const customNumbers: Cases = [
  [1.5, "0.00", "1.50"],
  [12.345678, "0.0000", "12.3457"],
  [0.5, "0.00", "0.50"],
  [0.5, "#.00", ".50"],
  [0.5, ".00", ".50"],
  [12.5, ".00", "12.50"],
  [7, "000", "007"],
  [1234, "000", "1234"],
  [-7, "000", "-007"],
  [1.5, "0", "2"],
  [2.5, "0", "3"],
  [-2.5, "0", "-3"],
  [0.125, "0.00", "0.13"],
  [1234567.891, "#,##0.00", "1,234,567.89"],
  [999, "#,##0", "999"],
  [1000, "#,##0", "1,000"],
  [12, "000,000", "000,012"],
  [1.5, "0.0##", "1.5"],
  [1.23456, "0.0##", "1.235"],
  [1, "0.##", "1"],
  [10, "0.##", "10"],
  [1.25, "#.##", "1.25"],
  [0.28, "0%", "28%"],
  [1e307, "0%", undefined],
  [0.1234, "0.0%", "12.3%"],
  [5, "0 ms", "5 ms"],
  [5, "'0x'00", "0x05"],
  [5, '"#"0', "#5"],
  [5, "\\#0", "#5"],
  [5, "[0]", "[5]"],
  [5, "+0;-0", "+5"],
  [-5, "+0;-0", "-5"],
  [-5, "0;(0)", "(5)"],
  [0, "0;(0);nil", "nil"],
  [-0.1, "0;(0);nil", "nil"],
  [-0.1, "0;(0)", "0"],
  [-5, "0;;nil", "-5"],
  [-0.001, "0.00", "0.00"],
  [-0, "0.0", "0.0"],
  [1e21, "0.00", "1000000000000000000000.00"],
  [123n, "0.00", "123.00"],
  [-12345678901234567890n, "#,##0", "-12,345,678,901,234,567,890"],
  [5, "000-000", undefined],
  [5, "0.0E+00", undefined],
  [1_500_000, "0,,", undefined],
  [5, "text", undefined],
  [5, "'0'", undefined],
  [5, "", undefined],
];

const standardNumbers: Cases = [
  [1234.5, "N", "1,234.50"],
  [1234.5, "N2", "1,234.50"],
  [1234.5, "n0", "1,235"],
  [-1234.5, "N1", "-1,234.5"],
  [1.005, "F2", "1.00"],
  [1234.5, "F", "1234.50"],
  [1234.5, "f1", "1234.5"],
  [42, "D5", "00042"],
  [-42, "d5", "-00042"],
  [42n, "D", "42"],
  [0, "D3", "000"],
  [1.5, "D5", undefined],
  [0.1234, "P", "12.34 %"],
  [0.1234, "P1", "12.3 %"],
  [12.5, "P0", "1,250 %"],
  [-0.5, "P0", "-50 %"],
  [12345.678, "E3", "1.235E+004"],
  [12345.678, "e", "1.234568e+004"],
  [-0.00015, "E1", "-1.5E-004"],
  [255, "X", "FF"],
  [255, "x4", "00ff"],
  [255n, "X4", "00FF"],
  [-1, "X", "FFFFFFFFFFFFFFFF"],
  [1.5, "X", undefined],
  [1234.5, "C", "¤1,234.50"],
  [-1234.5, "C0", "-¤1,235"],
  [1.5, "G", undefined],
  [1.5, "R", undefined],
  [5, "j", undefined],
  [NaN, "0.00", undefined],
  [Infinity, "N2", undefined],
  [5, "F100", undefined],
  [5, "0".repeat(100), undefined],
  [5, "0".repeat(99), "5".padStart(99, "0")],
  [2 / 3, "F99", (2 / 3).toFixed(99)],
];

const at = new Date(Date.UTC(2026, 2, 1, 9, 5, 7, 48));
const evening = new Date(Date.UTC(1999, 11, 31, 23, 59, 59, 999));

const dates: Cases = [
  [at, "yyyy-MM-dd", "2026-03-01"],
  [at, "yy/M/d", "26/3/1"],
  [at, "HH:mm:ss.fff", "09:05:07.048"],
  [at, "H:m:s.f", "9:5:7.0"],
  [at, "ss.fffffff", "07.0480000"],
  [evening, "hh:mm tt", "11:59 PM"],
  [at, "h tt", "9 AM"],
  [new Date(Date.UTC(2026, 0, 1)), "hh:mm tt", "12:00 AM"],
  [new Date(Date.UTC(2026, 0, 1, 12)), "h tt", "12 PM"],
  [at, "ddd d MMM", "Sun 1 Mar"],
  [evening, "dddd, d MMMM yyyy", "Friday, 31 December 1999"],
  [at, "HH:mm zzz", "09:05 +00:00"],
  [at, "HH:mmK", "09:05Z"],
  [at, "yyyyMMddTHHmmss", "20260301T090507"],
  [at, "HH 'hours' mm \"minutes\" \\s", "09 hours 05 minutes s"],
  [at, "o", "2026-03-01T09:05:07.0480000Z"],
  [at, "O", "2026-03-01T09:05:07.0480000Z"],
  [at, "s", "2026-03-01T09:05:07"],
  [at, "u", "2026-03-01 09:05:07Z"],
  [at, "d", "03/01/2026"],
  [at, "t", "09:05"],
  [at, "T", "09:05:07"],
  [at, "R", "Sun, 01 Mar 2026 09:05:07 GMT"],
  [at, "r", "Sun, 01 Mar 2026 09:05:07 GMT"],
  [at, "j", undefined],
  [at, "lj", "lj"], // .NET shows the literals of a format that has nothing else
  [at, "'at'", "at"],
  [at, "\\y", "y"],
  [at, "---", "---"],
  [at, "y".repeat(100), undefined],
  [new Date(NaN), "o", undefined],
  [new Date(NaN), "yyyy", undefined],
];

const others: Cases = [
  ["Abc", "u", "ABC"],
  ["Abc", "w", "abc"],
  ["Abc", "l", undefined],
  ["Abc", "0.00", undefined],
  ["5", "0.00", undefined],
  ["2026-03-01T09:05:07Z", "yyyy", undefined],
  ["Abc", "constructor", undefined],
  [true, "0", undefined],
  [null, "0", undefined],
  [undefined, "0", undefined],
  [{}, "0", undefined],
];

for (const [value, format, text] of [...customNumbers, ...standardNumbers, ...dates, ...others]) {
  const name = value instanceof Date ? value.toJSON() : typeof value === "string" ? `"${value}"` : String(value);
  test(`formatValue() makes ${text} of ${name} in ${format}`, () => assert.equal(formatValue(value, format), text));
}

test("formatValue() rounds as toFixed does, and groups by three", () => {
  const property = fc.property(
    fc.double({ noNaN: true, min: -1e20, max: 1e20 }),
    fc.nat(20),
    (value, decimals) => {
      const plain = formatValue(value, `F${decimals}`)!;
      assert.equal(Number(plain), Number(value.toFixed(decimals)) + 0);
      const grouped = formatValue(value, `N${decimals}`)!;
      assert.equal(grouped.replaceAll(",", ""), plain);
      assert.match(grouped, /^-?\d{1,3}(,\d{3})*(\.\d+)?$/);
    },
  );
  fc.assert(property);
});

test("formatValue() never throws for a number, a bigint or a date", () => {
  const value = fc.oneof(fc.double(), fc.bigInt(), fc.date({ noInvalidDate: false }));
  const format = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."0#,.%;'\"\\EDFNXPGdyMHhmsftzK -5") }),
    fc.string(),
  );
  const property = fc.property(
    value,
    format,
    (one, text) => assert.ok(["string", "undefined"].includes(typeof formatValue(one, text))),
  );
  fc.assert(property, { numRuns: rounds(5000) });
});

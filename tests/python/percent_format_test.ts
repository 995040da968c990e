/** Formats of style `%`; each expected text is what CPython's % operator returns. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEvent } from "../../mod.ts";
import { checkPercentFormat, percentFormat } from "../../src/python/percent_format.ts";

const show = (format: string, value?: unknown): string =>
  percentFormat(format, () => () => value).map((part) => typeof part === "string" ? part : part.show({} as LogEvent)).join("");

function checkAll(cases: readonly (readonly [format: string, value: unknown, text: string])[]): void {
  for (const [format, value, text] of cases) assert.equal(show(format, value), text, format);
}

test("percentFormat() pads, cuts and quotes texts", () => {
  checkAll([["[%(a)5s]", "ab", "[   ab]"], ["[%(a)-5s]", "ab", "[ab   ]"], ["%(a).1s", "😀b", "😀"], ["%(a)r", "x", "'x'"], [
    "%(a)a",
    "é",
    "'\\xe9'",
  ], ["%(a)c", 65, "A"]]);
});

test("percentFormat() writes numbers with flags, width and precision", () => {
  checkAll([["%(a)05d", -42, "-0042"], ["%(a)+d", 5, "+5"], ["%(a)d", 3.9, "3"], ["%(a)#x", 255, "0xff"], ["%(a)X", 255, "FF"], [
    "%(a)o",
    8,
    "10",
  ]]);
  checkAll([["%(a).2f", 2.675, "2.67"], ["%(a)08.3f", 3.14159, "0003.142"], ["%(a)E", 1234.5, "1.234500E+03"], ["%(a)-6d|", 7, "7     |"]]);
});

test("percentFormat() takes %% for one %, and a % that begins no name for itself", () => {
  assert.equal(show("100%% %d %(open %(a)s", 1), "100% %d %(open 1");
  const [part] = percentFormat("%(a(b))s", () => () => 1);
  assert.deepEqual(typeof part === "object" && [part.raw, part.field], ["%(a(b))s", "a(b)"]);
});

test("percentFormat() refuses what Python refuses, when the event is shown", () => {
  const refused = [["%(a)d", "7"], ["%(a)x", 1.5], ["%(a)f", "1"], ["%(a)c", "ab"], ["%(a)*d", 1], ["%(a)y", 1], ["%(a)", 1], [
    "%(a)20000s",
    1,
  ]] as const;
  for (const [format, value] of refused) assert.throws(() => show(format, value), { name: "Misfit" }, format);
  assert.throws(() => show("%(name) %(message)s", "m"), { message: /letter is missing/ });
});

test("checkPercentFormat() asks for one field by name", () => {
  assert.deepEqual(["%(message)s", "a %(x)-8.3f"].map(checkPercentFormat), [undefined, undefined]);
  assert.deepEqual(["%s", "", "%(message)", "message"].map(checkPercentFormat), Array(4).fill("it has no field such as %(message)s"));
});

/** Formats of style `$`, as Python's string.Template has them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEvent } from "../../mod.ts";
import { checkDollarFormat, dollarFormat } from "../../src/python/dollar_format.ts";

const show = (format: string, value: unknown = "v"): string =>
  dollarFormat(format, () => () => value).map((part) => typeof part === "string" ? part : part.show({} as LogEvent)).join("");

test("dollarFormat() fills in $name and ${name}, and names end where a letter, digit or _ does", () => {
  assert.equal(show("<$message> ${message}s $message_2."), "<v> vs v.");
  const fields: string[] = [];
  dollarFormat("$a1 ${b}c $Ünder", (name) => {
    fields.push(name);
    return () => "";
  });
  assert.deepEqual(fields, ["a1", "b"]);
});

test("dollarFormat() takes $$ for one $, and a $ before anything but a name for itself", () => {
  assert.equal(show("$$message 5$ $1 ${1} ${a b} $"), "$message 5$ $1 ${1} ${a b} $");
});

test("dollarFormat() shows values as str() does, and keeps what was written", () => {
  assert.deepEqual([null, true, [1, "a"]].map((value) => show("$x", value)), ["None", "True", "[1, 'a']"]);
  assert.deepEqual(dollarFormat("a${x}$y", () => () => "").map((part) => typeof part === "string" ? part : [part.raw, part.field]), [
    "a",
    ["${x}", "x"],
    ["$y", "y"],
  ]);
});

test("checkDollarFormat() finds a bare $ and a format without fields", () => {
  assert.deepEqual(["$a", "${a}", "$$ $a"].map(checkDollarFormat), [undefined, undefined, undefined]);
  assert.deepEqual(["5$ $a", "$1 $a"].map(checkDollarFormat), Array(2).fill("a bare $ is not allowed"));
  assert.deepEqual(["text", "$$", ""].map(checkDollarFormat), Array(3).fill("it has no fields"));
});

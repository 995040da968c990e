/** Text for people: nothing in it moves a cursor, changes a direction, or looks like another event. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { harmless, harmlessJson, harmlessLines, indentColouredLines, indentLines, quoteForeign } from "../src/harmless_text.ts";

/** Every character that a terminal or an editor may obey. */
const commands = [
  ...Array.from({ length: 32 }, (_, code) => code),
  ...Array.from({ length: 33 }, (_, i) => 0x7f + i),
  ...[0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0xfeff, 0xad, 0xe0041],
].map((code) => String.fromCodePoint(code));
// deno-lint-ignore no-control-regex -- the characters are what this is about
const obeyed = /[\x00-\x1f\x7f-\x9f\u00ad\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\u{e0041}/u;

test("harmless() writes every control, line-ending and invisible character as an escape", () => {
  for (const command of commands) assert.doesNotMatch(harmless(`a${command}b`), obeyed, JSON.stringify(command));
  assert.equal(harmless("a\nb\r\tc\x1b[2J\x9b\u2028\u202e"), "a\\nb\\r\\tc\\x1b[2J\\x9b\\u{2028}\\u{202e}");
});

test("harmless() leaves other text alone, joiners of scripts and emoji too", () => {
  for (const text of ["", "plain", "Größe 日本 🚀", "👩‍👩‍👧 می‌خواهم", "half \ud83d"]) assert.equal(harmless(text), text);
});

test("indentLines() begins no line but the first with text of the event", () => {
  for (const end of ["\n", "\r\n", "\n\n", "\r\n\t"]) {
    const [, ...lines] = indentLines(`first${end}12:00:00.000 INFO  forged`).split("\n");
    for (const line of lines) assert.match(line, /^ {4}/);
  }
  for (const command of commands.filter((one) => one !== "\n" && one !== "\t")) {
    assert.doesNotMatch(indentLines(`a${command}b`), obeyed, JSON.stringify(command));
  }
  assert.equal(harmlessLines("a\r\nb\rc\n\td"), "a\nb\\rc\n\td");
});

test("indentColouredLines() lets colours pass, and nothing else that a terminal obeys", () => {
  assert.equal(indentColouredLines("\x1b[1;31mred\x1b[0m\nnext"), "\x1b[1;31mred\x1b[0m\n    next");
  for (const evil of ["\x1b[2J", "\x1b]0;title\x07", "\x1b[1A", "\x1bc", "\x9b31m", `\x1b[${"1;".repeat(50)}m`]) {
    assert.ok(indentColouredLines(`\x1b[1ma${evil}`).startsWith("\x1b[1ma\\x"), JSON.stringify(evil));
  }
});

test("quoteForeign() repeats at most 200 characters on one line", () => {
  assert.equal(quoteForeign(" an \n error\x1b[2J "), "an error\\x1b[2J");
  assert.equal(quoteForeign("x".repeat(100_000)), `${"x".repeat(200)}…`);
});

test("harmlessJson() says the same, and holds nothing that a terminal obeys", () => {
  const lines = commands.map((command) => JSON.stringify({ A: `a${command}b`, B: "日本 🚀" }));
  const shown = harmlessJson(`${lines.join("\n")}\n`);
  assert.doesNotMatch(shown.replaceAll("\n", ""), obeyed);
  assert.deepEqual(shown.trimEnd().split("\n").map((line) => JSON.parse(line).A), commands.map((command) => `a${command}b`));
});

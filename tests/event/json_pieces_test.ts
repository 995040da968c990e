/** JSON in pieces: the same value as bytes, as text and parsed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePieces } from "../../src/event/json_pieces.ts";
import { LineWriter } from "../../src/event/line_writer.ts";
import { PlainDataWriter } from "../../src/event/plain_data.ts";
import { rounds } from "../support/effort.ts";
import { seeded } from "../support/seeded.ts";

const texts = [
  "",
  "a",
  "{",
  "[",
  ",",
  "]",
  "}",
  "true",
  "null",
  '"',
  "\\",
  "\n",
  "é",
  "🚢",
  "\ud800",
  "__proto__",
  "x".repeat(200),
  "toString",
  "…",
];
// JSON.parse of V8 14 takes a name of one escaped character for another such name.
const names = texts.map((text) => text.length === 1 ? `${text}${text}` : text);
const numbers = [0, -0, 1, -1, 0.5, 17.99, 1e21, NaN, Infinity, 1e300, 2 ** 53];

/** Returns a random value that a program might log. */
function randomValue(random: () => number, depth = 0): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const dice = random() * (depth > 3 ? 6 : 10);
  if (dice < 2) return pick(texts);
  if (dice < 4) return pick(numbers);
  if (dice < 6) {
    return pick([
      true,
      false,
      null,
      undefined,
      12n,
      new Date(5),
      new Date(NaN),
      new Map([["a", 1]]),
      new Error("No paper"),
      Symbol.iterator,
    ]);
  }
  const length = Math.floor(random() * 5);
  if (dice < 8) return Array.from({ length }, () => randomValue(random, depth + 1));
  return Object.fromEntries(Array.from({ length }, () => [pick(names), randomValue(random, depth + 1)]));
}

test("a value in pieces is the same as bytes and parsed, however it nests and whatever its texts contain", () => {
  const random = seeded(3);
  const out = new LineWriter((least) => new Uint8Array(least));
  for (let i = 0; i < rounds(20_000); i++) {
    const pieces = new PlainDataWriter().write(randomValue(random));
    out.begin();
    out.pieces(pieces);
    assert.deepEqual(parsePieces(pieces), JSON.parse(new TextDecoder().decode(out.line)));
  }
});

test("parsePieces() sets an own property of any name, and prototypes stay as they are", () => {
  const parsed = parsePieces(new PlainDataWriter().write(JSON.parse('{"__proto__":{"isAdmin":true}}'))) as Record<string, unknown>;
  assert.equal(Object.getPrototypeOf(parsed), Object.prototype);
  assert.deepEqual(Object.keys(parsed), ["__proto__"]);
});

/** Lines of JSON that are written into the bytes of a queue. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LineWriter } from "../../src/event/line_writer.ts";
import { rounds } from "../support/effort.ts";
import { seeded } from "../support/seeded.ts";

const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

/** Characters of each length in UTF-8, those that JSON escapes, and halves of surrogate pairs. */
const alphabet = [
  ...'aZ0 ~{}"\\/\n\t\u0000\u001f\u007f\u0080éß\u07ff\u0800€\u2028\ufeff\uffff',
  "🚢",
  "\u{10000}",
  "\u{10ffff}",
  "\ud800",
  "\udbff",
  "\udc00",
  "\udfff",
];

const lengths = [0, 1, 2, 3, 20, 39, 40, 41, 42, 43, 97, 98, 500, 2047, 2048, 2049, 16_383, 16_384, 16_385, 70_000];

test("LineWriter writes any text as TextEncoder does, and quoted as JSON.stringify does, whatever its length and the room left", () => {
  const random = seeded(1);
  const text = (length: number, isAscii: boolean): string => {
    let made = "";
    while (made.length < length) made += isAscii ? "plain text " : alphabet[Math.floor(random() * alphabet.length)];
    return made.slice(0, length);
  };
  for (let round = 0; round < rounds(60, 6); round++) {
    const chunks: number[] = [];
    const size = 1 + Math.floor(random() * 300);
    const out = new LineWriter(round % 2 === 0 ? undefined : (least) => new Uint8Array(chunks[chunks.push(Math.max(least, size)) - 1]!));
    for (const length of lengths) {
      for (const isAscii of [true, false]) {
        const written = text(length, isAscii);
        out.begin();
        out.text(written);
        assert.equal(decode(out.line), written.toWellFormed?.() ?? decode(new TextEncoder().encode(written)));
        out.begin();
        out.quoted(written);
        assert.equal(JSON.parse(decode(out.line)), decode(new TextEncoder().encode(written)));
        assert.equal(out.length, out.line.length);
        out.byte(10);
        out.end();
      }
    }
  }
});

test("LineWriter escapes each character as JSON.stringify does, wherever it occurs in a text and in a chunk", () => {
  for (const length of [30, 64, 3000]) {
    for (let code = 0; code < 0x120; code++) {
      for (let place = 0; place < 5; place++) {
        const text = "x".repeat(place) + String.fromCharCode(code).repeat(1 + (code & 3)) + "y".repeat(length - place);
        const out = new LineWriter((least) => new Uint8Array(least));
        for (let k = 0; k < 3; k++) {
          out.quoted(text);
          assert.equal(decode(out.line), JSON.stringify(text));
          out.end();
        }
      }
    }
  }
});

test("LineWriter writes numbers, booleans and bigints as JSON does", () => {
  const out = new LineWriter();
  const numbers = [
    0,
    -0,
    1,
    9,
    10,
    11,
    99,
    100,
    1_000_000_000,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    -1,
    -17,
    0.5,
    1.25,
    1e21,
    1e-7,
    2 ** 53,
  ];
  const decimals = [0.1, 0.0001, 0.00001, 1.005, 17.99, 214_748.3647, 214_748.3648, 0.1 + 0.2, 5e-324, -2.5];
  const random = seeded(2);
  for (let i = 0; i < rounds(20_000); i++) decimals.push(Math.round(random() * 10 ** (i % 12)) / 10 ** (i % 7), random() * 1000);
  for (const value of [...numbers, ...decimals, true, false]) {
    out.begin();
    out.scalar(value);
    assert.equal(decode(out.line), JSON.stringify(value));
  }
  for (const [value, json] of [[NaN, '"NaN"'], [-Infinity, '"-Infinity"'], [1e300, '"1e+300"'], [7n, '"7"']] as const) {
    out.begin();
    out.scalar(value);
    assert.equal(decode(out.line), json);
  }
});

test("LineWriter keeps earlier lines: those in full bytes belong to the supplier of the bytes, the others move along", () => {
  const supplied: Uint8Array<ArrayBuffer>[] = [];
  const chunked = new LineWriter((least) => supplied[supplied.push(new Uint8Array(Math.max(least, 16))) - 1]!);
  const growing = new LineWriter();
  for (const out of [chunked, growing]) {
    for (const line of ["first\n", "second\n", "a third line that is longer than the bytes\n"]) {
      for (const letter of line) out.byte(letter.charCodeAt(0));
      out.end();
    }
  }
  assert.equal(decode(supplied[0]!.subarray(0, 13)), "first\nsecond\n");
  assert.equal(decode(chunked.bytes.subarray(0, chunked.at)), "a third line that is longer than the bytes\n");
  growing.text("discarded");
  const { bytes, start } = growing;
  const lines = bytes.subarray(0, start);
  growing.use(new Uint8Array(1));
  assert.equal(decode(lines), "first\nsecond\na third line that is longer than the bytes\n");
  growing.text("new");
  assert.equal(decode(growing.line), "new");
  assert.match(decode(lines), /^first/, "what was taken is not written over");
  growing.use(bytes);
  growing.text("again");
  assert.match(decode(lines), /^again/);
});

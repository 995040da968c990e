/** The times of a line. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { clefTime, LineHead, startField } from "../../src/event/clef_time.ts";

const atMs = Date.UTC(2026, 2, 1, 10, 15, 0, 42);
const tooLateMs = 253_402_300_800_000;

test("LineHead and startField() write the same time with seven digits, in any order, and none beyond what Seq reads", () => {
  const times: readonly (readonly [number, number, string])[] = [
    [atMs, 17, "2026-03-01T10:15:00.0420017Z"],
    [atMs + 1, 0, "2026-03-01T10:15:00.0430000Z"],
    [atMs + 957, 9999, "2026-03-01T10:15:00.9999999Z"],
    [atMs + 958, 1, "2026-03-01T10:15:01.0000001Z"],
    [atMs, 0, "2026-03-01T10:15:00.0420000Z"],
    [-500, 0, "1970-01-01T00:00:00.0000000Z"],
    [100, 0, "1970-01-01T00:00:00.1000000Z"],
    [tooLateMs, 0, "9999-12-31T23:59:59.9990000Z"],
  ];
  const heads = [new LineHead(',"@l":"Error"'), new LineHead("")];
  for (const [timestampMs, ticks, text] of times) {
    const [one, other] = heads.map((head) => new TextDecoder().decode(head.stamp({ timestampMs, ticks })));
    assert.equal(one, `{"@t":"${text}","@l":"Error"`);
    assert.equal(other, `{"@t":"${text}"`);
    assert.equal(startField(timestampMs, ticks), `,"@st":"${text}"`);
  }
});

test("clefTime reads the time of a line, and writes another one over it but for the order within a millisecond", () => {
  const bytes = new TextEncoder().encode('{"@t":"2026-03-01T10:15:00.0420017Z"}');
  assert.equal(clefTime.read(bytes), atMs);
  clefTime.write(bytes, atMs + 5000);
  assert.equal(new TextDecoder().decode(bytes), '{"@t":"2026-03-01T10:15:05.0420017Z"}');
});

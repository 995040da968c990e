/** CLEF read back, whatever a line holds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeClef } from "../../src/event/clef_decoder.ts";
import { assertLinear } from "../support/growth.ts";

const line = (fields: object = {}): string => JSON.stringify({ "@t": "2026-03-01T12:00:00Z", ...fields });

test("decodeClef() reads a line in time that grows with its length alone", () => {
  assertLinear("decodeClef()", (size) => line({ A: "x".repeat(size) }), (text) => decodeClef(text));
});

test("decodeClef() keeps integers of 64 bits, and event types only of the kinds that Seq takes", () => {
  const read = decodeClef(`{"@t":"2026-03-01T12:00:00Z","Id":9007199254740993,"In":[18446744073709551615]}`);
  assert.deepEqual(read.properties, { Id: 9007199254740993n, In: [18446744073709551615n] });
  assert.equal(decodeClef(line({ "@i": "type" })).eventType, "type");
  assert.equal(decodeClef(line({ "@i": 0xffffffff })).eventType, 0xffffffff);
  for (const wrong of [{ toString: null }, -1, 1.5, 2 ** 32, true, null, [7]]) {
    const { eventType, properties, hasWrongType } = decodeClef(line({ "@i": wrong }));
    assert.deepEqual([eventType, properties, hasWrongType], [undefined, { "@i": wrong }, true]);
  }
});

test("decodeClef() names the line of what is no event, and shows at most 80 characters of it", () => {
  assert.throws(() => decodeClef("[]", 7), { name: "SyntaxError", message: "Cannot read line 7 as CLEF: it is no JSON object" });
  assert.throws(() => decodeClef(line({ "@t": "x".repeat(500) })), (error: Error) => error.message.length < 130);
  assert.throws(() => decodeClef(`{"@t":9007199254740993}`), SyntaxError);
});

/** What was taken already: frozen, and with its size. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { freeze, frozenSize } from "../../src/event/frozen_data.ts";
import { parsePieces } from "../../src/event/json_pieces.ts";
import { PlainDataWriter } from "../../src/event/plain_data.ts";
import { maxEventSize } from "../../src/event/value_limits.ts";

test("freeze() freezes through and through, and knows the size of what it froze", () => {
  const shared = { text: "x".repeat(1000) };
  const taken = freeze({ list: [shared, shared], at: new Date(0), no: null });
  assert.ok(Object.isFrozen(taken.list) && Object.isFrozen(shared));
  assert.ok(frozenSize(taken)! > 2000 && frozenSize(taken)! < 2200, String(frozenSize(taken)));
  assert.equal(frozenSize({}), undefined);
  assert.equal(frozenSize("text"), undefined);
});

test("what was frozen pays for its size each time that it is taken", () => {
  const large = freeze({ list: Array.from({ length: 100 }, () => "x".repeat(1000)) });
  const taken = JSON.stringify(parsePieces(new PlainDataWriter().write(Array.from({ length: 500 }, () => large))));
  assert.ok(taken.length < 2 * maxEventSize, String(taken.length));
  assert.ok(taken.includes("[Cut: "));
});

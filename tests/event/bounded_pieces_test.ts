/** Texts that are too long for an event. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BoundedPieces } from "../../src/event/bounded_pieces.ts";
import { parsePieces } from "../../src/event/json_pieces.ts";

/** Pieces that a test writes itself. */
class Written extends BoundedPieces {
  /** Returns the JSON of a text. */
  text(text: string): string {
    this.pieces = [];
    this.writeText(text);
    return JSON.stringify(parsePieces(this.pieces));
  }
}

test("a text beyond what is left is cut with a mark that states its length, and what is paid elsewhere counts", () => {
  const pieces = new Written(100);
  assert.equal(pieces.text("short"), '"short"');
  assert.equal(pieces.pay(80), true);
  assert.equal(pieces.text("x".repeat(50)), `"${"x".repeat(15)}… [Cut: 50 characters]"`);
  assert.equal(pieces.pay(1), false);
});

test("the texts of an HTTP message lose the credentials of their addresses", () => {
  const pieces = new Written(1000);
  pieces.isHttp = true;
  assert.equal(pieces.text("https://ada:secret@shop.test/?token=secret&page=2"), '"https://ada:***@shop.test/?token=***&page=2"');
});

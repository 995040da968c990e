/** A lease: the lines that one drain holds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lease, type LeaseHolder } from "../../src/delivery/lease.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A holder that records its calls. */
class Holder implements LeaseHolder {
  isHeld = true;
  readonly calls: unknown[] = [];
  holds(): boolean {
    return this.isHeld;
  }
  settled(_lease: Lease, count: number, bytes: number): void {
    this.calls.push(["settled", count, bytes]);
  }
  discarded(lines: Uint8Array, loss: object): void {
    this.calls.push(["discarded", text(lines), loss]);
  }
  released(): void {
    this.calls.push(["released"]);
  }
}

function leaseOf(...lines: string[]): { holder: Holder; lease: Lease } {
  const holder = new Holder();
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const ends = lines.map((_, i) => lines.slice(0, i + 1).reduce((sum, { length }) => sum + length + 1, 0));
  return { holder, lease: new Lease(holder, { bytes, ends, number: 10 }) };
}

test("Lease gives bodies of its first lines, parted by line breaks", () => {
  const { lease } = leaseOf("a", "bb", "ccc");
  assert.deepEqual([lease.first, lease.count, lease.bytes], [10, 3, 9]);
  assert.equal(text(lease.body()), "a\nbb\nccc");
  assert.equal(text(lease.body(2)), "a\nbb");
  assert.deepEqual([lease.within(1), lease.within(5), lease.within(8), lease.within(9)], [1, 2, 2, 3], "at least one line");
});

test("Lease settles and discards from the front, and says what that was", () => {
  const { holder, lease } = leaseOf("a", "bb", "ccc");
  lease.suspect = 3;
  lease.settle(1);
  assert.deepEqual([lease.first, lease.count, lease.suspect], [11, 2, 2]);
  lease.discard(1, "rejected");
  assert.equal(text(lease.body()), "ccc");
  assert.deepEqual(holder.calls, [
    ["settled", 1, 2],
    ["settled", 1, 3],
    ["discarded", "bb", { count: 1, first: 11, reason: "rejected" }],
  ]);
});

test("Lease does nothing once it is not in force, but for giving itself back", () => {
  const { holder, lease } = leaseOf("a", "bb");
  holder.isHeld = false;
  lease.settle(1);
  lease.discard(1, "rejected");
  assert.deepEqual([lease.isHeld, lease.count, holder.calls], [false, 2, []]);
  lease.release();
  assert.deepEqual(holder.calls, [["released"]]);
});

test("Lease is renewed with the lines that are left, and with what is known of them", () => {
  const { lease } = leaseOf("a", "bb", "ccc");
  lease.settle(1);
  lease.suspect = 2;
  const renewed = lease.renew();
  assert.deepEqual([renewed.first, text(renewed.body()), renewed.suspect], [11, "bb\nccc", 2]);
});

/** The counts of a handler. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { sumOfFlushes } from "../src/handler_stats.ts";

test("sumOfFlushes() adds results, and skips handlers without one", () => {
  assert.deepEqual(sumOfFlushes([]), { delivered: 0, pending: 0, lost: 0 });
  const results = [{ delivered: 1, pending: 2, lost: 3 }, undefined, { delivered: 10, pending: 20, lost: 30 }];
  assert.deepEqual(sumOfFlushes(results), { delivered: 11, pending: 22, lost: 33 });
});

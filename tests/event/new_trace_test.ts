/** Ids of traces and spans. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSpanId, isTraceId } from "../../src/event/trace_context.ts";
import { makeId } from "../../src/event/new_trace.ts";
import { rounds } from "../support/effort.ts";

test("ids are valid, and unique over 10 million draws", () => {
  const count = rounds(10_000_000);
  const ends = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const id = makeId(i % 2 === 0 ? 32 : 16);
    const isValid = i % 10 > 1 || (i % 2 === 0 ? isTraceId(id) : isSpanId(id)); // a fifth of them, as it takes as long as the draw
    if (!isValid) assert.fail(id);
    ends[i] = parseInt(id.slice(-13), 16);
  }
  ends.sort();
  let twice = 0;
  for (let i = 1; i < count; i++) if (ends[i] === ends[i - 1]) twice++;
  assert.ok(twice <= 2, `${twice} ends of 52 bits came twice, where chance lets one in a hundred runs have one`);
});

/** Where responses behave as on no other runtime. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isBun, isStreamOfBun, losesLength } from "../../src/runtime/response_quirks.ts";

const { Deno: deno, Bun: bun } = globalThis as { readonly Deno?: unknown; readonly Bun?: unknown };

test("each quirk is that of its runtime", () => {
  assert.deepEqual([isBun(), losesLength()], [bun !== undefined, deno !== undefined]);
  assert.equal(isStreamOfBun(new Response("text")), false);
  assert.equal(isStreamOfBun(new Response(new ReadableStream())), bun !== undefined);
});

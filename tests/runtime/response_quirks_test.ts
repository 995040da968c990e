/** Where responses behave as on no other runtime. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { failedByRedirect, isBun, isStreamOfBun, losesLength, redirectMode } from "../../src/runtime/response_quirks.ts";

const { Deno: deno, Bun: bun } = globalThis as { readonly Deno?: unknown; readonly Bun?: unknown };

test("each quirk is that of its runtime", () => {
  assert.deepEqual([isBun(), losesLength()], [bun !== undefined, deno !== undefined]);
  assert.equal(isStreamOfBun(new Response("text")), false);
  assert.equal(isStreamOfBun(new Response(new ReadableStream())), bun !== undefined);
  const init = { headers: { "content-type": "text/plain" }, statusText: "x".repeat(100) };
  for (const body of [null, "", "text", new Uint8Array(9), new Blob(["text"])]) {
    assert.equal(isStreamOfBun(new Response(body, init)), false);
  }
  const stream = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1000)) });
  assert.equal(isStreamOfBun(new Response(stream, init)), bun !== undefined);
});

test("failedByRedirect() accepts any value that a fetch rejects with", () => {
  redirectMode();
  const thrown = [undefined, null, 0, "text", Symbol("x"), { cause: null }, { cause: Object.create(null) }, new TypeError("fetch failed")];
  assert.deepEqual(thrown.map(failedByRedirect), thrown.map(() => false));
});

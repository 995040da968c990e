/** Which runtime this is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtin, importBuiltin, isBrowser, isNode, isWorkerd, workOutlivesCall } from "../../src/runtime/detect.ts";

const { Deno: deno, Bun: bun } = globalThis as { readonly Deno?: unknown; readonly Bun?: unknown };

test("this runtime is recognised", () => {
  assert.equal(isNode(), deno === undefined && bun === undefined);
  assert.deepEqual([isWorkerd(), isBrowser(), workOutlivesCall()], [false, false, true]);
});

test("builtin() and importBuiltin() find modules of the runtime's, and throw for none", async () => {
  assert.equal(typeof builtin<{ platform: unknown }>("node:os")?.platform, "function");
  assert.equal(builtin("node:no_such_module"), undefined);
  assert.deepEqual(await importBuiltin("cloudflare:workers"), {});
});

/** A runtime on which packages define another runtime's global. */

import assert from "node:assert/strict";
import { test } from "node:test";

test("a Deno or Bun that a package defines is not the runtime", async () => {
  const { Deno: deno, Bun: bun } = globalThis as { readonly Deno?: unknown; readonly Bun?: unknown };
  for (const name of ["Deno", "Bun"]) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value: { env: {} } });
  }
  const found = await import("../../src/runtime/detect.ts"); // only now, because modules look for their runtime as they load
  assert.deepEqual([found.isNode(), found.deno, found.bun], [deno === undefined && bun === undefined, deno, bun]);
  const { configure, getLogger, MemoryHandler, shutdown } = await import("../../mod.ts");
  const memory = new MemoryHandler();
  await configure({ handlers: { memory }, root: { handlers: ["memory"] } });
  getLogger().warn("logged");
  assert.deepEqual(memory.events.map((event) => event.message), ["logged"]);
  await shutdown();
});

/** Ambient properties: those of a request, wherever below it something is logged. */

import { report } from "./diagnostic.ts";
import { capture, type Captured } from "./properties.ts";
import { builtin } from "./runtime.ts";
import { shared } from "./shared.ts";

interface Storage {
  getStore(): Captured | undefined;
  run<T>(store: Captured, fn: () => T): T;
}

interface Ambience {
  storage?: Storage;
}

/** Where contexts begin: mostly with the same names. */
const site = {};
let ambience: Ambience | undefined;
const ambient = (): Ambience => (ambience ??= shared<Ambience>("context", () => ({})));

/** The properties of the context that the caller runs in, if any. */
export function currentContext(): Captured | undefined {
  return ambient().storage?.getStore();
}

/**
 * Runs a function so that every event logged by it, and by all that it awaits, carries the properties.
 *
 * Contexts nest, the inner one's properties winning; a call's own properties and those of `with` win over both. It rests on
 * AsyncLocalStorage; where the runtime has none, the function runs without the properties and a diagnostic says so once.
 *
 * @param properties The properties; taken at once.
 * @param fn Called at once.
 * @returns What `fn` returns.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler, withContext } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("jobs").addHandler(memory);
 * await withContext({ JobId: 7 }, async () => {
 *   await null;
 *   getLogger("jobs").warn("Step {Step} is slow", { Step: 1 });
 * });
 * assert.deepEqual(memory.events[0]?.properties, { JobId: 7, Step: 1 });
 * added[Symbol.dispose]();
 * ```
 */
export function withContext<T>(properties: object, fn: () => T): T {
  const storage = (ambient().storage ??= makeStorage());
  if (storage === undefined) {
    report({
      code: "no-context",
      message: "This runtime has no AsyncLocalStorage, so that withContext adds nothing",
      hint: "On Cloudflare Workers set the compatibility flag nodejs_compat; elsewhere use logger.with()",
    });
    return fn();
  }
  const captured = capture(properties, { fillsException: false }, site);
  const outer = storage.getStore();
  return storage.run(captured.over(outer), fn);
}

function makeStorage(): Storage | undefined {
  const { AsyncLocalStorage } = builtin<{ AsyncLocalStorage?: new () => Storage }>("node:async_hooks") ?? {};
  return AsyncLocalStorage === undefined ? undefined : new AsyncLocalStorage();
}

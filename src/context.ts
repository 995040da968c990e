/** Ambient properties: those of a request, wherever below it something is logged. */

import { report } from "./diagnostic.ts";
import { capture, type Captured } from "./event/properties.ts";
import { builtin, importBuiltin } from "./runtime/detect.ts";
import { shared } from "./runtime/global_state.ts";
import { platformWaitUntil, type WaitUntil } from "./runtime/wait_until.ts";

/** What AsyncLocalStorage does, as far as it is needed here. */
export interface ContextStorage {
  // deno-lint-ignore no-explicit-any -- the caller's is of what type it is; what is kept in it is ours
  getStore(): any;
  // deno-lint-ignore no-explicit-any -- as above
  run<T>(store: any, fn: () => T): T;
}

/** The request that something is done for. */
export interface RequestScope {
  /** Adds to the event that tells of its completion; false where it is logged already. */
  enrich(properties: object): boolean;
  /** Whether that event is logged. */
  readonly isOver: boolean;
  /** Keeps it alive for work, where work is bound to a request. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/** What holds for all that a function awaits. */
export interface Context {
  readonly properties: Captured | undefined;
  readonly request: RequestScope | undefined;
}

interface Ambience {
  storage?: ContextStorage | undefined;
  /** Whether it was looked for by an import, too. */
  isSought?: boolean;
  /** Whether it was told that there is none. */
  isReported?: boolean;
}

/** Where contexts begin: mostly with the same names. */
const site = {};
let ambience: Ambience | undefined;
const ambient = (): Ambience => (ambience ??= shared<Ambience>("context", () => ({})));

/** The context that the caller runs in, if any. */
export function current(): Context | undefined {
  return ambient().storage?.getStore() as Context | undefined;
}

/** The properties of the context that the caller runs in, if any. */
export function currentContext(): Captured | undefined {
  return current()?.properties;
}

/** The request that the caller works for, if that is known. */
export function currentRequest(): RequestScope | undefined {
  return current()?.request;
}

/** Returns what keeps the request alive that the caller works for; `undefined` where none is known. */
export function requestWaitUntil(): WaitUntil | undefined {
  return platformWaitUntil() ?? currentRequest()?.waitUntil;
}

/**
 * Runs a function so that every event logged by it, and by all that it awaits, carries the properties.
 *
 * Contexts nest, the inner one's properties winning; a call's own properties and those of `with` win over both. It rests on
 * AsyncLocalStorage; where the runtime has none, and the option `asyncLocalStorage` of `configure` hands in none, the function runs without the
 * properties and a diagnostic says so once.
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
 * added.dispose();
 * ```
 */
export function withContext<T>(properties: object, fn: () => T): T {
  const outer = current();
  const own = capture(properties, { fillsException: false }, site).over(outer?.properties);
  return runInContext({ properties: own, request: outer?.request }, fn, "withContext adds nothing");
}

/** Runs a function in a context, in place of the one around. */
export function runInContext<T>(context: Context, fn: () => T, failing: string): T {
  const storage = (ambient().storage ??= makeStorage());
  if (storage !== undefined) return storage.run(context, fn);
  reportNoStorage(failing);
  return fn();
}

/** Takes the class AsyncLocalStorage, or that of an instance, from the program; what is kept in the instance is the program's. `undefined` changes nothing. */
export function useStorage(given: ContextStorage | (new () => ContextStorage) | undefined): void {
  if (given === undefined) return;
  ambient().storage = new (typeof given === "function" ? given : given.constructor as new () => ContextStorage)();
}

/** Looks once for an AsyncLocalStorage that only an import finds: workerd's, by the flag nodejs_als. Never rejects. */
export async function seekStorage(): Promise<void> {
  const state = ambient();
  if (state.isSought || (state.storage ??= makeStorage()) !== undefined) return;
  const found = makeStorage(await importBuiltin("node:async_hooks"));
  state.isSought = true;
  state.storage ??= found;
}

/** Whether {@linkcode seekStorage} has nothing to do any more. */
export const isStorageSought = (): boolean => ambient().isSought === true || ambient().storage !== undefined;

/** Whether there is an AsyncLocalStorage. */
export const hasStorage = (): boolean => (ambient().storage ??= makeStorage()) !== undefined;

/** Tells once that there is no AsyncLocalStorage. */
export function reportNoStorage(failing: string): void {
  const state = ambient();
  if (state.isReported) return;
  state.isReported = true;
  report({
    code: "no-context",
    message: `This runtime has no AsyncLocalStorage, so that ${failing}`,
    hint: "On Cloudflare Workers set the compatibility flag nodejs_als or nodejs_compat; elsewhere use logger.with()",
  });
}

interface AsyncHooks {
  readonly AsyncLocalStorage?: new () => ContextStorage;
}

function makeStorage(hooks: AsyncHooks = builtin<AsyncHooks>("node:async_hooks") ?? globalThis as AsyncHooks): ContextStorage | undefined {
  const { AsyncLocalStorage } = hooks; // a global on Vercel Edge
  return AsyncLocalStorage === undefined ? undefined : new AsyncLocalStorage();
}

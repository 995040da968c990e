/** Ambient properties: every event logged within a function or request carries them. */

import { report, requireFunction } from "./diagnostic.ts";
import { capture, type Captured } from "./event/properties.ts";
import { Trace } from "./event/trace_context.ts";
import { builtin, importBuiltin } from "./runtime/detect.ts";
import { shared } from "./runtime/global_state.ts";
import { activeSpanContext, openTelemetry, type SpanContextLike } from "./runtime/open_telemetry.ts";
import { platformWaitUntil, type WaitUntil } from "./runtime/wait_until.ts";

/** The part of AsyncLocalStorage that is used here. */
export interface ContextStorage {
  /** Returns the value that `run` has set for the current code. */
  // deno-lint-ignore no-explicit-any -- the caller's storage may have any type; only this library's contexts are kept in it
  getStore(): any;
  /** Runs a function. Within it, and within all that it awaits, `getStore` returns the value. */
  // deno-lint-ignore no-explicit-any -- as above
  run<T>(store: any, fn: () => T): T;
}

/** The request that the current code runs for. */
export interface RequestScope {
  /** Adds properties to the event that reports the end of the request. Returns false if that event is already logged. */
  enrich(properties: object): boolean;
  /** Whether the event at the end of the request is already logged. */
  readonly isOver: boolean;
  /** Keeps the request alive for work, on a runtime that binds work to its request. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/** The context of a function and of everything that it awaits. */
export interface Context {
  readonly properties: Captured | undefined;
  readonly request: RequestScope | undefined;
  /** The place of the nearest span. */
  readonly trace?: Trace | undefined;
}

interface Ambience {
  storage?: ContextStorage | undefined;
  /** Whether {@linkcode seekStorage} has run. */
  isSought?: boolean;
  /** Whether the lack of a storage was reported. */
  isReported?: boolean;
}

/** One call site for all contexts: names of properties are cached by call site, and contexts mostly have the same names. */
const site = {};
let ambience: Ambience | undefined;
const ambient = (): Ambience => (ambience ??= shared<Ambience>("context", () => ({})));

/** Returns the current context, if there is one. */
export function current(): Context | undefined {
  return ambient().storage?.getStore() as Context | undefined;
}

/** Returns the properties of the current context, if there is one. */
export function currentContext(): Captured | undefined {
  return current()?.properties;
}

let lastActive: { readonly place: SpanContextLike; readonly trace: Trace } | undefined;

/** Returns the trace of the current code: the trace of OpenTelemetry's active span or, without such a span, the trace of the context. */
export function currentTrace(): Trace | undefined {
  return traceIn(current());
}

/** As {@linkcode currentTrace}, for a context that the caller has looked up. */
export function traceIn(context: Context | undefined): Trace | undefined {
  const api = openTelemetry();
  const place = api && activeSpanContext(api);
  if (place === undefined) return context?.trace;
  if (lastActive?.place !== place) lastActive = { place, trace: traceOf(place) };
  return lastActive.trace.isValid ? lastActive.trace : context?.trace;
}

function traceOf({ traceId, spanId, traceFlags, traceState }: SpanContextLike): Trace {
  return new Trace({ traceId, spanId, isSampled: (traceFlags & 1) === 1, traceState: traceState?.serialize?.() });
}

/** Returns the request that the current code runs for, if it is known. */
export function currentRequest(): RequestScope | undefined {
  return current()?.request;
}

/** Returns the function that keeps the current request alive; `undefined` if there is none. */
export function requestWaitUntil(): WaitUntil | undefined {
  return platformWaitUntil() ?? currentRequest()?.waitUntil;
}

/**
 * Runs a function so that every event logged within it, and within all that it awaits, carries the properties.
 *
 * Contexts nest, and the properties of the inner context win. The properties of a log call and of `with` win over those of every context.
 *
 * `withContext` needs AsyncLocalStorage. If neither the runtime nor the option `asyncLocalStorage` of `configure` provides it, the function
 * runs without the properties, and a diagnostic reports that once.
 *
 * @param properties The properties; read immediately.
 * @param fn Called immediately.
 * @returns What `fn` returns.
 * @throws {TypeError} If `fn` is not a function.
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
  requireFunction(fn, "withContext", "fn");
  const outer = current();
  const own = capture(properties, { fillsException: false }, site).over(outer?.properties);
  return runInContext({ properties: own, request: outer?.request, trace: outer?.trace }, fn, "withContext adds nothing");
}

/** Runs a function in a context that replaces the current one. */
export function runInContext<T>(context: Context, fn: () => T, failing: string): T {
  const storage = (ambient().storage ??= makeStorage());
  if (storage !== undefined) return storage.run(context, fn);
  reportNoStorage(failing);
  return fn();
}

/**
 * Creates a storage from the class AsyncLocalStorage that the program passes, or from the class of the instance that it passes.
 * `undefined` changes nothing.
 */
export function useStorage(given: ContextStorage | (new () => ContextStorage) | undefined): void {
  if (given === undefined) return;
  ambient().storage = new (typeof given === "function" ? given : given.constructor as new () => ContextStorage)();
}

/** Looks once for an AsyncLocalStorage that only an import provides: workerd's, with the flag nodejs_als. Never rejects. */
export async function seekStorage(): Promise<void> {
  const state = ambient();
  if (state.isSought || (state.storage ??= makeStorage()) !== undefined) return;
  const found = makeStorage(await importBuiltin("node:async_hooks"));
  state.isSought = true;
  state.storage ??= found;
}

/** Whether {@linkcode seekStorage} has nothing left to do. */
export const isStorageSought = (): boolean => ambient().isSought === true || ambient().storage !== undefined;

/** Whether AsyncLocalStorage is available. */
export const hasStorage = (): boolean => (ambient().storage ??= makeStorage()) !== undefined;

/** Reports once that AsyncLocalStorage is missing. */
export function reportNoStorage(failing: string): void {
  const state = ambient();
  if (state.isReported) return;
  state.isReported = true;
  report({
    code: "no-context",
    message: `This runtime has no AsyncLocalStorage, so ${failing}`,
    hint: "On Cloudflare Workers set the compatibility flag nodejs_als or nodejs_compat; elsewhere use logger.with()",
  });
}

interface AsyncHooks {
  readonly AsyncLocalStorage?: new () => ContextStorage;
}

function makeStorage(hooks: AsyncHooks = builtin<AsyncHooks>("node:async_hooks") ?? globalThis as AsyncHooks): ContextStorage | undefined {
  const { AsyncLocalStorage } = hooks; // Vercel Edge provides it as a global
  return AsyncLocalStorage === undefined ? undefined : new AsyncLocalStorage();
}

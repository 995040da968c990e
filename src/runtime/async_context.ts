/** Whose context the library's own work runs in: none of the program's. */

import { builtin, isWorkerd } from "./detect.ts";

interface Storage {
  run<T>(store: true, work: () => T): T;
  getStore(): true | undefined;
}

interface AsyncHooks {
  readonly AsyncLocalStorage?: (new () => Storage) & { snapshot?(): <T>(work: () => T) => T };
}

// A Worker's work belongs to its request, and the context must stay with it.
const StorageClass = isWorkerd() ? undefined : builtin<AsyncHooks>("node:async_hooks")?.AsyncLocalStorage;

/** Taken where the module loads, which is in no request. */
const enterSnapshot = StorageClass?.snapshot?.();

/** Marks the library's own requests, where the runtime can carry a mark through what they await. */
const marks = StorageClass && new StorageClass();
/** How many requests are under way or have just ended: while there are none, a log call pays for one comparison. */
let active = 0;
/** How many calls of a sender are on the stack, for runtimes that carry no mark. */
let depth = 0;

/** Runs work in no context of the program: timers and requests that it begins know nothing of the caller. */
export function runOutside<T>(work: () => T): T {
  return enterSnapshot === undefined ? work() : enterSnapshot(work);
}

interface TraceContext {
  setValue(key: symbol, value: unknown): TraceContext;
}

/** What OpenTelemetry's API keeps in a global for every copy of itself. */
interface TraceApi {
  readonly context?: { active(): TraceContext; with<T>(context: TraceContext, work: () => T): T };
}

/** Runs work that OpenTelemetry makes no span of and sends no trace with: what delivers logs is no part of a trace, as in its own exporters. */
function runUntraced<T>(work: () => T): T {
  const { context } = (globalThis as { [key: symbol]: TraceApi | undefined })[Symbol.for("opentelemetry.js.api.1")] ?? {};
  if (context === undefined) return work();
  return context.with(context.active().setValue(Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING"), true), work);
}

/** Runs a request of the library's own, so that {@linkcode isInOwnRequest} recognises what is called because of it. */
export function runOwnRequest<T>(work: () => Promise<T>): Promise<T> {
  active++;
  depth++;
  try {
    const done = marks === undefined ? runUntraced(work) : marks.run(true, () => runUntraced(work));
    return done.finally(() => active--);
  } finally {
    depth--;
  }
}

/** Whether the caller runs because of a request of the library's own: a wrapper of fetch, or a listener of its diagnostics. */
export function isInOwnRequest(): boolean {
  return active > 0 && (depth > 0 || marks?.getStore() === true);
}

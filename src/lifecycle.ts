/**
 * The active configuration: its handlers, and replaced handlers that still deliver. It flushes them, shuts them down, and returns stats.
 */

import { report } from "./diagnostic.ts";
import { callGuarded, type Flushed, flushHandlers, flushUntilEmpty } from "./flush_handlers.ts";
import type { Filter } from "./filter.ts";
import type { Handler } from "./handler.ts";
import { type CheckResult, type FlushOptions, type FlushResult, type HandlerStats, sumOfFlushes } from "./handler_stats.ts";
import { configureGlobals, globals, replaceGlobals } from "./global_properties.ts";
import { hierarchy, replaceSettings } from "./hierarchy.ts";
import { flag, options, type Reader, requireOptions, waitTime } from "./option_schema.ts";
import { describeThrown } from "./event/plain_data.ts";
import { EventRecord, toRecord } from "./event/log_event.ts";
import { shared } from "./runtime/global_state.ts";

/** The result of {@linkcode configure}. */
export interface Logging extends AsyncDisposable {
  /** The handlers by name. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** See {@linkcode flush}. */
  flush(options?: FlushOptions): Promise<FlushResult>;
  /** See {@linkcode shutdown}; after another configuration it only flushes. */
  shutdown(options?: FlushOptions): Promise<FlushResult>;
  /** See {@linkcode stats}. */
  stats(): Record<string, HandlerStats>;
  /** See {@linkcode ready}. */
  ready(options?: FlushOptions): Promise<boolean>;
  /** Checks whether events can be delivered, with every handler that supports the check; never rejects. */
  check(): Promise<Record<string, CheckResult>>;
}

/**
 * Holds `configure`, for a configuration that a program's function returns. The module of `configure` sets it when it is loaded. So a
 * program that never configures does not bundle that module.
 */
export const configurer: { configure?: (config: object) => unknown } = {};

/** A resource that `await using` disposes of. */
export interface AsyncDisposable {
  /** Disposes of the resource, and waits until that is done. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The active configuration's handlers. */
class InForce {
  handlers: Readonly<Record<string, Handler>> = {};
  /** The handlers that the library created, and therefore closes. */
  owned: ReadonlySet<Handler> = new Set();
  /** The filters by name. */
  filters: Readonly<Record<string, Filter>> = {};
  /** Handlers closed by a shutdown. */
  readonly closed: WeakSet<Handler> = new WeakSet();
  /** Replaced handlers that still deliver, with their names. */
  readonly retired: Map<Handler, string> = new Map();
  /** Functions that decide, before the last flush, about events that are held back. */
  readonly atEnd: Set<() => void> = new Set();
  /** Undoes further effects at shutdown, such as the console capture, by name. */
  readonly undo: Map<string, () => void> = new Map();

  /** Returns every handler that may hold events, by unique names. */
  all(): Map<string, Handler> {
    const all = new Map<string, Handler>(Object.entries(this.handlers));
    const add = (handler: Handler, name: string): void => {
      if ([...all.values()].includes(handler)) return;
      while (all.has(name)) name += "'";
      all.set(name, handler);
    };
    for (const [handler, name] of this.retired) add(handler, name);
    for (const { added } of hierarchy().nodes) for (const handler of added) add(handler, handler.name || handler.constructor.name);
    return all;
  }
}

/** The active configuration of this process, shared by every copy of the module. */
export function inForce(): InForce {
  return shared("inForce", () => new InForce());
}

/** Activates other handlers. An old handler passes its queue to a new one of the same name and server; otherwise it is retired. */
export function replaceHandlers(
  handlers: Readonly<Record<string, Handler>>,
  owned: ReadonlySet<Handler>,
  filters: Readonly<Record<string, Filter>>,
): void {
  const state = inForce();
  const old = Object.entries(state.handlers).filter(([, handler]) => state.owned.has(handler));
  Object.assign(state, { handlers, owned, filters });
  for (const [name, handler] of old) {
    const next = handlers[name];
    if (next !== undefined && owned.has(next) && next.adopt(handler)) continue;
    state.retired.set(handler, `${name} (retired)`);
    void callGuarded(handler, "closed", () => handler.retire(() => state.retired.delete(handler)) as Promise<void> | undefined);
  }
  for (const handler of owned) handler.start();
}

const readFlushOptions: Reader<FlushOptions> = options<FlushOptions>(() => ({ timeoutMs: waitTime, givesUp: flag }));

/** Returns the interface to the active configuration. */
export function loggingOf(): Logging {
  const { handlers } = inForce();
  // Once another configuration is active, this object must not shut it down.
  const end = (options?: FlushOptions): Promise<FlushResult> => (inForce().handlers === handlers ? shutdown(options) : flush(options));
  return { handlers, flush, shutdown: end, stats, ready, check, [Symbol.asyncDispose]: async () => void (await end()) };
}

/**
 * Delivers what every handler has queued, without waiting for the period.
 *
 * @param options The deadline, and whether it aborts requests that are still running.
 * @returns What happened to the events queued at the call. Resolves at the deadline at the latest; rejects only for a wrong option.
 * @example
 * ```ts
 * import { flush } from "@x/seqlog";
 *
 * const { delivered, pending, lost } = await flush({ timeoutMs: 1000 });
 * console.log(`${delivered} delivered, ${pending} pending, ${lost} lost`);
 * ```
 */
export async function flush(options: FlushOptions = {}): Promise<FlushResult> {
  return sumOfFlushes((await flushHandlers(flushed(), requireOptions(readFlushOptions, options, "flush"))).values());
}

/**
 * Flushes until nothing is queued or the deadline passes. Meant for the end of the process: events may be logged during the last request.
 * If the process lives on (`isEnding` is false), only flushes. Never rejects.
 */
export async function flushToTheEnd(options: FlushOptions, isEnding: boolean): Promise<FlushResult> {
  return isEnding ? sumOfFlushes((await flushLast(options)).values()) : await flush(options);
}

function flushLast(options: FlushOptions): ReturnType<typeof flushUntilEmpty> {
  for (const decide of inForce().atEnd) decide();
  return flushUntilEmpty(flushed, options);
}

/** Returns the handlers to flush now. First, it passes them the events in which filters report what they held back. */
function flushed(): Flushed {
  releaseHeldBack();
  const { retired } = inForce();
  return { handlers: [...inForce().all().values()], isRetired: (handler) => retired.has(handler) };
}

/** Logs the events in which filters report what they held back, to the handlers that would have received the held-back events. */
function releaseHeldBack(): void {
  const tree = hierarchy();
  const release = (filters: readonly Filter[], handlers: readonly Handler[]): void => {
    for (const filter of filters) {
      try {
        for (const event of filter.heldBack?.() ?? []) {
          const { rank, template, scope, own, trace, span } = toRecord(event);
          const ofAll = { globals: globals().fixed, live: globals().live() };
          const record = new EventRecord({ rank, template, scope, own, ...ofAll, trace, span, origin: event });
          for (const handler of handlers) handler.handle(record);
        }
      } catch (error) {
        report({ code: "filter-failed", message: `A filter could not report what it held back: ${describeThrown(error)}` });
      }
    }
  };
  for (const { filters, reached } of tree.nodes) release(filters, reached);
  for (const handler of inForce().all().values()) release(handler.filters, [handler]);
}

/**
 * Flushes and closes the handlers that `configure` has created, and resets all loggers.
 *
 * Handlers that the program created or added itself are flushed but not closed. Later events go to the console if they are warnings or
 * worse. Until the next configuration, all later events are counted in `stats().shutdown`, and the first one is reported.
 *
 * @param options `timeoutMs`: the deadline, default 10 000.
 * @returns What happened to queued events. Undelivered events count as lost, unless they are on disk. Rejects only for a wrong option.
 * @example
 * ```ts
 * import { configure, shutdown } from "@x/seqlog";
 *
 * configure({ serverUrl: null });
 * await shutdown();
 * ```
 */
export async function shutdown(options: FlushOptions = {}): Promise<FlushResult> {
  const known = requireOptions(readFlushOptions, options, "shutdown");
  const state = inForce();
  const { handlers, owned } = state;
  const results = await flushLast(known);
  if (state.handlers !== handlers) return closing(results, state.closed); // replaced meanwhile
  const tree = hierarchy();
  const ended = Object.keys(handlers).length > 0 ? { rank: tree.root.rank, count: 0 } : tree.ended;
  for (const node of tree.nodes) Object.assign(node, { rank: undefined, configured: true });
  replaceSettings(tree, new Map());
  tree.ended = ended;
  tree.refresh();
  replaceGlobals(undefined);
  configureGlobals();
  for (const undo of [...state.undo.values()]) undo();
  const ours = [...owned, ...state.retired.keys()];
  Object.assign(state, { handlers: {}, owned: new Set(), filters: {} });
  state.retired.clear();
  for (const handler of ours) state.closed.add(handler);
  for (const handler of ours) await callGuarded(handler, "closed", () => handler.close());
  return closing(results);
}

/** Returns the flush result after these handlers (default: all) are closed: pending events are lost, unless they are on disk. */
function closing(results: ReadonlyMap<Handler, FlushResult>, closed?: WeakSet<Handler>): FlushResult {
  const gone = [...results].map(([handler, result]) => (!handler.isDurable && (closed?.has(handler) ?? true) ? result : undefined));
  const { delivered, pending, lost } = sumOfFlushes(results.values());
  const given = sumOfFlushes(gone).pending;
  return { delivered, pending: pending - given, lost: lost + given };
}

/**
 * Waits until every queue has room, so that a job loses nothing even if it logs faster than Seq receives.
 *
 * @param options `timeoutMs`: the longest wait, default 60 000.
 * @returns Whether every queue is less than half full; false after the time-out, such as when Seq is down. Rejects only for a wrong option.
 * @example
 * ```ts
 * import { getLogger, ready } from "@x/seqlog";
 *
 * for (let n = 0; n < 1000; n++) {
 *   if (n % 100 === 0) await ready();
 *   getLogger("import").debug("Row {N} imported", { N: n });
 * }
 * ```
 */
export async function ready(options: FlushOptions = {}): Promise<boolean> {
  const { timeoutMs = 60_000 } = requireOptions(readFlushOptions, options, "ready");
  const all = [...inForce().all().values()];
  const rooms = await Promise.all(
    all.map((handler) => callGuarded(handler, "asked for room", () => handler.ready({ timeoutMs }), timeoutMs)),
  );
  return rooms.every((hasRoom) => hasRoom ?? false);
}

/** Whether every queue would stay less than half full if this many events and bytes were added. */
export function hasRoom(events: number, bytes: number): boolean {
  return [...inForce().all()].every(([name, handler]) => {
    try {
      return handler.hasRoom(events, bytes);
    } catch (error) {
      report({ code: "handler-failed", handler: name, message: `A handler that was asked for room failed: ${describeThrown(error)}` });
      return true;
    }
  });
}

/**
 * Returns the state of the handlers by name: events queued, delivered, retried and lost.
 *
 * @returns The counts of every handler that keeps counts.
 * @example
 * ```ts
 * import { stats } from "@x/seqlog";
 *
 * for (const [name, { queued, delivered, lost }] of Object.entries(stats())) console.log(name, queued, delivered, lost);
 * ```
 */
export function stats(): Record<string, HandlerStats> {
  const all: Record<string, HandlerStats> = {};
  for (const [name, handler] of inForce().all()) {
    try {
      const stats = handler.stats();
      if (stats !== undefined) all[name] = stats;
    } catch (error) {
      report({ code: "handler-failed", handler: name, message: `stats() of a handler failed: ${describeThrown(error)}` });
    }
  }
  const late = hierarchy().ended?.count ?? 0;
  if (late > 0) all["shutdown"] = { state: "closed", queued: 0, queuedBytes: 0, delivered: 0, retries: 0, lost: { closed: late } };
  return all;
}

async function check(): Promise<Record<string, CheckResult>> {
  const all: Record<string, CheckResult> = {};
  for (const [name, handler] of inForce().all()) {
    const result = await callGuarded(handler, "checked", async () => (await handler.check()) ?? null, 60_000);
    if (result !== null) all[name] = result ?? { ok: false, message: "The handler could not be checked" };
  }
  return all;
}

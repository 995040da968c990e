/** What is in force: the handlers of the configuration, those that the program added, and those that are retired. */

import { report } from "./diagnostic.ts";
import { type Flushed, flushHandlers, flushUntilEmpty, quietly } from "./flush_handlers.ts";
import type { Filter } from "./filter.ts";
import type { Handler } from "./handler.ts";
import { type CheckResult, type FlushOptions, type FlushResult, type HandlerStats, sumOfFlushes } from "./handler_stats.ts";
import { globals } from "./global_properties.ts";
import { hierarchy } from "./hierarchy.ts";
import { flag, options, type Reader, requireOptions, waitTime } from "./option_schema.ts";
import { describeThrown } from "./event/plain_data.ts";
import { EventRecord, toRecord } from "./event/log_event.ts";
import { shared } from "./runtime/global_state.ts";

/** What {@linkcode configure} has put into force. */
export interface Logging extends AsyncDisposable {
  /** The handlers by their names. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** See {@linkcode flush}. */
  flush(options?: FlushOptions): Promise<FlushResult>;
  /** See {@linkcode shutdown}; once configured anew, it only flushes. */
  shutdown(options?: FlushOptions): Promise<FlushResult>;
  /** See {@linkcode stats}. */
  stats(): Record<string, HandlerStats>;
  /** See {@linkcode ready}. */
  ready(options?: FlushOptions): Promise<boolean>;
  /** Asks every handler that can say so whether its events can be delivered; never rejects. */
  check(): Promise<Record<string, CheckResult>>;
}

/**
 * How a configuration is put into force that somebody returns instead of calling `configure` with it. The module of `configure` sets it when it is
 * loaded, so that a program that never configures does not carry that module.
 */
export const configurer: { configure?: (config: object) => unknown } = {};

/** Something that is ended by `await using`. */
export interface AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>;
}

/** The handlers of the configuration in force. */
class InForce {
  handlers: Readonly<Record<string, Handler>> = {};
  /** Those that we made, and so close. */
  owned: ReadonlySet<Handler> = new Set();
  /** The filters by their names. */
  filters: Readonly<Record<string, Filter>> = {};
  /** Handlers that a shutdown has closed. */
  readonly closed: WeakSet<Handler> = new WeakSet();
  /** Handlers that a configuration replaced, and that still deliver, with their names. */
  readonly retired: Map<Handler, string> = new Map();
  /** What else goes on until a shutdown, such as the capture of the console: how each is undone, by its name. */
  readonly undo: Map<string, () => void> = new Map();

  /** Puts other handlers into force. Of the old ones that were ours, one gives its queue to the one of its name and place, any other is retired. */
  replace(
    handlers: Readonly<Record<string, Handler>>,
    owned: ReadonlySet<Handler>,
    filters: Readonly<Record<string, Filter>> = {},
  ): void {
    const old = Object.entries(this.handlers).filter(([, handler]) => this.owned.has(handler));
    this.handlers = handlers;
    this.owned = owned;
    this.filters = filters;
    for (const [name, handler] of old) {
      const next = handlers[name];
      if (next !== undefined && owned.has(next) && next.adopt(handler)) continue;
      this.retired.set(handler, `${name} (retired)`);
      void quietly(handler, "closed", () => handler.retire(() => this.retired.delete(handler)) as Promise<void> | undefined);
    }
    for (const handler of owned) handler.start();
  }

  /** Every handler that an event may be in, by a name of its own. */
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

/** The configuration in force in this process, shared by every copy of the module. */
export function inForce(): InForce {
  return shared("inForce", () => new InForce());
}

const readFlushOptions: Reader<FlushOptions> = options<FlushOptions>({ timeoutMs: waitTime, givesUp: flag });

/** The face of the configuration in force. */
export function loggingOf(): Logging {
  const { handlers } = inForce();
  // once configured anew, what is in force is another's to end
  const end = (options?: FlushOptions): Promise<FlushResult> => (inForce().handlers === handlers ? shutdown(options) : flush(options));
  return { handlers, flush, shutdown: end, stats, ready, check, [Symbol.asyncDispose]: async () => void (await end()) };
}

/**
 * Tries at once to deliver what every handler has queued.
 *
 * @param options `timeoutMs`: the deadline, 10 000 by default, `Infinity` for none; `givesUp`: whether a request that is still under way then is given up, its events kept.
 * @returns What became of the events that were queued at the call, at the deadline at the latest; rejects only for a wrong option.
 * @example
 * ```ts
 * import { flush } from "@x/seqlog";
 *
 * const { delivered, pending, lost } = await flush({ timeoutMs: 1000 });
 * console.log(`${delivered} delivered, ${pending} pending, ${lost} lost`);
 * ```
 */
export async function flush(options: FlushOptions = {}): Promise<FlushResult> {
  return sumOfFlushes((await flushHandlers(flushed(), requireOptions(readFlushOptions, options))).values());
}

/**
 * Flushes until nothing waits, or until the deadline: for an end of the process, so that what is logged during the last request is delivered as well.
 * Never rejects.
 */
export async function flushToTheEnd(options: FlushOptions): Promise<FlushResult> {
  return sumOfFlushes((await flushUntilEmpty(flushed, options)).values());
}

/** The handlers to flush now; what filters have held back goes to them first. */
function flushed(): Flushed {
  releaseHeldBack();
  const { retired } = inForce();
  return { handlers: [...inForce().all().values()], isRetired: (handler) => retired.has(handler) };
}

/** Hands on what filters have held back to where those events would have gone. */
function releaseHeldBack(): void {
  const tree = hierarchy();
  const tell = (filters: readonly Filter[], handlers: readonly Handler[]): void => {
    for (const filter of filters) {
      try {
        for (const event of filter.heldBack?.() ?? []) {
          const { rank, template, scope, own } = toRecord(event);
          const ofAll = { globals: globals().fixed, live: globals().live() };
          const record = new EventRecord({ rank, template, scope, own, ...ofAll, origin: event });
          for (const handler of handlers) handler.handle(record);
        }
      } catch (error) {
        report({ code: "filter-failed", message: `A filter could not tell what it held back: ${describeThrown(error)}` });
      }
    }
  };
  for (const { filters, reached } of tree.nodes) tell(filters, reached);
  for (const handler of inForce().all().values()) tell(handler.filters, [handler]);
}

/**
 * Flushes and ends what configure has put into force; the tree is then as it was before it.
 *
 * Handlers that were given ready-made or added by the program are flushed, and not closed. Events logged afterwards go to the console,
 * from warnings on; until the next configuration they are counted in `stats().shutdown`, and the first is reported.
 *
 * @param options `timeoutMs`: the deadline, 10 000 by default.
 * @returns What became of the events that were queued; what was not delivered is counted as lost, unless it is on disk. Rejects only for a wrong option.
 * @example
 * ```ts
 * import { configure, shutdown } from "@x/seqlog";
 *
 * configure({ serverUrl: null });
 * await shutdown();
 * ```
 */
export async function shutdown(options: FlushOptions = {}): Promise<FlushResult> {
  const known = requireOptions(readFlushOptions, options);
  const state = inForce();
  const { handlers, owned } = state;
  const results = await flushUntilEmpty(flushed, known);
  if (state.handlers !== handlers) return closing(results, state.closed); // configured anew meanwhile: then they are retired, and not ours to close
  const tree = hierarchy();
  const ended = Object.keys(handlers).length > 0 ? { rank: tree.root.rank, count: 0 } : tree.ended;
  for (const node of tree.nodes) Object.assign(node, { rank: undefined, configured: true });
  tree.replace(new Map());
  tree.ended = ended;
  tree.refresh();
  globals().replace(undefined);
  globals().configure();
  for (const undo of [...state.undo.values()]) undo();
  const ours = [...owned, ...state.retired.keys()];
  state.handlers = {};
  state.owned = new Set();
  state.filters = {};
  state.retired.clear();
  for (const handler of ours) state.closed.add(handler);
  for (const handler of ours) await quietly(handler, "closed", () => handler.close());
  return closing(results);
}

/** What a flush has come to where these handlers (by default all) are closed after it: what is not on disk, for the next process, is lost. */
function closing(results: ReadonlyMap<Handler, FlushResult | undefined>, closed?: WeakSet<Handler>): FlushResult {
  const gone = [...results].map(([handler, result]) => (!handler.isDurable && (closed?.has(handler) ?? true) ? result : undefined));
  const { delivered, pending, lost } = sumOfFlushes(results.values());
  const given = sumOfFlushes(gone).pending;
  return { delivered, pending: pending - given, lost: lost + given };
}

/**
 * Waits until there is room in every queue, so that a program that logs more than can be delivered loses nothing: the back-pressure of bulk jobs.
 *
 * @param options `timeoutMs`: the longest wait, 60 000 by default.
 * @returns Whether every queue is less than half full; false if that took too long, for example because Seq is down. Rejects only for a wrong option.
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
  const { timeoutMs = 60_000 } = requireOptions(readFlushOptions, options);
  const all = [...inForce().all().values()];
  const answers = await Promise.all(
    all.map((handler) => quietly(handler, "asked for room", () => handler.ready({ timeoutMs }), timeoutMs)),
  );
  return answers.every((hasRoom) => hasRoom ?? false);
}

/** Whether every queue is less than half full also with so many more events of so many bytes together; asked just before these are written. */
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
 * How the handlers are doing, by their names: what is queued, delivered, tried again and lost.
 *
 * @returns The numbers of every handler that counts.
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
      report({ code: "handler-failed", handler: name, message: `A handler could not tell its numbers: ${describeThrown(error)}` });
    }
  }
  const late = hierarchy().ended?.count ?? 0;
  if (late > 0) all["shutdown"] = { state: "closed", queued: 0, queuedBytes: 0, delivered: 0, retries: 0, lost: { closed: late } };
  return all;
}

async function check(): Promise<Record<string, CheckResult>> {
  const all: Record<string, CheckResult> = {};
  for (const [name, handler] of inForce().all()) {
    let isAble = true;
    const ask = (): Promise<CheckResult> | undefined => {
      const asked = handler.check();
      isAble = asked !== undefined;
      return asked;
    };
    const result = await quietly(handler, "checked", ask, 60_000);
    if (isAble) all[name] = result ?? { ok: false, message: "The handler could not be checked" };
  }
  return all;
}

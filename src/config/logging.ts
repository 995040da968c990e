/** What is in force: the handlers of the configuration, those that the program added, and those that are retired. */

import { systemClock } from "../clock.ts";
import { report } from "../diagnostic.ts";
import { readException } from "../exception.ts";
import type { CheckResult, FlushOptions, FlushResult, Handler, HandlerStats } from "../handler.ts";
import { hierarchy, type Node } from "../hierarchy.ts";
import { shared } from "../shared.ts";

/** What {@linkcode configure} has put into force. */
export interface Logging extends AsyncDisposable {
  /** The handlers by their names. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** See {@linkcode flush}. */
  flush(options?: FlushOptions): Promise<FlushResult>;
  /** See {@linkcode shutdown}. */
  shutdown(options?: FlushOptions): Promise<FlushResult>;
  /** See {@linkcode stats}. */
  stats(): Record<string, HandlerStats>;
  /** Asks every handler that can say so whether its events can be delivered; never rejects. */
  check(): Promise<Record<string, CheckResult>>;
}

/** Something that is ended by `await using`. */
export interface AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>;
}

/** A handler with what only some have. */
type Able = Handler & {
  stats?(): HandlerStats;
  check?(): Promise<CheckResult>;
  retire?(whenOver: () => void): void;
};

/** The configuration in force. */
class InForce {
  handlers: Readonly<Record<string, Handler>> = {};
  /** Those that we made, and so close. */
  owned: ReadonlySet<Handler> = new Set();
  /** The nodes that the configuration names. */
  readonly nodes: Set<Node> = new Set();
  /** Handlers that a configuration replaced, and that still deliver. */
  readonly retired: Map<Handler, string> = new Map();

  /** Puts other handlers into force; those of ours that are not among them are retired. */
  replace(handlers: Readonly<Record<string, Handler>>, owned: ReadonlySet<Handler>): void {
    const old = this.handlers;
    const ours = this.owned;
    this.handlers = handlers;
    this.owned = owned;
    for (const [name, handler] of Object.entries(old) as [string, Able][]) {
      if (!ours.has(handler) || owned.has(handler)) continue;
      if (handler.retire === undefined) {
        void closeQuietly(handler);
        continue;
      }
      this.retired.set(handler, `${name} (retired)`);
      handler.retire(() => this.retired.delete(handler));
    }
  }

  /** Every handler that an event may be in, with the name it is told under. */
  all(): Map<Handler, string> {
    const all = new Map<Handler, string>(this.retired);
    for (const [name, handler] of Object.entries(this.handlers)) all.set(handler, name);
    for (const { added } of hierarchy().nodes) {
      for (const handler of added) if (!all.has(handler)) all.set(handler, uniqueName(handler, all));
    }
    return all;
  }
}

function uniqueName(handler: Handler, all: ReadonlyMap<Handler, string>): string {
  const taken = new Set(all.values());
  const name = handler.name === "" ? handler.constructor.name : handler.name;
  for (let i = 1;; i++) {
    const candidate = i === 1 ? name : `${name} ${i}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** The configuration in force in this process, shared by every copy of the module. */
export function inForce(): InForce {
  return shared("inForce", () => new InForce());
}

/** The face of the configuration in force. */
export function loggingOf(): Logging {
  const { handlers } = inForce();
  return {
    handlers,
    flush,
    shutdown,
    stats,
    check,
    [Symbol.asyncDispose]: async () => void (await shutdown()),
  };
}

const defaultTimeoutMs = 10_000;

/**
 * Tries at once to deliver what every handler has queued.
 *
 * @param options `timeoutMs`: the deadline, 10 000 by default.
 * @returns What became of the events that were queued at the call, at the deadline at the latest; never rejects.
 * @example
 * ```ts
 * import { flush } from "@x/seqlog";
 *
 * const { delivered, pending, lost } = await flush({ timeoutMs: 1000 });
 * console.log(`${delivered} delivered, ${pending} pending, ${lost} lost`);
 * ```
 */
export async function flush({ timeoutMs = defaultTimeoutMs }: FlushOptions = {}): Promise<FlushResult> {
  const results = await Promise.all([...inForce().all().keys()].map((handler) => flushOne(handler, timeoutMs)));
  return sum(results);
}

const none: FlushResult = { delivered: 0, pending: 0, lost: 0 };

function sum(results: readonly FlushResult[]): FlushResult {
  return results.reduce((a, b) => ({ delivered: a.delivered + b.delivered, pending: a.pending + b.pending, lost: a.lost + b.lost }), none);
}

/** A handler of the caller's may reject or never return: it is told of, and not waited for. */
async function flushOne(handler: Handler, timeoutMs: number): Promise<FlushResult> {
  if (handler.flush === undefined) return none;
  let timer: unknown;
  const late = new Promise<FlushResult>((resolve) => (timer = systemClock.setTimeout(() => resolve(none), timeoutMs + 100)));
  try {
    return await Promise.race([handler.flush({ timeoutMs }), late]);
  } catch (error) {
    report({ code: "flush-failed", handler: handler.name, message: `A handler could not be flushed: ${readException(error).message}` });
    return none;
  } finally {
    systemClock.clearTimeout(timer as number);
  }
}

async function closeQuietly(handler: Handler): Promise<void> {
  try {
    await handler.close?.();
  } catch (error) {
    report({ code: "close-failed", handler: handler.name, message: `A handler could not be closed: ${readException(error).message}` });
  }
}

/**
 * Flushes and ends what configure has put into force; the tree is then as it was before it.
 *
 * Handlers that were given ready-made or added by the program are flushed, and not closed. Events logged afterwards go to the console,
 * from warnings on.
 *
 * @param options `timeoutMs`: the deadline, 10 000 by default.
 * @returns What became of the events that were queued; what was not delivered is counted as lost. Never rejects.
 * @example
 * ```ts
 * import { configure, shutdown } from "@x/seqlog";
 *
 * configure({ serverUrl: null });
 * await shutdown();
 * ```
 */
export async function shutdown(options: FlushOptions = {}): Promise<FlushResult> {
  const state = inForce();
  const { handlers, owned } = state;
  const result = await flush(options);
  if (state.handlers !== handlers) return result; // configured anew meanwhile: those handlers are retired, and not ours to close
  const tree = hierarchy();
  for (const node of tree.nodes) Object.assign(node, { rank: undefined, handlers: [], filters: [], propagate: true, disabled: false });
  tree.setGlobals();
  tree.refresh();
  state.nodes.clear();
  state.handlers = {};
  state.owned = new Set();
  for (const handler of [...owned, ...state.retired.keys()]) await closeQuietly(handler);
  state.retired.clear();
  return { delivered: result.delivered, pending: 0, lost: result.lost + result.pending };
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
  for (const [handler, name] of inForce().all() as Map<Able, string>) if (handler.stats !== undefined) all[name] = handler.stats();
  return all;
}

async function check(): Promise<Record<string, CheckResult>> {
  const all: Record<string, CheckResult> = {};
  for (const [handler, name] of inForce().all() as Map<Able, string>) {
    if (handler.check === undefined) continue;
    try {
      all[name] = await handler.check();
    } catch (error) {
      all[name] = { ok: false, message: readException(error).message };
    }
  }
  return all;
}

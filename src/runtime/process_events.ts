/** The events of the process, its end and its signals: adds listeners and counts the program's own. */

import { bun, deno, isWorkerd, type Listener, type ProcessLike, type SignalCalls, world } from "./detect.ts";
import { currentThread } from "./host_properties.ts";
import { environmentVariable } from "./permissions.ts";

interface Counted {
  readonly count: number;
}

/** The process, if its end can be observed. */
export interface EndingProcess extends ProcessLike {
  readonly pid: number;
  exitCode: number;
  prependListener(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
  listeners(event: string): readonly Listener[];
  hasUncaughtExceptionCaptureCallback?(): boolean;
  readonly __signal_exit_emitter__?: Counted;
  kill(pid: number, signal: string): unknown;
  exit(code: number): never;
}

/** Deno's event for an uncaught error or rejection. */
export interface UncaughtEvent {
  readonly type: string;
  readonly defaultPrevented: boolean;
  readonly error?: unknown;
  readonly reason?: unknown;
  preventDefault(): void;
}

/** Whether this thread ends without `beforeExit`, as Deno's worker threads do, so that only a timer or a request keeps the thread alive. */
export function endsUnheard(): boolean {
  return deno !== undefined && currentThread().id > 0;
}

/**
 * Calls the listener whenever the process has nothing left to do but can still start work (`beforeExit`), after the present listeners or
 * before them. Runtimes without this event never call it.
 */
export function onNaturalEnd(listener: () => void, add: "on" | "prependListener"): void {
  (world.process as Partial<EndingProcess> | undefined)?.[add]?.("beforeExit", listener);
}

/**
 * Calls the listener when the process ends, perhaps several times. The listener must finish synchronously. Deno has no exit event for a
 * crash, so there the listener is also called for an uncaught error or rejection that no other listener has handled. `isFinal` is then
 * false, because the process may survive the error.
 */
export function onExit(listener: (isFinal: boolean) => void): void {
  world.process?.on?.("exit", () => listener(true));
  onGlobal("unload", () => listener(true)); // Deno.exit() raises only this event
  onUncaughtEvent((_, isHandled) => void (isHandled || listener(false)));
}

/** Adds a listener to Deno's global scope and returns a function that removes it. On other runtimes it does nothing. */
function onGlobal(type: string, listener: (event: UncaughtEvent) => void): (() => void) | undefined {
  if (deno === undefined) return undefined;
  world.addEventListener!(type, listener);
  return () => world.removeEventListener!(type, listener);
}

/** On Deno, calls the listener for each uncaught error, with whether the error is handled. Returns a function that removes the listener. */
export function onUncaughtEvent(listener: (event: UncaughtEvent, isHandled: boolean) => void): (() => void) | undefined {
  const hear = (event: UncaughtEvent): void => {
    const isRejection = event.type === "unhandledrejection";
    const hasHandler = countListeners("uncaughtException") > 0 || (isRejection && countListeners("unhandledRejection") > 0); // called last
    listener(event, event.defaultPrevented || hasHandler);
  };
  const undo = [onGlobal("error", hear), onGlobal("unhandledrejection", hear)];
  return undo[0] && (() => undo.forEach((one) => one?.()));
}

/** Whether this code can observe and delay the process's end: not in browsers, worker threads or request-bound runtimes. */
export function isProcessOurs(): boolean {
  const { process, WorkerGlobalScope } = world;
  if (isWorkerd() || WorkerGlobalScope !== undefined) return false;
  return typeof (process as { readonly listenerCount?: unknown } | undefined)?.listenerCount === "function" && currentThread().id === 0;
}

/** Adds a listener to the process, before all others; returns a function that removes it. Requires {@linkcode isProcessOurs}. */
export function onProcess(event: string, listener: Listener): () => void {
  const process = world.process as EndingProcess;
  process.prependListener(event, listener);
  return () => void process.off(event, listener);
}

/**
 * Counts the listeners of a process event that decide what happens. For signals, those of the package signal-exit do not count: the package
 * ends the process only if nobody else listens, and would count this library's listener.
 */
export function countListeners(event: string): number {
  const { listeners, __signal_exit_emitter__: early } = world.process as EndingProcess;
  const late = (globalThis as unknown as Record<symbol, Counted | undefined>)[Symbol.for("signal-exit emitter")];
  const modest = event.startsWith("SIG") ? (early?.count ?? 0) + (late?.count ?? 0) : 0;
  return listeners.call(world.process, event).filter(decides).length - modest;
}

/** Whether a listener decides what happens. Only the listener that Node adds for its module `domain` does not. */
export function decides(listener: unknown): boolean {
  return (listener as { readonly name?: string } | undefined)?.name !== "domainUncaughtExceptionClear";
}

/** Whether the program has set a capture callback for uncaught errors. */
export function hasCapture(): boolean {
  return (world.process as EndingProcess).hasUncaughtExceptionCaptureCallback?.() ?? false;
}

/** Whether pm2 started the process and may send it messages. */
export function hasParentChannel(): boolean {
  return world.process?.send !== undefined && environmentVariable("pm_id") !== undefined;
}

/** Lets the process end despite a listener for messages of its parent. */
export function unrefParentChannel(): void {
  (world.process as { readonly channel?: { unref?(): void } }).channel?.unref?.();
}

/** Deno's functions for signals; `undefined` on other runtimes. */
export function signalCalls(): SignalCalls | undefined {
  return deno;
}

/** Returns what an unhandled rejection does, by the flag `--unhandled-rejections`. `"end"` is what Bun does without the flag. */
export function rejectionMode(): string {
  const isBun = bun !== undefined;
  const flags = [isBun ? "" : environmentVariable("NODE_OPTIONS"), ...(world.process?.execArgv ?? [])].join(" ");
  const given = Array.from(flags.matchAll(/--unhandled-rejections[= ]([\w-]+)/g)).at(-1)?.[1];
  return given ?? (isBun ? "end" : "throw");
}

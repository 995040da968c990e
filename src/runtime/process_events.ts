/** The events of the process, its end and its signals: who listens, and how it ends. */

import { isWorkerd, type Listener, type ProcessLike, type SignalCalls, world } from "./detect.ts";
import { currentThread } from "./host_properties.ts";
import { environmentVariable } from "./permissions.ts";

interface Counted {
  readonly count: number;
}

/** The process where its end can be heard. */
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

/** Deno's event of an error, or of a rejection, that nobody has caught. */
export interface UncaughtEvent {
  readonly type: string;
  readonly defaultPrevented: boolean;
  readonly error?: unknown;
  readonly reason?: unknown;
  preventDefault(): void;
}

/** Whether this thread ends without `beforeExit`, as worker threads of Deno do: only what they still wait for keeps them alive. */
export function endsUnheard(): boolean {
  return world.Deno !== undefined && currentThread().id > 0;
}

/** Calls the listener whenever the process has nothing left to do but could still begin work (`beforeExit`); elsewhere never. */
export function onNaturalEnd(listener: () => void): void {
  world.process?.on?.("beforeExit", listener);
}

/**
 * Calls the listener when the process ends: it must do its work at once. On Deno, which tells of no crash, also when nobody has caught an error or a
 * rejection, and nobody has taken it yet; the process may outlive that, and so it is not final. May call more than once; elsewhere never.
 */
export function onExit(listener: (isFinal: boolean) => void): void {
  world.process?.on?.("exit", () => listener(true));
  onGlobal("unload", () => listener(true)); // Deno.exit() tells no other
  onUncaughtEvent((_, isHandled) => void (isHandled || listener(false)));
}

/** Listens to an event of Deno's global scope; answers what undoes it, and elsewhere nothing. */
function onGlobal(type: string, listener: (event: UncaughtEvent) => void): (() => void) | undefined {
  if (world.Deno === undefined) return undefined;
  const { addEventListener, removeEventListener } = globalThis as unknown as Record<string, (type: string, listener: Listener) => void>;
  addEventListener!(type, listener);
  return () => removeEventListener!(type, listener);
}

/** On Deno, calls the listener with the event of an error that nobody has caught, and whether somebody has taken it; elsewhere never, and answers nothing. */
export function onUncaughtEvent(listener: (event: UncaughtEvent, isHandled: boolean) => void): (() => void) | undefined {
  const hear = (event: UncaughtEvent): void => {
    const isRejection = event.type === "unhandledrejection";
    const hasHandler = countListeners("uncaughtException") > 0 || (isRejection && countListeners("unhandledRejection") > 0); // these come last
    listener(event, event.defaultPrevented || hasHandler);
  };
  const undo = [onGlobal("error", hear), onGlobal("unhandledrejection", hear)];
  return undo[0] && (() => undo.forEach((one) => one?.()));
}

/** Whether the end of the process can be heard of and kept off: not in a browser, not in a worker thread, not where work is bound to a request. */
export function isProcessOurs(): boolean {
  const { process, WorkerGlobalScope } = world;
  if (isWorkerd() || WorkerGlobalScope !== undefined) return false;
  return typeof (process as { readonly listenerCount?: unknown } | undefined)?.listenerCount === "function" && currentThread().id === 0;
}

/** Listens to an event of the process, before those who listen to it already; answers what undoes it. Only where {@linkcode isProcessOurs}. */
export function onProcess(event: string, listener: Listener): () => void {
  const process = world.process as EndingProcess;
  process.prependListener(event, listener);
  return () => void process.off(event, listener);
}

/**
 * How many listeners an event of the process has that decide what becomes of it. Of signals, the package signal-exit is left out: it counts as this does,
 * and ends the process only where nobody else listens.
 */
export function countListeners(event: string): number {
  const { listeners, __signal_exit_emitter__: early } = world.process as EndingProcess;
  const late = (globalThis as unknown as Record<symbol, Counted | undefined>)[Symbol.for("signal-exit emitter")];
  const modest = event.startsWith("SIG") ? (early?.count ?? 0) + (late?.count ?? 0) : 0;
  return listeners.call(world.process, event).filter(decides).length - modest;
}

/** Whether the listener is more than what Node adds for its module `domain`. */
export function decides(listener: unknown): boolean {
  return (listener as { readonly name?: string } | undefined)?.name !== "domainUncaughtExceptionClear";
}

/** Whether a function of the program's, and no listener, has the errors that nobody catches. */
export function hasCapture(): boolean {
  return (world.process as EndingProcess).hasUncaughtExceptionCaptureCallback?.() ?? false;
}

/** Whether pm2 has started the process and may send it messages. */
export function hasParentChannel(): boolean {
  return world.process?.send !== undefined && environmentVariable("pm_id") !== undefined;
}

/** Lets the process end although somebody listens to messages of its parent. */
export function unrefParentChannel(): void {
  (world.process as { readonly channel?: { unref?(): void } }).channel?.unref?.();
}

/** Deno's calls for signals; elsewhere `undefined`. */
export function signalCalls(): SignalCalls | undefined {
  return world.Deno;
}

/** What becomes of a process in which a rejection is not handled, by the flag `--unhandled-rejections`; `"end"` is what Bun does without it. */
export function rejectionMode(): string {
  const isBun = world.Bun !== undefined;
  const flags = [isBun ? "" : environmentVariable("NODE_OPTIONS"), ...(world.process?.execArgv ?? [])].join(" ");
  const given = Array.from(flags.matchAll(/--unhandled-rejections[= ]([\w-]+)/g)).at(-1)?.[1];
  return given ?? (isBun ? "end" : "throw");
}

/** Time as a parameter, and the runtime's own clock, which no test runner's fake timers replace. */

import { builtin, bun, deno, isNode } from "./detect.ts";

/** A timer that a {@linkcode Clock} has started. */
export type Timer = ReturnType<typeof setTimeout> | number | object;

/** The clock that the delivery uses instead of the globals, so that a test can pass its own. */
export interface Clock {
  /** Returns the time in milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Calls `callback` once after `ms` milliseconds. */
  setTimeout(callback: () => void, ms: number): Timer;
  /** Cancels a timer that has not fired. */
  clearTimeout(timer: Timer): void;
}

/**
 * The runtime's own functions, captured while this module loads. Fake timers that a test installs later would stop the delivery, and work
 * scheduled on them never runs once they are removed. A test that needs fake time passes a clock.
 */
const timers = ownTimers();
const start = timers.setTimeout;
const stop = timers.clearTimeout;
const now = ownDate().now;

/** On Node, `node:timers` has the real functions even if the globals are already fake, as with Jest's `enableGlobally`. */
function ownTimers(): Pick<typeof globalThis, "setTimeout" | "clearTimeout"> {
  return (isNode() ? builtin<typeof globalThis>("node:timers") : undefined) ?? globalThis;
}

/** Returns the real Date class: fakes extend it or share its prototype. */
function ownDate(): DateConstructor {
  let date = Date.prototype.constructor as DateConstructor;
  for (let base = date; base?.now !== undefined; base = Object.getPrototypeOf(base)) date = base;
  return date;
}

/** Starts a timer by the only function that Bun's fake timers do not replace; returns undefined if no fake timers are installed. */
function startBelowFakes(callback: () => void, ms: number): Timer | undefined {
  if (bun === undefined || !("clock" in setTimeout)) return undefined;
  const timer = { callback };
  // The user's TypeScript may target ES2022, which does not declare waitAsync.
  const atomics = Atomics as unknown as { waitAsync(cells: Int32Array, index: number, value: number, ms: number): { value: unknown } };
  const waiting = atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.max(1, ms)).value;
  void Promise.resolve(waiting).then(() => timer.callback());
  return timer;
}

/** Longest delay that timers support; a longer one would fire at once. */
export const maxTimerMs = 2_147_483_647;

/** The runtime's own clock. */
export const systemClock: Clock = {
  now: () => now(),
  setTimeout: (callback, ms) => startBelowFakes(callback, ms) ?? start(callback, Math.min(ms, maxTimerMs)),
  clearTimeout(timer) {
    if (typeof timer === "object" && "callback" in timer) timer.callback = () => {};
    else stop(timer as ReturnType<typeof setTimeout>);
  },
};

/** Calls the function after the running job, like `queueMicrotask`, which test runners may fake. They cannot fake an async function. */
export function runMicrotask(callback: () => void): void {
  void callLater(callback);
}

async function callLater(callback: () => void): Promise<void> {
  await undefined;
  callback();
}

/** Whether timers can be set now; at a Worker's module scope they throw. */
export function hasTimers(clock: Clock): boolean {
  try {
    clock.clearTimeout(clock.setTimeout(() => {}, 0));
    return true;
  } catch {
    return false; // workerd's "Disallowed operation called within global scope"
  }
}

/** Returns the result of a promise, or `undefined` if it takes longer. The process ends meanwhile, unless the wait `holds` it. */
export async function within<T>(
  work: Promise<T>,
  { clock, ms, holds }: { readonly clock: Clock; readonly ms: number; readonly holds?: boolean },
): Promise<T | undefined> {
  let timer: Timer | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = clock.setTimeout(() => resolve(undefined), ms);
    if (!holds) unref(timer);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    if (timer !== undefined) clock.clearTimeout(timer);
  }
}

/** Lets the process end before the timer fires. Returns the timer. */
export function unref<T>(timer: T): T {
  const { unref } = Object(timer) as { unref?: () => void };
  if (unref !== undefined) unref.call(timer);
  else if (typeof timer === "number") deno?.unrefTimer?.(timer); // Deno before 2.8; elsewhere, numbers need no unref
  return timer;
}

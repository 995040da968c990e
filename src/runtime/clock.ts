/** Time, as a parameter; and the runtime's own, which no test runner fakes. */

import { builtin, isNode, world } from "./detect.ts";

/** A timer that a {@linkcode Clock} has started. */
export type Timer = ReturnType<typeof setTimeout> | number | object;

/** The outside world's time: what the delivery asks instead of the globals, so that a test can hand in its own. */
export interface Clock {
  /** The time in milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Calls `callback` once after `ms` milliseconds. */
  setTimeout(callback: () => void, ms: number): Timer;
  /** Forgets a timer that has not fired. */
  clearTimeout(timer: Timer): void;
}

/**
 * The runtime's own functions, as they are when this module loads: a test runner that later fakes the globals would else stop the delivery, and what a
 * fake has scheduled never runs once the globals are back. Whoever wants to fake time hands in a clock.
 */
const { setTimeout: start, clearTimeout: stop } = ownTimers();
const { now } = ownDate();

/** On Node the built-in module has them also where the globals are fakes already while this loads, as Jest's `fakeTimers: { enableGlobally: true }` does. */
function ownTimers(): Pick<typeof globalThis, "setTimeout" | "clearTimeout"> {
  return (isNode() ? builtin<typeof globalThis>("node:timers") : undefined) ?? globalThis;
}

/** Returns the class that a fake stands for: fakes extend it, or share its prototype. */
function ownDate(): DateConstructor {
  let date = Date.prototype.constructor as DateConstructor;
  for (let base = date; base?.now !== undefined; base = Object.getPrototypeOf(base)) date = base;
  return date;
}

/** A timer that no fake of Bun's reaches; undefined where it fakes nothing. Its fakes stand below every function but this, and it marks them so. */
function startBelowFakes(callback: () => void, ms: number): Timer | undefined {
  if (world.Bun === undefined || !("clock" in setTimeout)) return undefined;
  const timer = { callback };
  // The types of ES2022, which a user may have, do not know it.
  const atomics = Atomics as unknown as { waitAsync(cells: Int32Array, index: number, value: number, ms: number): { value: unknown } };
  const waiting = atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.max(1, ms)).value;
  void Promise.resolve(waiting).then(() => timer.callback());
  return timer;
}

/** The runtime's own time. */
export const systemClock: Clock = {
  now: () => now(),
  setTimeout: (callback, ms) => startBelowFakes(callback, ms) ?? start(callback, ms),
  clearTimeout(timer) {
    if (typeof timer === "object" && "callback" in timer) timer.callback = () => {};
    else stop(timer as ReturnType<typeof setTimeout>);
  },
};

/** Calls the function at the end of the running job, as `queueMicrotask` does; an async function of the language is one that no test runner fakes. */
export function runMicrotask(callback: () => void): void {
  const run = async (): Promise<void> => {
    await undefined;
    callback();
  };
  void run();
}

/** Whether timers may be set now: at a Worker's module scope they throw. */
export function hasTimers(clock: Clock): boolean {
  try {
    clock.clearTimeout(clock.setTimeout(() => {}, 0));
    return true;
  } catch {
    return false; // workerd's "Disallowed operation called within global scope"
  }
}

/** Lets the process end although the timer has not fired; returns the timer. */
export function unref<T>(timer: T): T {
  const { unref } = Object(timer) as { unref?: () => void };
  if (unref !== undefined) unref.call(timer);
  else if (typeof timer === "number") world.Deno?.unrefTimer?.(timer); // Deno before 2.8; elsewhere a number means a browser or a Worker
  return timer;
}

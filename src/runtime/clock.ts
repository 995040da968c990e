/** Time, as a parameter. */

import { world } from "./detect.ts";

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

/** The runtime's own time; the globals are looked up at each call. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

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

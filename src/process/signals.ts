/** Listens to termination signals, and finds out whether the program listens as well. */

import { runMicrotask } from "../runtime/clock.ts";
import type { SignalCalls } from "../runtime/detect.ts";
import { raise } from "../runtime/end_process.ts";
import { countListeners, hasParentChannel, onProcess, signalCalls, unrefParentChannel } from "../runtime/process_events.ts";

const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** A termination signal. */
export type Signal = keyof typeof numbers;

/**
 * Calls the listener at each termination signal; the signal then does not end the process. Returns a function that removes the listener.
 *
 * @param listener Also receives whether the program listens to the signal, and so decides about the end.
 */
export function onSignal(listener: (signal: Signal, isHandled: boolean) => void): () => void {
  const calls = signalCalls();
  const watch = calls && watchCalls(calls);
  const undo = [watch?.end];
  for (const signal of Object.keys(numbers) as Signal[]) {
    const isHandled = (): boolean => (watch === undefined ? countListeners(signal) > 1 : watch.has(signal) || countListeners(signal) > 0);
    const hear = (): void => listener(signal, isHandled());
    try {
      undo.push(watch?.add(signal, hear) ?? onProcess(signal, hear)); // called first: a once() listener is removed before it runs
    } catch {
      // this system lacks the signal
    }
  }
  return () => undo.forEach((one) => one?.());
}

/**
 * Calls the listener when a message of pm2 asks the process to end, as pm2 does on Windows, or elsewhere if configured. Returns a function
 * that removes the listener.
 */
export function onShutdownMessage(listener: (isHandled: boolean) => void): () => void {
  if (!hasParentChannel()) return () => {};
  const hear = (message: unknown): void => void (message === "shutdown" && listener(countListeners("message") > 1));
  const undo = onProcess("message", hear);
  if (countListeners("message") === 1) unrefParentChannel(); // our listener alone must not keep the process alive
  return undo;
}

/** Records who listens to a signal, because Deno has no function that lists the listeners. */
interface Watch {
  has(signal: string): boolean;
  /** Adds a listener that is not counted. Returns a function that removes it. */
  add(signal: string, listener: () => void): () => void;
  end(): void;
}

/**
 * Replaces Deno's functions to record listeners. A removed listener counts until the tick ends, because a once() listener is removed before
 * it runs.
 */
function watchCalls(calls: SignalCalls): Watch {
  const { addSignalListener, removeSignalListener } = calls;
  const known = new Map(Object.keys(numbers).map((signal) => [signal, new Set<() => void>()]));
  const ours: SignalCalls = {
    addSignalListener(signal, listener) {
      addSignalListener(signal, listener);
      known.get(signal)?.add(listener);
    },
    removeSignalListener(signal, listener) {
      removeSignalListener(signal, listener);
      known.get(signal)?.add(listener);
      runMicrotask(() => known.get(signal)?.delete(listener));
    },
  };
  Object.assign(calls, ours);
  return {
    has: (signal) => known.get(signal)!.size > 0,
    add(signal, listener) {
      addSignalListener(signal, listener);
      return () => removeSignalListener(signal, listener);
    },
    end() {
      if (calls.addSignalListener === ours.addSignalListener) calls.addSignalListener = addSignalListener;
      if (calls.removeSignalListener === ours.removeSignalListener) calls.removeSignalListener = removeSignalListener;
    },
  };
}

/** Ends the process by the signal, unless somebody listens to it. */
export function endBy(signal: Signal): void {
  raise(signal, numbers[signal]);
}

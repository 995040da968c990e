/** Signals that tell the process to end. */

import { runMicrotask } from "../runtime/clock.ts";
import type { SignalCalls } from "../runtime/detect.ts";
import { raise } from "../runtime/end_process.ts";
import { countListeners, hasParentChannel, onProcess, signalCalls, unrefParentChannel } from "../runtime/process_events.ts";

/** The signals and their numbers. */
const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** A signal that tells the process to end. */
export type Signal = keyof typeof numbers;

/**
 * Calls the listener when a signal tells the process to end, which it then outlives; answers what undoes that.
 *
 * @param listener Also told whether the program listens to the signal, and so decides about the end.
 */
export function onSignal(listener: (signal: Signal, isHandled: boolean) => void): () => void {
  const calls = signalCalls();
  const watch = calls && watchCalls(calls);
  const undo = [watch?.end];
  for (const signal of Object.keys(numbers) as Signal[]) {
    const isHandled = (): boolean => (watch === undefined ? countListeners(signal) > 1 : watch.has(signal) || countListeners(signal) > 0);
    const hear = (): void => listener(signal, isHandled());
    try {
      undo.push(watch?.add(signal, hear) ?? onProcess(signal, hear)); // first of all: a once() is no more to be seen when it is called
    } catch {
      // a signal that this system does not have
    }
  }
  return () => undo.forEach((one) => one?.());
}

/** Calls the listener when pm2 asks the process to end by a message, as it does where it is told to and on Windows; returns what undoes it. */
export function onShutdownMessage(listener: (isHandled: boolean) => void): () => void {
  if (!hasParentChannel()) return () => {};
  const hear = (message: unknown): void => void (message === "shutdown" && listener(countListeners("message") > 1));
  const undo = onProcess("message", hear);
  if (countListeners("message") === 1) unrefParentChannel(); // a listener of ours may not hold the process
  return undo;
}

/** Who listens to a signal by these calls, which do not say so. */
interface Watch {
  has(signal: string): boolean;
  /** Listens unseen; answers what undoes it. */
  add(signal: string, listener: () => void): () => void;
  end(): void;
}

/** Puts others in place of the calls, which note what is added; what is removed counts until the end of the tick, for a once() does so before it is called. */
function watchCalls(calls: SignalCalls): Watch {
  const { addSignalListener, removeSignalListener } = calls;
  const known = new Map<string, Set<() => void>>();
  const listenersOf = (signal: string): Set<() => void> => {
    if (!known.has(signal)) known.set(signal, new Set());
    return known.get(signal)!;
  };
  const ours: SignalCalls = {
    addSignalListener(signal, listener) {
      addSignalListener(signal, listener);
      listenersOf(signal).add(listener);
    },
    removeSignalListener(signal, listener) {
      removeSignalListener(signal, listener);
      listenersOf(signal).add(listener);
      runMicrotask(() => listenersOf(signal).delete(listener));
    },
  };
  Object.assign(calls, ours);
  return {
    has: (signal) => listenersOf(signal).size > 0,
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

/** Ends the process by the signal, if nobody listens to it. */
export function endBy(signal: Signal): void {
  raise(signal, numbers[signal]);
}

/** Errors that nobody has caught. */

import { onBrowserError } from "../runtime/page_events.ts";
import { readException, titleOf } from "../event/exception.ts";
import { countListeners, decides, hasCapture, onProcess, onUncaughtEvent, rejectionMode } from "../runtime/process_events.ts";
import { isError } from "../event/value_kind.ts";

/** How an error came to be uncaught. */
export type Origin = "exception" | "rejection";

/** How an error came to be uncaught, and whose it is. */
export interface Circumstances {
  readonly origin: Origin;
  /** Whether a listener of the program's takes it, which then decides about the end. */
  readonly isHandled: boolean;
  /** Given where that is not certain yet: says it from the next microtask on. */
  readonly isHandledLater?: () => boolean;
}

/** Told of an error that nobody has caught. */
export type UncaughtListener = (thrown: unknown, circumstances: Circumstances) => void;

/**
 * Calls the listener with each error that nobody has caught, which the process then outlives; answers what undoes that.
 *
 * What the program has listeners for stays theirs. So do rejections that do not end the process (the flag `--unhandled-rejections` of Node and Bun).
 */
export function onUncaught(listener: UncaughtListener): () => void {
  return onUncaughtOfDeno(listener) ?? onUncaughtOfProcess(listener);
}

/** On Deno a listener takes an error by saying so to its event, and may come after this one. */
function onUncaughtOfDeno(listener: UncaughtListener): (() => void) | undefined {
  return onUncaughtEvent((event, isHandled) => {
    let isHandledLater = false;
    const isError = event.type === "error";
    const thrown = isError ? event.error : event.reason;
    const origin = isError ? "exception" : "rejection";
    if (isHandled) return listener(thrown, { origin, isHandled });
    event.preventDefault();
    Object.defineProperty(event, "preventDefault", { value: () => void (isHandledLater = true) });
    listener(thrown, { origin, isHandled, isHandledLater: () => isHandledLater });
  });
}

/** What is known of an error of a page. */
export interface PageError {
  readonly origin: Origin;
  /** What a person is told. */
  readonly message: string;
  /** The error, if it was one. */
  readonly error?: unknown;
  /** Where it was thrown, if it was none: a page is told nothing but "Script error." of the scripts of others. */
  readonly place?: Readonly<Record<string, string | number>> | undefined;
}

/**
 * In a page, or a worker of one, calls the listener with each error that nobody has caught; answers what undoes that. The browser tells of it as without.
 */
export function onUncaughtInBrowser(listener: (error: PageError) => void): () => void {
  return onBrowserError(({ type, reason, error, message, filename = "", lineno = 0, colno = 0 }) => {
    const origin = type === "error" ? "exception" : "rejection";
    const thrown = type === "error" ? error : reason;
    if (isError(thrown)) return listener({ origin, message: titleOf(readException(thrown)), error: thrown });
    const place = filename === "" ? undefined : { File: filename, Line: lineno, Column: colno };
    listener({ origin, message: message ?? readException(thrown).message, place });
  });
}

function onUncaughtOfProcess(listener: UncaughtListener): () => void {
  const saver = listenAlone("uncaughtException");
  const exception = (thrown: unknown, word: string): void => {
    const origin = word === "unhandledRejection" ? "rejection" : "exception";
    listener(thrown, { origin, isHandled: !saver.isListening() || hasCapture() });
  };
  const mode = rejectionMode();
  const rejection = (thrown: unknown): void =>
    listener(thrown, { origin: "rejection", isHandled: mode !== "end" || countListeners("unhandledRejection") > 1 });
  const undo = [saver.undo, onProcess("uncaughtExceptionMonitor", exception)]; // which has rejections, too, unless somebody listens to these
  if (mode === "end" || mode === "warn" || mode === "none") undo.push(onProcess("unhandledRejection", rejection));
  else if (mode !== "strict") undo.push(listenAlongside("unhandledRejection", rejection));
  return () => undo.forEach((one) => one());
}

/** Listens while nobody else does, which lets the process live on; where others listen, they may count who does, and so it is gone. */
function listenAlone(event: string): { isListening(): boolean; undo(): void } {
  let stop: (() => void) | undefined;
  const own = (): void => {};
  const look = (name: string, other: unknown): void => {
    if (name !== event || other === own) return;
    if (stop === undefined && countListeners(event) === 0) stop = onProcess(event, own);
  };
  const yieldTo = (name: string, other: unknown): void => {
    if (name !== event || other === own || !decides(other)) return;
    stop?.();
    stop = undefined;
  };
  look(event, undefined);
  const undo = [onProcess("newListener", yieldTo), onProcess("removeListener", look)];
  return { isListening: () => stop !== undefined, undo: () => [...undo, stop].forEach((one) => one?.()) };
}

/** Listens while somebody else listens, too: what nobody else handles stays unhandled. */
function listenAlongside(event: string, listener: (thrown: unknown) => void): () => void {
  let stop: (() => void) | undefined;
  let isBeginning = false;
  const begin = (name: string): void => {
    if (name !== event || stop !== undefined || isBeginning) return;
    isBeginning = true; // listening is such an event as well
    stop = onProcess(event, listener);
    isBeginning = false;
  };
  const end = (name: string): void => {
    if (name !== event || countListeners(event) !== 1) return;
    const last = stop;
    stop = undefined;
    last?.();
  };
  if (countListeners(event) > 0) begin(event);
  const undo = [onProcess("newListener", begin), onProcess("removeListener", end)];
  return () => [...undo, stop].forEach((one) => one?.());
}

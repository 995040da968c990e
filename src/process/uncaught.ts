/** Listens to uncaught errors, and finds out whether the program handles them. */

import { onBrowserError } from "../runtime/page_events.ts";
import { readException, titleOf } from "../event/exception.ts";
import { countListeners, decides, hasCapture, onProcess, onUncaughtEvent, rejectionMode } from "../runtime/process_events.ts";
import { isError } from "../event/value_kind.ts";

/** Kind of an uncaught error. */
export type Origin = "exception" | "rejection";

/** Kind of an uncaught error, and whether the program handles it. */
export interface Circumstances {
  readonly origin: Origin;
  /** Whether a listener of the program handles the error. If so, that listener decides about the end of the process. */
  readonly isHandled: boolean;
  /** Present if `isHandled` is not certain yet. From the next microtask on, returns whether the error is handled. */
  readonly isHandledLater?: () => boolean;
}

/** Called with each uncaught error. */
export type UncaughtListener = (thrown: unknown, circumstances: Circumstances) => void;

/**
 * Calls the listener with each uncaught error; the error then does not end the process. Returns a function that removes the listener.
 *
 * The program decides about errors to which it listens. This also holds for rejections that do not end the process, because of the flag
 * `--unhandled-rejections` of Node and Bun.
 */
export function onUncaught(listener: UncaughtListener): () => void {
  return onUncaughtOfDeno(listener) ?? onUncaughtOfProcess(listener);
}

/** On Deno, a listener handles an error by `preventDefault`, and may run after the library's listener. */
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

/** An uncaught error of a page. */
export interface PageError {
  readonly origin: Origin;
  /** The message for people. */
  readonly message: string;
  /** The error, if an error was thrown. */
  readonly error?: unknown;
  /** Where a value that is no error was thrown. For scripts of other origins, browsers report only "Script error.". */
  readonly place?: Readonly<Record<string, string | number>> | undefined;
}

/**
 * In a page or web worker, calls the listener with each uncaught error. Returns a function that removes the listener. The browser still
 * reports the error.
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
  // Node raises this event for rejections, too, unless somebody listens to `unhandledRejection`.
  const undo = [saver.undo, onProcess("uncaughtExceptionMonitor", exception)];
  if (mode === "end" || mode === "warn" || mode === "none") undo.push(onProcess("unhandledRejection", rejection));
  else if (mode !== "strict") undo.push(listenAlongside("unhandledRejection", rejection));
  return () => undo.forEach((one) => one());
}

/** Listens while nobody else does, and so keeps the process alive. Removes its listener for others, which may count listeners. */
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

/** Listens only while somebody else does, because its listener alone would mark the rejection as handled. */
function listenAlongside(event: string, listener: (thrown: unknown) => void): () => void {
  let stop: (() => void) | undefined;
  let isBeginning = false;
  const begin = (name: string): void => {
    if (name !== event || stop !== undefined || isBeginning) return;
    isBeginning = true; // adding a listener raises newListener again
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

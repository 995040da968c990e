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
  const saver = listenWhile("uncaughtException", (others) => others < 1); // keeps the process alive
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
  // Alone, the listener would mark the rejection as handled.
  else if (mode !== "strict") undo.push(listenWhile("unhandledRejection", (others) => others > 0, rejection).undo);
  return () => undo.forEach((one) => one());
}

/**
 * Listens while the number of other listeners is as wanted. Returns whether it listens, and a function that ends it. A listener that is not
 * wanted is removed, because others may count listeners.
 */
function listenWhile(
  event: string,
  isWanted: (others: number) => boolean,
  listener: (thrown: unknown) => void = () => {},
): { isListening(): boolean; undo(): void } {
  let stop: (() => void) | undefined;
  let isChanging = false;
  const look = (added: number): void => {
    if (isChanging) return; // adding and removing the own listener raise these events, too
    isChanging = true;
    if (isWanted(countListeners(event) + added - Number(stop !== undefined))) stop ??= onProcess(event, listener);
    else {
      stop?.();
      stop = undefined;
    }
    isChanging = false;
  };
  look(0);
  const undo = [
    onProcess("newListener", (name: string, other: unknown) => void (name === event && decides(other) && look(1))),
    onProcess("removeListener", (name: string) => void (name === event && look(0))),
  ];
  return { isListening: () => stop !== undefined, undo: () => [...undo, stop].forEach((one) => one?.()) };
}

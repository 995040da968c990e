/** The end of the process by a signal or an error: what is queued is delivered first, and then it ends as it would have. */

import { runMicrotask } from "../runtime/clock.ts";
import { processExit } from "../delivery/send_at_process_exit.ts";
import { report } from "../diagnostic.ts";
import type { FlushOptions } from "../handler_stats.ts";
import { inForce } from "../lifecycle.ts";
import { getLogger } from "../logger.ts";
import { writeConsole } from "../runtime/console.ts";
import { isBrowser } from "../runtime/detect.ts";
import { exitProcess, setExitCode } from "../runtime/end_process.ts";
import { isProcessOurs } from "../runtime/process_events.ts";
import { shared } from "../runtime/global_state.ts";
import { endBy, onShutdownMessage, onSignal } from "./signals.ts";
import { type Circumstances, onUncaught, onUncaughtInBrowser, type PageError } from "./uncaught.ts";
import { isError } from "../event/value_kind.ts";

/** Delivers what is queued; never rejects. */
export type Flush = (options: FlushOptions) => Promise<unknown>;

type Option = "handleSignals" | "handleUncaught";
type Deliver = () => Promise<unknown>;

/** What is on, shared by every copy of the module. */
interface Handling {
  readonly on: Map<Option, { deliver: Deliver; undo(): void }>;
  /** Options of which it was told that they do nothing here. */
  readonly told: Set<Option>;
  /** Whether the process ends as soon as what is queued is delivered. */
  isEnding: boolean;
  /** Errors that nobody has caught since then. */
  furtherErrors: number;
}

const handling = (): Handling => shared("processEnd", () => ({ on: new Map(), told: new Set(), isEnding: false, furtherErrors: 0 }));

/** How long the delivery may take. */
const defaultTimeoutMs = 5000;

/**
 * Begins or ends the handling of signals that tell the process to end (SIGTERM, SIGINT, SIGHUP): the signal is logged, what is queued is delivered, and the
 * process dies by that signal. A second signal ends it at once. Where the program listens to the signal, it decides about the end.
 *
 * @param flush Delivers; without it the handling ends.
 * @param timeoutMs How long that may take. Default: 5000.
 */
export function handleSignals(flush: Flush | undefined, timeoutMs: number = defaultTimeoutMs): void {
  const listen = (deliver: Deliver): () => void => {
    const undo = [
      onSignal((signal, isHandled) => onSignalReceived({ signal, isHandled, endProcess: () => endBy(signal) }, deliver)),
      onShutdownMessage((isHandled) => onSignalReceived({ signal: "shutdown", isHandled, endProcess: () => exitProcess(0) }, deliver)),
    ];
    return () => undo.forEach((one) => one());
  };
  handle("handleSignals", listen, flush && (() => flush({ timeoutMs })));
}

/**
 * Begins or ends the handling of errors that nobody has caught: the error is logged as fatal and printed, what is queued is delivered, and the process exits
 * with code 1. Where the program listens to such errors, it decides about the end. A page, and a worker of one, goes on: there it is logged as an error.
 *
 * @param flush Delivers; without it the handling ends.
 * @param timeoutMs How long that may take. Default: 5000.
 */
export function handleUncaught(flush: Flush | undefined, timeoutMs: number = defaultTimeoutMs): void {
  const isPage = !isProcessOurs() && isBrowser();
  const listen = (deliver: Deliver): () => void =>
    isPage ? onUncaughtInBrowser(onPageError) : onUncaught((thrown, circumstances) => onUncaughtError(thrown, circumstances, deliver));
  handle("handleUncaught", listen, flush && (() => flush({ timeoutMs })), isPage);
}

function handle(option: Option, listen: (deliver: Deliver) => () => void, deliver: Deliver | undefined, isPage = false): void {
  const { on, told } = handling();
  const known = on.get(option);
  if (deliver === undefined) {
    on.delete(option);
    processExit().on.delete(option);
    inForce().undo.delete(option);
    known?.undo();
  } else if (known !== undefined) {
    known.deliver = deliver; // and what is known of the program's listeners stays known
  } else if (isPage || isProcessOurs()) {
    on.set(option, { deliver, undo: listen(() => on.get(option)?.deliver() ?? deliver()) });
    processExit().on.add(option);
    inForce().undo.set(option, () => handle(option, listen, undefined));
  } else if (!told.has(option)) {
    told.add(option);
    report({ code: "no-effect", message: `The option ${option} does nothing here: it is for the main thread on Node, Deno and Bun` });
  }
}

/** What tells the process to end. */
interface EndSignal {
  readonly signal: string;
  /** Whether the program listens as well, and so decides about the end. */
  readonly isHandled: boolean;
  endProcess(): void;
}

function onSignalReceived({ signal, isHandled, endProcess }: EndSignal, deliver: Deliver): void {
  const state = handling();
  const end = (): void => {
    processExit().giveUp();
    handleSignals(undefined);
    state.isEnding = false; // in case somebody listens by now
    endProcess();
  };
  if (state.isEnding) return end();
  log({ level: "info", messageTemplate: "The process was told to end by {Signal}", properties: { Signal: signal } });
  state.isEnding = !isHandled;
  void deliver().then(() => isHandled || end());
}

function onUncaughtError(thrown: unknown, { origin, isHandled, isHandledLater }: Circumstances, deliver: Deliver): void {
  const state = handling();
  if (state.isEnding && !isHandled) return void state.furtherErrors++; // what fails by now fails because the process ends, or because it is reported
  log({
    level: isHandled ? "error" : "fatal",
    messageTemplate: isHandled ? "Uncaught {Origin}: a listener of the program has it" : "The process ends: uncaught {Origin}",
    properties: { Origin: origin },
    error: thrown ?? `Uncaught ${thrown}`,
  });
  const delivered = deliver();
  const end = (): void => {
    if (isHandledLater?.()) return;
    print(thrown);
    if (state.isEnding) return;
    state.isEnding = true;
    setExitCode(1); // Bun waits for nothing that a rejection begins when there is nothing left to do
    void delivered.then(() => {
      const count = state.furtherErrors;
      if (count > 0) {
        report({ code: "uncaught-at-end", count, message: `${count} more errors were not caught while the process was ending` });
      }
      exitProcess(1);
    });
  };
  if (isHandledLater !== undefined) runMicrotask(end);
  else if (!isHandled) end();
}

function onPageError({ origin, message, error, place }: PageError): void {
  const properties = { Origin: origin, Message: message, ...place };
  getLogger("page").write({ level: "error", messageTemplate: "Uncaught {Origin}: {Message}", properties, error });
}

function log(event: Parameters<ReturnType<typeof getLogger>["write"]>[0]): void {
  getLogger("process").write(event);
}

/** Prints an error as runtimes do. */
function print(thrown: unknown): void {
  try {
    writeConsole("error", ...(isError(thrown) ? [thrown] : ["Uncaught", thrown]));
  } catch {
    // a console that throws must not keep the process from its end
  }
}

/** Delivers queued events before a signal or an uncaught error ends the process, and then lets the process end as usual. */

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

/** Delivers queued events; never rejects. `isEnding`: whether the process ends then, so that no event may be held back. */
export type Flush = (options: FlushOptions, isEnding: boolean) => Promise<unknown>;

type Option = "handleSignals" | "handleUncaught";
type Deliver = (isEnding: boolean) => Promise<unknown>;

/** The active options, shared by every copy of the module. */
interface Handling {
  readonly on: Map<Option, { deliver: Deliver; undo(): void }>;
  /** Options that were reported to have no effect here. */
  readonly reported: Set<Option>;
  /** Whether the process ends as soon as queued events are delivered. */
  isEnding: boolean;
  /** Number of uncaught errors since `isEnding` was set. */
  furtherErrors: number;
}

const handling = (): Handling => shared("processEnd", () => ({ on: new Map(), reported: new Set(), isEnding: false, furtherErrors: 0 }));

const defaultTimeoutMs = 5000;

/**
 * Starts or stops handling termination signals (SIGTERM, SIGINT, SIGHUP): the signal is logged, queued events are delivered, and the
 * process ends by that signal. A second signal ends it at once. If the program listens to the signal as well, the program decides about the
 * end.
 *
 * @param flush Delivers queued events; without it the handling stops.
 * @param timeoutMs Longest time for the delivery. Default: 5000.
 */
export function handleSignals(flush: Flush | undefined, timeoutMs: number = defaultTimeoutMs): void {
  const listen = (deliver: Deliver): () => void => {
    const undo = [
      onSignal((signal, isHandled) => onSignalReceived({ signal, isHandled, endProcess: () => endBy(signal) }, deliver)),
      onShutdownMessage((isHandled) => onSignalReceived({ signal: "shutdown", isHandled, endProcess: () => exitProcess(0) }, deliver)),
    ];
    return () => undo.forEach((one) => one());
  };
  handle("handleSignals", listen, flush && ((isEnding) => flush({ timeoutMs }, isEnding)));
}

/**
 * Starts or stops handling uncaught errors: the error is logged as fatal and printed, queued events are delivered, and the process exits
 * with code 1. If the program listens to such errors, the program decides about the end. A page or web worker continues; there the level is
 * error.
 *
 * @param flush Delivers queued events; without it the handling stops.
 * @param timeoutMs Longest time for the delivery. Default: 5000.
 */
export function handleUncaught(flush: Flush | undefined, timeoutMs: number = defaultTimeoutMs): void {
  const isPage = !isProcessOurs() && isBrowser();
  const listen = (deliver: Deliver): () => void =>
    isPage ? onUncaughtInBrowser(onPageError) : onUncaught((thrown, circumstances) => onUncaughtError(thrown, circumstances, deliver));
  handle("handleUncaught", listen, flush && ((isEnding) => flush({ timeoutMs }, isEnding)), isPage);
}

function handle(option: Option, listen: (deliver: Deliver) => () => void, deliver: Deliver | undefined, isPage = false): void {
  const { on, reported } = handling();
  const known = on.get(option);
  if (deliver === undefined) {
    on.delete(option);
    processExit().on.delete(option);
    inForce().undo.delete(option);
    known?.undo();
  } else if (known !== undefined) {
    known.deliver = deliver; // the hooks stay, because they know the program's listeners
  } else if (isPage || isProcessOurs()) {
    on.set(option, { deliver, undo: listen((isEnding) => (on.get(option)?.deliver ?? deliver)(isEnding)) });
    processExit().on.add(option);
    inForce().undo.set(option, () => handle(option, listen, undefined));
  } else if (!reported.has(option)) {
    reported.add(option);
    report({ code: "no-effect", message: `The option ${option} has no effect here: it works on the main thread on Node, Deno and Bun` });
  }
}

/** A request to end the process. */
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
    state.isEnding = false; // a listener added meanwhile may keep the process alive
    endProcess();
  };
  if (state.isEnding) return end();
  log({ level: "info", messageTemplate: "The process received {Signal}", properties: { Signal: signal } });
  state.isEnding = !isHandled;
  void deliver(!isHandled).then(() => isHandled || end());
}

function onUncaughtError(thrown: unknown, { origin, isHandled, isHandledLater }: Circumstances, deliver: Deliver): void {
  const state = handling();
  if (state.isEnding && !isHandled) return void state.furtherErrors++; // further errors are only counted
  log({
    level: isHandled ? "error" : "fatal",
    messageTemplate: isHandled ? "Uncaught {Origin}: a listener handles it" : "The process ends: uncaught {Origin}",
    properties: { Origin: origin },
    error: thrown ?? `Uncaught ${thrown}`,
  });
  const end = (): void => {
    const isOver = !isHandled && !isHandledLater?.();
    const delivered = deliver(isOver);
    if (!isOver) return;
    print(thrown);
    if (state.isEnding) return;
    state.isEnding = true;
    setExitCode(1); // Bun does not wait for work started by a rejection
    void delivered.then(() => {
      const count = state.furtherErrors;
      if (count > 0) {
        report({ code: "uncaught-at-end", count, message: `${count} more uncaught errors while the process was ending` });
      }
      exitProcess(1);
    });
  };
  if (isHandledLater !== undefined) runMicrotask(end);
  else end();
}

function onPageError({ origin, message, error, place }: PageError): void {
  const properties = { Origin: origin, Message: message, ...place };
  getLogger("page").write({ level: "error", messageTemplate: "Uncaught {Origin}: {Message}", properties, error });
}

function log(event: Parameters<ReturnType<typeof getLogger>["write"]>[0]): void {
  getLogger("process").write(event);
}

/** Prints an error as the runtime would. */
function print(thrown: unknown): void {
  try {
    writeConsole("error", ...(isError(thrown) ? [thrown] : ["Uncaught", thrown]));
  } catch {
    // a console that throws must not keep the process alive
  }
}

/** Decides what happens to queued lines at process exit: a natural end delivers them; any other end reports what is lost. */

import { countEvents, onDiagnostic } from "../diagnostic.ts";
import type { FlushResult } from "../handler_stats.ts";
import { runMicrotask, systemClock, unref } from "../runtime/clock.ts";
import { shared } from "../runtime/global_state.ts";
import { onExit, onNaturalEnd } from "../runtime/process_events.ts";
import { writeStderr } from "../runtime/stderr.ts";
import { processEnding } from "../runtime/writes_at_exit.ts";
import { harmless, harmlessJson } from "../harmless_text.ts";
import type { Queue } from "./queue.ts";
import type { RequestTimes } from "./current_request.ts";
import { type PageDelivery, pageEnd } from "./send_at_page_hide.ts";
import { utf8 } from "../runtime/utf8.ts";

/** What the process exit needs from a delivery. */
export interface ExitDelivery extends PageDelivery {
  readonly settings: { readonly name: string; readonly exitTimeoutMs: number; readonly exitReport: boolean };
  /** Whether lines are queued that the program itself logged. */
  readonly hasWork: boolean;
  /** Times of the last request, by the system clock; undefined while a flush or an acknowledgement waits for it. */
  readonly lastRequest: RequestTimes | undefined;
  flush(timeoutMs: number): Promise<FlushResult>;
  /** Gives up all queued lines. */
  abandon(reason: string): void;
  /** Aborts the running request, which counts as failed, and starts no other for a while. */
  pauseRequests(): void;
  /** Aborts the running request to see whether the process then exits. If it does not, the request is repeated. */
  probeRequest(): void;
}

/** A program that logs this long after an attempt to end is running again. Sooner, an open connection may have delayed the end. */
const endingMs = 5000;
/** Least time that an exit allows for requests, so that queued lines get one more attempt. */
const lastTryMs = 500;
/** How often a running request is checked. */
const lookMs = 250;
/** If an exit follows a request this soon, the request has delayed the exit: Node keeps its connection open for a while. */
const heldMs = 2000;
/**
 * Attempts to end in a row that may log. The delivery of what the program logs at an attempt leads to the next attempt, at which a program
 * such as `process.on("beforeExit", () => logger.info("Bye"))` logs again.
 */
const maxRepeats = 10;
/** Most bytes of lost events that one process prints. */
const maxPrintedBytes = 65_536;
const aids = ["handleUncaught", "handleSignals"] as const;

/** The deliveries of this process that may have lines queued at its exit. */
class ProcessExit {
  /** Names of the active options that handle an exit. */
  readonly on: Set<string> = new Set();
  readonly #pending = new Map<ExitDelivery, Queue>();
  readonly #ending = processEnding();
  #isListening = false;
  #isLooking = false;
  /** When the natural end began, and when it was last observed. */
  #begunMs = -Infinity;
  #seenMs = -Infinity;
  /** When the program itself last logged. */
  #loggedMs = -Infinity;
  /** Attempts to end since the program logged between two of them. */
  #repeats = 0;
  #leftBytes = maxPrintedBytes;

  /** Whether the process is in its last moment: no promise settles any more, and lines logged now are lost. */
  get isNow(): boolean {
    return this.#ending.isNow && this.#ending.isFinal;
  }

  /** Delivers these lines before a natural end of the process, and reports them at any other end. */
  add(pending: ExitDelivery, queue: Queue): void {
    if (!this.#isListening) this.#listen();
    this.#pending.set(pending, queue);
    if (this.isNow) this.giveUp();
    else this.#lookLater();
  }

  /** Records that the program itself logged. */
  noteLogged(): void {
    this.#loggedMs = systemClock.now();
  }

  /** Removes a delivery that has nothing queued. */
  forget(pending: ExitDelivery): void {
    this.#pending.delete(pending);
  }

  #listen(): void {
    this.#isListening = true;
    onNaturalEnd(() => {
      if (this.#loggedMs > this.#seenMs) this.#repeats = 0;
      runMicrotask(() => this.#deliver()); // later listeners may log as well
    }, "prependListener");
    pageEnd().serve(this.#pending);
    onExit((isFinal) => this.giveUp(isFinal));
  }

  /** Checks running requests repeatedly, because no runtime reports a natural end during a request. */
  #lookLater(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    unref(systemClock.setTimeout(() => {
      this.#isLooking = false;
      this.#look();
      if (this.#pending.size > 0) this.#lookLater();
    }, lookMs));
  }

  /**
   * Aborts a request that has run for `exitTimeoutMs` while the program logged nothing. If only the request kept the process alive, the
   * natural end follows. Otherwise the request is repeated, and a slow server may store its events twice. No other request is aborted like
   * this until a request succeeds.
   */
  #look(): void {
    const nowMs = systemClock.now();
    for (const delivery of this.#pending.keys()) {
      const { lastRequest, settings } = delivery;
      if (lastRequest === undefined || lastRequest.endedMs !== undefined) continue;
      if (nowMs - this.#idleSince(lastRequest) >= settings.exitTimeoutMs) delivery.probeRequest();
    }
  }

  /** Returns the earliest time since which only this request can have kept the process alive. */
  #idleSince({ begunMs }: RequestTimes): number {
    return Math.max(begunMs, this.#loggedMs);
  }

  /** Records an attempt to end. Returns whether a new end begins: it does if the program has logged since the last attempt, long ago. */
  #noteEnding(nowMs: number): boolean {
    const isNew = this.#begunMs === -Infinity || (this.#loggedMs > this.#seenMs && nowMs - this.#seenMs > endingMs);
    if (isNew) {
      const held = [...this.#pending.keys()].flatMap(({ lastRequest }) =>
        lastRequest?.endedMs !== undefined && nowMs - lastRequest.endedMs < heldMs ? [this.#idleSince(lastRequest)] : []
      );
      this.#begunMs = Math.min(nowMs, ...held);
    }
    this.#seenMs = nowMs;
    return isNew;
  }

  #deliver(): void {
    const nowMs = systemClock.now();
    const leastMs = this.#noteEnding(nowMs) ? lastTryMs : 0;
    this.#repeats += 1;
    for (const [pending, queue] of this.#pending) {
      if (!pending.hasWork && queue.isSearching !== true) {
        this.forget(pending);
        continue;
      }
      const leftMs = this.#begunMs + pending.settings.exitTimeoutMs - nowMs; // even a program that logs at every attempt to end must end
      const stop = (): void => (queue.isDurable === true ? pending.pauseRequests() : pending.abandon("exit"));
      const forMs = Math.max(Math.min(leastMs, pending.settings.exitTimeoutMs), leftMs);
      if (forMs <= 0 || this.#repeats > maxRepeats) {
        stop(); // immediately, because a request that begins now would delay the end again
        continue;
      }
      void pending.flush(forMs).then(({ pending: left }) => {
        this.#seenMs = systemClock.now();
        if (left > 0) stop();
      });
    }
  }

  /** Reports the lines that are lost, and gives them up if the end is certain (`isFinal`). Never throws. */
  giveUp(isFinal = true): void {
    let printed = "";
    for (const [pending, queue] of this.#pending) {
      try {
        queue.endTick();
        if (!pending.hasWork || queue.isDurable === true) continue;
        if (pending.settings.exitReport) printed += heading(pending, queue, isFinal) + this.#printable(queue);
        if (isFinal) abandonSilently(pending);
      } catch {
        // a failing queue must not change how the process exits
      }
    }
    if (printed !== "") writeStderr(utf8().encode(printed));
  }

  /** Returns the oldest lines, as many as may still be printed. */
  #printable(queue: Queue): string {
    const lines = queue.peek(this.#leftBytes);
    this.#leftBytes -= lines.length;
    return harmlessJson(new TextDecoder().decode(lines));
  }
}

/** Returns advice on preventing the loss, leaving out options that are already on. */
function cure(): string {
  const { on } = processExit();
  const others = aids.filter((aid) => !on.has(aid));
  const ways = others.length === 0 ? "a queue on disk" : `${others.join(", ")} or a queue on disk`;
  return `Await shutdown() before process.exit(), or use ${ways}`;
}

/** Returns the heading above the printed lines. */
function heading({ settings: { name } }: ExitDelivery, queue: Queue, isFinal: boolean): string {
  const { size } = queue;
  const [they, are, were] = size === 1 ? ["it", "is", "was"] : ["they", "are", "were"];
  const what = isFinal
    ? `${countEvents(size)} ${are} lost, because the process ended before ${they} ${were} delivered`
    : `${countEvents(size)} may be lost, because an error ends the process before ${they} ${are} delivered`;
  const doubt = queue.isLeased(systemClock.now()) ? ` (the oldest may have arrived, as a request was running)` : "";
  return `seqlog: ${what}${doubt}. ${cure()} [lost, ${harmless(name)}]\n`;
}

/** Counts the lines as lost. Prints no diagnostic, because the heading says the same, but listeners receive the diagnostic. */
function abandonSilently(pending: ExitDelivery): void {
  const listening = onDiagnostic(() => {});
  try {
    pending.abandon("exit");
  } finally {
    listening.dispose();
  }
}

/** Returns the exit state of this process, shared by all copies of the module. */
export function processExit(): ProcessExit {
  return shared("exit", () => new ProcessExit());
}

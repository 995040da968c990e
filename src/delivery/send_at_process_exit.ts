/** The end of the process: what is queued is delivered where it ends by itself; where nothing can be sent any more, what is lost is reported at once. */

import { countEvents, onDiagnostic } from "../diagnostic.ts";
import type { FlushResult } from "../handler_stats.ts";
import { systemClock, unref } from "../runtime/clock.ts";
import { shared } from "../runtime/global_state.ts";
import { onExit, onNaturalEnd } from "../runtime/process_events.ts";
import { writeStderr } from "../runtime/stderr.ts";
import { processEnding } from "../runtime/writes_at_exit.ts";
import { harmless, harmlessJson } from "../harmless_text.ts";
import type { Queue } from "./queue.ts";
import type { RequestTimes } from "./current_request.ts";
import { type PageDelivery, pageEnd } from "./send_at_page_hide.ts";

/** A delivery, as the end of the process sees it. */
export interface ExitDelivery extends PageDelivery {
  readonly settings: { readonly name: string; readonly exitTimeoutMs: number; readonly exitReport: boolean };
  /** Whether events wait that the program has logged. */
  readonly hasWork: boolean;
  /** When the last request began and ended, on the system's clock; undefined while somebody waits for it. */
  readonly lastRequest: RequestTimes | undefined;
  flush(timeoutMs: number): Promise<FlushResult>;
  /** Gives up all that is queued. */
  abandon(reason: string): void;
  /** Ends the request that is under way, which has failed, and begins none for a while. */
  pauseRequests(): void;
  /** Ends it to find out whether the process ends; it is tried again if not. */
  probeRequest(): void;
}

/** A process that logs so long after its end was last seen has come back to life: Node keeps a connection for a second or more between two ends. */
const endingMs = 5000;
/** How long the end waits at least, so that what waits is tried once more. */
const lastTryMs = 500;
/** How often a request that is under way is looked at. */
const lookMs = 250;
/** An end that comes so soon after a request has ended was held up by it: Node keeps the connection for a while. */
const heldMs = 2000;
/** The most bytes of lost events that one process prints. */
const maxPrintedBytes = 65_536;
const aids = ["handleUncaught", "handleSignals"] as const;

/** The deliveries of this process that may have events, and what becomes of these. */
class ProcessExit {
  /** The options that handle an end, as far as they are on. */
  readonly on: Set<string> = new Set();
  readonly #pending = new Map<ExitDelivery, Queue>();
  readonly #ending = processEnding();
  #isListening = false;
  #isLooking = false;
  /** When the natural end began, and when it was last seen to go on. */
  #begunMs = -Infinity;
  #seenMs = -Infinity;
  /** When the program last logged. */
  #loggedMs = -Infinity;
  #leftBytes = maxPrintedBytes;

  /** Whether the process is at its very end: no promise is settled any more, and what is logged is lost at once. */
  get isNow(): boolean {
    return this.#ending.isNow && this.#ending.isFinal;
  }

  /** Sees to it that what is pending is delivered before the process ends by itself, and reported where it ends otherwise. */
  add(pending: ExitDelivery, queue: Queue): void {
    if (!this.#isListening) this.#listen();
    this.#pending.set(pending, queue);
    if (this.isNow) this.giveUp();
    else this.#lookLater();
  }

  /** Notes that the program logs. */
  noteLogged(): void {
    this.#loggedMs = systemClock.now();
  }

  /** Forgets a delivery: it has nothing pending. */
  forget(pending: ExitDelivery): void {
    this.#pending.delete(pending);
  }

  #listen(): void {
    this.#isListening = true;
    onNaturalEnd(() => this.#deliver());
    pageEnd().serve(this.#pending);
    onExit((isFinal) => this.giveUp(isFinal));
  }

  /** Looks at requests again and again, as long as there are any: a runtime reports no natural end while one is under way. */
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
   * Ends a request that has run for as long as an end may take, while the program logged nothing: if the program is over but for it, the natural end
   * follows at once. Otherwise the request is made again, which costs a slow server one copy; it is done once until a request succeeds.
   */
  #look(): void {
    const nowMs = systemClock.now();
    for (const delivery of this.#pending.keys()) {
      const { lastRequest, settings } = delivery;
      if (lastRequest === undefined || lastRequest.endedMs !== undefined) continue;
      if (nowMs - this.#idleSince(lastRequest) >= settings.exitTimeoutMs) delivery.probeRequest();
    }
  }

  /** Returns since when, at the earliest, nothing but the request has kept the process alive. */
  #idleSince({ begunMs }: RequestTimes): number {
    return Math.max(begunMs, this.#loggedMs);
  }

  /** Notes that the process is ending; returns whether this end is a new one: the program has logged since the last, a while ago. */
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
    for (const [pending, queue] of this.#pending) {
      if (!pending.hasWork && queue.isSearching !== true) {
        this.forget(pending);
        continue;
      }
      const leftMs = this.#begunMs + pending.settings.exitTimeoutMs - nowMs; // an app that logs whenever it ends must end as well
      const stop = (): void => (queue.isDurable === true ? pending.pauseRequests() : pending.abandon("exit"));
      const forMs = Math.max(Math.min(leastMs, pending.settings.exitTimeoutMs), leftMs);
      if (forMs <= 0) {
        stop(); // at once: a request that begins now would bring the end about once more
        continue;
      }
      void pending.flush(forMs).then(({ pending: left }) => {
        this.#seenMs = systemClock.now();
        if (left > 0) stop();
      });
    }
  }

  /** Reports at once what is lost, and gives it up; where the end is not certain, it is only reported. Never throws. */
  giveUp(isFinal = true): void {
    let printed = "";
    for (const [pending, queue] of this.#pending) {
      try {
        queue.endTick();
        if (!pending.hasWork || queue.isDurable === true) continue;
        if (pending.settings.exitReport) printed += heading(pending, queue, isFinal) + this.#take(queue);
        if (isFinal) abandonSilently(pending);
      } catch {
        // a queue that fails at the very end must not change how it comes
      }
    }
    if (printed !== "") writeStderr(new TextEncoder().encode(printed));
  }

  /** Returns the oldest lines, as many as may still be printed. */
  #take(queue: Queue): string {
    const lines = queue.peek(this.#leftBytes);
    this.#leftBytes -= lines.length;
    return harmlessJson(new TextDecoder().decode(lines));
  }
}

/** Returns what would have helped; nothing that is on already. */
function cure(): string {
  const { on } = processExit();
  const others = aids.filter((aid) => !on.has(aid));
  const ways = others.length === 0 ? "a queue on disk" : `${others.join(", ")} or a queue on disk`;
  return `Await shutdown() before process.exit(), or use ${ways}`;
}

/** Returns what stands above the lines. */
function heading({ settings: { name } }: ExitDelivery, queue: Queue, isFinal: boolean): string {
  const { size } = queue;
  const [they, are, were] = size === 1 ? ["it", "is", "was"] : ["they", "are", "were"];
  const what = isFinal
    ? `${countEvents(size)} ${are} lost, because the process ended before ${they} ${were} delivered`
    : `${countEvents(size)} may be lost, because an error ends the process before ${they} ${are} delivered`;
  const doubt = queue.isLeased(systemClock.now()) ? ` (a request was under way: what it had, the oldest, may be lost)` : "";
  return `seqlog: ${what}${doubt}. ${cure()} [lost, ${harmless(name)}]\n`;
}

/** Counts what is pending as lost; listeners to diagnostics hear of it, and the console, which has the heading already, does not. */
function abandonSilently(pending: ExitDelivery): void {
  const listening = onDiagnostic(() => {});
  try {
    pending.abandon("exit");
  } finally {
    listening[Symbol.dispose]();
  }
}

/** Returns the end of this process, one for all copies of the module. */
export function processExit(): ProcessExit {
  return shared("exit", () => new ProcessExit());
}

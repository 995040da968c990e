/** The end of the process: what is queued is delivered where it ends by itself; where nothing can be sent any more, it is told at once what is lost. */

import { runMicrotask, systemClock } from "../runtime/clock.ts";
import { onDiagnostic } from "../diagnostic.ts";
import type { FlushResult } from "../handler_stats.ts";
import { onExit, onNaturalEnd } from "../runtime/process_events.ts";
import { shared } from "../runtime/global_state.ts";
import { harmless, harmlessJson } from "../terminal_text.ts";
import { writeStderr } from "../runtime/stderr.ts";
import { type PageDelivery, pageEnd } from "./send_at_page_hide.ts";
import type { Queue } from "./queue.ts";

/** Something that may have events in it when the process ends. */
export interface Pending extends PageDelivery {
  readonly settings: { readonly name: string; readonly exitTimeoutMs: number; readonly exitReport: boolean };
  flush(timeoutMs: number): Promise<FlushResult>;
  abandon(reason: string): void;
}

/** How long a process may go on logging while it ends: beyond it, it has come back to life. */
const endingMs = 1000;
/** The most bytes of lost events that one process prints. */
const maxPrintedBytes = 65_536;
const cure = "Await shutdown() before process.exit(), or use handleUncaught, handleSignals or a queue on disk";
const utf8 = new TextEncoder();

/** Those who may have events in them, and what becomes of these. */
class ProcessExit {
  /** Whether the process is at its very end: no promise is settled any more, and what is logged is lost at once. */
  isNow = false;
  readonly #pending = new Map<Pending, Queue>();
  #isListening = false;
  #begunMs = -Infinity;
  #endedMs = -Infinity;
  #leftBytes = maxPrintedBytes;

  /** Sees to it that what is pending is delivered before the process ends by itself, and told where it ends otherwise. */
  add(pending: Pending, queue: Queue): void {
    if (!this.#isListening) this.#listen();
    this.#pending.set(pending, queue);
    if (this.isNow) this.giveUp();
  }

  /** Forgets it: nothing is pending. */
  forget(pending: Pending): void {
    this.#pending.delete(pending);
  }

  #listen(): void {
    this.#isListening = true;
    onNaturalEnd(() => this.#deliver());
    pageEnd().serve(this.#pending);
    onExit((isFinal) => {
      if (isFinal) {
        this.isNow = true;
        runMicrotask(() => (this.isNow = false)); // which runs only if the process goes on
      }
      this.giveUp(isFinal);
    });
  }

  #deliver(): void {
    const nowMs = systemClock.now();
    if (nowMs - this.#endedMs > endingMs) this.#begunMs = nowMs;
    for (const [pending, queue] of this.#pending) {
      if (queue.size === 0) {
        this.forget(pending);
        continue;
      }
      const leftMs = this.#begunMs + pending.settings.exitTimeoutMs - nowMs; // an app that logs whenever it ends must end as well
      void pending.flush(Math.max(0, leftMs)).then(({ pending: left }) => {
        if (left > 0 && queue.isDurable !== true) pending.abandon("exit");
        this.#endedMs = systemClock.now();
      });
    }
  }

  /** Tells at once what is lost, and gives it up; if the end is not certain, it is only told. Never throws. */
  giveUp(isFinal = true): void {
    const printed: Uint8Array[] = [];
    for (const [pending, queue] of this.#pending) {
      try {
        queue.endTick();
        if (queue.size === 0 || queue.isDurable === true) continue;
        if (pending.settings.exitReport) printed.push(utf8.encode(heading(pending, queue, isFinal)), this.#take(queue));
        if (isFinal) abandonInSilence(pending);
      } catch {
        // a queue that fails at the very end must not change how it comes
      }
    }
    if (printed.length > 0) writeStderr(joined(printed));
  }

  /** The oldest lines, as many as may still be printed. */
  #take(queue: Queue): Uint8Array {
    const lines = queue.peek(this.#leftBytes);
    this.#leftBytes -= lines.length;
    return utf8.encode(harmlessJson(new TextDecoder().decode(lines)));
  }
}

/** What is said above the lines. */
function heading({ settings: { name } }: Pending, queue: Queue, isFinal: boolean): string {
  const { size } = queue;
  const [events, they] = size === 1 ? ["1 event", "it"] : [`${size} events`, "they"];
  const [are, were] = size === 1 ? ["is", "was"] : ["are", "were"];
  const what = isFinal
    ? `${events} ${are} lost, for the process ended before ${they} ${were} delivered`
    : `${events} may be lost, for an error ends the process before ${they} ${are} delivered`;
  const doubt = queue.isLeased(systemClock.now()) ? ` (a request was under way: what it had, the oldest, may be lost)` : "";
  return `seqlog: ${what}${doubt}. ${cure} [lost, ${harmless(name)}]\n`;
}

/** Counts what is pending as lost; those who listen to diagnostics hear of it, and the console, where it stands already, does not. */
function abandonInSilence(pending: Pending): void {
  const listening = onDiagnostic(() => {});
  try {
    pending.abandon("exit");
  } finally {
    listening[Symbol.dispose]();
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The end of this process, one for all copies of the module. */
export function processExit(): ProcessExit {
  return shared("exit", () => new ProcessExit());
}

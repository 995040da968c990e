/** The natural end of the process: what is queued is delivered, or given up at the deadline, once. */

import type { FlushResult } from "../handler.ts";
import { onNaturalEnd } from "../runtime.ts";
import { shared } from "../shared.ts";

/** Something that may have events in it when the process ends. */
export interface Pending {
  readonly isEmpty: boolean;
  readonly settings: { readonly exitTimeoutMs: number };
  flush(timeoutMs: number): Promise<FlushResult>;
  abandon(reason: string): void;
}

/** Sees to it that what is pending is delivered before the process ends by itself. */
export function atNaturalEnd(pending: Pending): void {
  shared<Set<Pending>>("exit", listen).add(pending);
}

/** Forgets it: nothing is pending. */
export function forgetAtEnd(pending: Pending): void {
  shared<Set<Pending>>("exit", listen).delete(pending);
}

/** How long a process may go on logging while it ends: beyond it, it has come back to life. */
const endingMs = 1000;

function listen(): Set<Pending> {
  const all = new Set<Pending>();
  let begunMs = -Infinity;
  let endedMs = -Infinity;
  onNaturalEnd(() => {
    const nowMs = Date.now();
    if (nowMs - endedMs > endingMs) begunMs = nowMs;
    for (const pending of all) {
      all.delete(pending);
      if (pending.isEmpty) continue;
      const leftMs = begunMs + pending.settings.exitTimeoutMs - nowMs; // an app that logs whenever it ends must end as well
      void pending.flush(Math.max(0, leftMs)).then(({ pending: left }) => {
        if (left > 0) pending.abandon("exit");
        endedMs = Date.now();
      });
    }
  });
  return all;
}

/** The end of the process, for queues on disk: what is still in memory is written then. */

import { runMicrotask } from "./clock.ts";
import { onExit } from "./process_events.ts";
import { shared } from "./global_state.ts";

/** The queues of this process, and whether it is ending. */
export interface DurableExit {
  readonly queues: Set<{ end(isFinal: boolean): void }>;
  /** Whether promises are settled no more: what is logged now must be written at once. */
  isNow: boolean;
  isFinal: boolean;
}

/** The end of this process, one for all copies of the module. */
export function durableExit(): DurableExit {
  return shared("durable", () => {
    const state: DurableExit = { queues: new Set(), isNow: false, isFinal: false };
    onExit((isFinal) => {
      Object.assign(state, { isNow: true, isFinal });
      runMicrotask(() => (state.isNow = false)); // which runs only if the process goes on
      for (const queue of state.queues) queue.end(isFinal);
    });
    return state;
  });
}

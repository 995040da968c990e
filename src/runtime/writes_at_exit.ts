/** The one place that knows whether the process is at its very end, and who still writes then: queues on disk, log files. */

import { runMicrotask } from "./clock.ts";
import { shared } from "./global_state.ts";
import { onExit } from "./process_events.ts";

/** Something that holds what must be written before the process is gone. */
export interface ExitWriter {
  /** Writes it at once; `isFinal` says that the process certainly ends. */
  end(isFinal: boolean): void;
}

/** The very end of the process. */
export interface ProcessEnding {
  readonly writers: Set<ExitWriter>;
  /** Whether no promise is settled any more: what is logged now must be written at once. */
  isNow: boolean;
  /** Whether the process certainly ends, where `isNow`. */
  isFinal: boolean;
}

/** Returns the end of this process, one for all copies of the module. */
export function processEnding(): ProcessEnding {
  return shared("ending", () => {
    const state: ProcessEnding = { writers: new Set(), isNow: false, isFinal: false };
    onExit((isFinal) => {
      Object.assign(state, { isNow: true, isFinal });
      runMicrotask(() => (state.isNow = false)); // which runs only if the process goes on
      for (const writer of state.writers) writer.end(isFinal);
    });
    return state;
  });
}

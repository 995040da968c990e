/** Knows whether the process is in its last moment, and who must still write then: durable queues and log files. */

import { runMicrotask } from "./clock.ts";
import { shared } from "./global_state.ts";
import { onExit } from "./process_events.ts";

/** A holder of data that must be written before the process ends. */
export interface ExitWriter {
  /** Writes the data synchronously. `isFinal` is true if the process certainly ends. */
  end(isFinal: boolean): void;
}

/** State of the process's end. */
export interface ProcessEnding {
  readonly writers: Set<ExitWriter>;
  /** Whether no promise will settle any more, so that events logged now must be written synchronously. */
  isNow: boolean;
  /** Whether the process certainly ends while `isNow`. */
  isFinal: boolean;
}

/** Returns the state of the process's end, shared by all copies of the module. */
export function processEnding(): ProcessEnding {
  return shared("ending", () => {
    const state: ProcessEnding = { writers: new Set(), isNow: false, isFinal: false };
    onExit((isFinal) => {
      state.isNow = true;
      state.isFinal = isFinal;
      runMicrotask(() => (state.isNow = false)); // runs only if the process goes on
      for (const writer of state.writers) writer.end(isFinal);
    });
    return state;
  });
}

/** Receives the events of the logger `http.access` and of one below `app` while a test runs. */

import { configure, type LogEvent, MemoryHandler, type SeqOptions, shutdown } from "../../mod.ts";

/** The events of a test. */
export interface Heard extends AsyncDisposable {
  /** Completion events. */
  readonly access: readonly LogEvent[];
  /** All other events. */
  readonly others: readonly LogEvent[];
}

/** Configures the tree to keep every event. */
export function hearRequests(options: Partial<Pick<SeqOptions, "loggers" | "asyncLocalStorage">> = {}): Heard {
  const memory = new MemoryHandler();
  configure({ handlers: { memory }, root: { level: "trace", handlers: ["memory"] }, ...options });
  const isAccess = ({ loggerName }: LogEvent): boolean => loggerName === "http.access";
  return {
    get access() {
      return memory.events.filter(isAccess);
    },
    get others() {
      return memory.events.filter((event) => !isAccess(event));
    },
    [Symbol.asyncDispose]: async () => void (await shutdown()),
  };
}

/** A clock that a test sets by hand. */
export function handClock(): { ms: number; readonly now: () => number } {
  const clock = { ms: 1000, now: (): number => clock.ms };
  return clock;
}

/** Filters: which events pass, and in what form. */

import type { LogEvent } from "./log_event.ts";

/** Decides about an event: false stops it, true lets it pass, and an event lets that one pass in its place. */
export type Filter = (event: LogEvent) => boolean | LogEvent;

/** The filter of Python's logging: only the logger of that name and those below it pass; an empty name lets all pass. */
export function nameFilter(name: string): Filter {
  return ({ loggerName }) => name === "" || loggerName === name || loggerName.startsWith(`${name}.`);
}

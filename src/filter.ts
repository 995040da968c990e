/** Filters: which events pass, and in what form. */

import type { Level } from "./event/level.ts";
import type { EventRecord, LogEvent } from "./event/log_event.ts";

/** Decides about an event: false stops it, true lets it pass, and an event lets that one pass in its place. */
export type Filter = (event: LogEvent) => boolean | LogEvent;

/** A filter that sees all of a record: the global properties, too. */
export interface RecordFilter extends Filter {
  /** What passes in place of the record. */
  readonly ofRecord?: (record: EventRecord) => EventRecord;
}

/** A filter that can say without an event what it thinks of those of a logger and a level. */
export interface DecidedFilter extends Filter {
  /** Whether such events pass; `undefined` where that depends on the event. */
  readonly decides?: (loggerName: string, level: Level) => boolean | undefined;
}

/** A filter that holds events back, and tells how many. */
export interface HoldingFilter extends Filter {
  /** What to tell of those that were held back since the last time: asked at a flush. */
  readonly heldBack?: () => LogEvent[];
}

/** The filter of Python's logging: only the logger of that name and those below it pass; an empty name lets all pass. */
export function nameFilter(name: string): Filter {
  const decides = (loggerName: string): boolean => name === "" || `${loggerName || "root"}.`.startsWith(`${name}.`);
  return Object.assign(({ loggerName }: LogEvent) => decides(loggerName), { decides });
}

/** Filters: which events pass, and in what form. */

import type { Level } from "./event/level.ts";
import type { EventRecord, LogEvent } from "./event/log_event.ts";

/** Decides about an event: false stops it, true lets it pass, and an event lets that one pass in its place. What it may have besides is optional. */
export interface Filter {
  (event: LogEvent): boolean | LogEvent;
  /** Called in its place where it is there: sees all of a record, global properties too, and returns what passes. */
  readonly ofRecord?: (record: EventRecord) => EventRecord;
  /** Whether events of a logger and a level pass; `undefined` where that depends on the event. For `explain()`. */
  readonly decides?: (loggerName: string, level: Level) => boolean | undefined;
  /** The events to log about those that it held back since the last call: asked at each flush. */
  readonly heldBack?: () => LogEvent[];
}

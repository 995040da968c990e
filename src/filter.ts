/** Declares what a filter is: a function that decides whether an event passes, and in what form. */

import type { Level } from "./event/level.ts";
import type { EventRecord, LogEvent } from "./event/log_event.ts";

/** Decides about an event: false stops it, true lets it pass, and a returned event replaces it. The other members are optional. */
export interface Filter {
  (event: LogEvent): boolean | LogEvent;
  /**
   * If present, called instead of the filter itself: receives the whole record, including global properties, and returns the record that
   * passes.
   *
   * @internal
   */
  readonly ofRecord?: (record: EventRecord) => EventRecord;
  /** For `explain()`: whether events of a logger and level pass; `undefined` if that depends on the event. */
  readonly decides?: (loggerName: string, level: Level) => boolean | undefined;
  /** Returns events that report which events were held back since the last call. Each flush calls it. */
  readonly heldBack?: () => LogEvent[];
}

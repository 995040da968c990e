/** The filter by the logger's name, as in Python. */

import type { LogEvent } from "../event/log_event.ts";
import type { Filter } from "../filter.ts";

/** Makes a filter that lets only events of the named logger and of loggers below it pass; an empty name lets all events pass. */
export function nameFilter(name: string): Filter {
  const decides = (loggerName: string): boolean => name === "" || `${loggerName || "root"}.`.startsWith(`${name}.`);
  return Object.assign(({ loggerName }: LogEvent) => decides(loggerName), { decides });
}

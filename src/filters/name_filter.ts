/** The filter by the name of the logger, which is Python's own. */

import type { LogEvent } from "../event/log_event.ts";
import type { Filter } from "../filter.ts";

/** Lets only the logger of that name and those below it pass; an empty name lets all pass. */
export function nameFilter(name: string): Filter {
  const decides = (loggerName: string): boolean => name === "" || `${loggerName || "root"}.`.startsWith(`${name}.`);
  return Object.assign(({ loggerName }: LogEvent) => decides(loggerName), { decides });
}

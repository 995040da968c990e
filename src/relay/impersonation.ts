/** What a page must not say, so that none of its events passes for one of the server's. */

import type { LogEventInit } from "../event/log_event.ts";
import { traceNames } from "../event/trace_context.ts";
import { define } from "../event/value_kind.ts";

/** How a page's event becomes one of the server's. */
export interface Vetting {
  /** The name of the logger that pages log by, which stands before the page's own. */
  readonly loggerName: string;
  /** Names of properties by which the server speaks. */
  readonly reserved: readonly string[];
  readonly nowMs: number;
  /** How far a page's clock may be off. */
  readonly maxClockSkewMs: number;
}

/** Names by which a page would pass for somebody else: those of loggers (Python's too), and what the relay itself says. */
const ownNames = ["SourceContext", "LoggerName", "PageTime", "PageEventType"];
const maxNameLength = 200;

/**
 * Makes what takes from a page's event all by which it would pass for one of the server's: a reserved name gets `Page` before it, the name of the logger
 * that of all pages, and a time that cannot be true and the type of the event become properties. The number of an event orders those whose time is not believed.
 */
export function vetter({ loggerName, reserved, nowMs, maxClockSkewMs }: Vetting): (event: LogEventInit, index: number) => LogEventInit {
  const isTraced = traceNames.some((name) => reserved.includes(name));
  const tops = new Set([...ownNames, ...reserved, ...(isTraced ? traceNames : [])].map(topOf));
  return ({ timestampMs = nowMs, ticks, properties = {}, eventType, traceId, spanId, ...rest }, index) => {
    const isBelieved = Math.abs(timestampMs - nowMs) <= maxClockSkewMs;
    const vetted: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(properties)) {
      let free = name;
      while (tops.has(topOf(free)) || (free !== name && Object.hasOwn(properties, free))) free = `Page${free}`;
      if (name !== "SourceContext") define(vetted, free, value);
    }
    if (eventType !== undefined) vetted["PageEventType"] = eventType; // alerts are set on types of the server's events
    if (!isBelieved) vetted["PageTime"] = new Date(timestampMs).toISOString();
    return {
      ...rest,
      ...(isBelieved ? { timestampMs, ticks } : { timestampMs: nowMs, ticks: index }),
      ...(!isTraced && { traceId, spanId }),
      isForeign: true,
      loggerName: nameBelow(loggerName, (properties as Record<string, unknown>)["SourceContext"]),
      properties: vetted,
    };
  };
}

/** The first part of a dotted name: on the wire the names that begin with one part become one property. */
function topOf(name: string): string {
  return name.split(".", 1)[0]!;
}

/** The page's own name of a logger, below that of all pages, so that it is never one of the server's. */
function nameBelow(loggerName: string, given: unknown): string {
  if (typeof given !== "string" || given === "") return loggerName;
  return `${loggerName}.${given.slice(0, maxNameLength).replace(/[^\p{L}\p{N}_.$:/@+ -]+/gu, "_")}`;
}

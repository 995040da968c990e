/** Changes a page's event so that it cannot look like an event of the server. */

import type { LogEventInit } from "../event/log_event.ts";
import { isTraceName } from "../event/trace_context.ts";
import { define } from "../event/value_kind.ts";

/** What the server reserves for its own events. */
export interface Reservations {
  /** Name of the pages' logger, which is put before the page's own logger names. */
  readonly loggerName: string;
  /** Names of properties that only the server may set. */
  readonly reserved: readonly string[];
  readonly nowMs: number;
  /** How far a page's clock may be wrong. */
  readonly maxClockSkewMs: number;
  /** Whether a page may send spans. */
  readonly spans: boolean;
}

/** More reserved names: the properties that hold a logger's name (also in Python), and those that the relay itself sets. */
const ownNames = ["SourceContext", "LoggerName", "PageTime", "PageEventType"];
const maxNameLength = 200;

/**
 * Makes a function that changes everything in a page's event that could look like the server's. A reserved property name gets the prefix
 * `Page`. The logger's name is put below the name of the pages' logger. An implausible time and the event type become properties. Events
 * without a plausible time keep their order.
 */
export function impersonationGuard(
  { loggerName, reserved, nowMs, maxClockSkewMs, spans }: Reservations,
): (event: LogEventInit, index: number) => LogEventInit {
  const isTraced = reserved.some(isTraceName);
  const tops = new Set([...ownNames, ...reserved].map(topOf));
  const isReserved = (name: string): boolean => tops.has(topOf(name)) || (isTraced && isTraceName(name));
  return ({ timestampMs = nowMs, ticks, properties = {}, eventType, ...given }, index) => {
    const { traceId, spanId, spanStart, spanStartTicks, parentId, spanKind, resource: _, scope: __, ...rest } = given;
    const isBelieved = Math.abs(timestampMs - nowMs) <= maxClockSkewMs;
    const safe: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(properties)) {
      let free = name;
      while (isReserved(free) || (free !== name && Object.hasOwn(properties, free))) free = `Page${free}`;
      if (name !== "SourceContext") define(safe, free, value);
    }
    if (eventType !== undefined) safe["PageEventType"] = eventType; // an alert may depend on event types of the server
    if (!isBelieved) safe["PageTime"] = new Date(timestampMs).toISOString();
    const isSpan = spans && isBelieved && !isTraced && spanStart !== undefined && Math.abs(spanStart - nowMs) <= maxClockSkewMs;
    if (!isSpan && spanStart !== undefined) safe["PageSpanStart"] = new Date(spanStart).toISOString();
    return {
      ...rest,
      ...(isSpan && { spanStart, spanStartTicks, parentId, spanKind }),
      ...(isBelieved ? { timestampMs, ticks } : { timestampMs: nowMs, ticks: index }),
      ...(!isTraced && { traceId, spanId }),
      isForeign: true,
      loggerName: nameBelow(loggerName, (properties as Record<string, unknown>)["SourceContext"]),
      properties: safe,
    };
  };
}

/** Returns the first part of a dotted name, because names with the same first part become one property in Seq. */
function topOf(name: string): string {
  return name.split(".", 1)[0]!;
}

/** Returns the page's logger name below the name of the pages' logger, so that it is never the name of a logger of the server. */
function nameBelow(loggerName: string, given: unknown): string {
  if (typeof given !== "string" || given === "") return loggerName;
  return `${loggerName}.${given.slice(0, maxNameLength).replace(/[^\p{L}\p{N}_.$:/@+ -]+/gu, "_")}`;
}

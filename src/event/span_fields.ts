/** Decides which fields make an event a span: an operation with a beginning and a place in a trace. */

import type { EventTime } from "./event_clock.ts";
import type { Level } from "./level.ts";
import { capture, type Captured } from "./properties.ts";
import { isSpanId, isTraceId, Trace } from "./trace_context.ts";
import { isBag } from "./value_kind.ts";

/** The role of a span between services: a `"Client"` calls a `"Server"`, a `"Producer"` sends to a `"Consumer"`. */
export type SpanKind = "Internal" | "Server" | "Client" | "Producer" | "Consumer";

/** The roles of a span. */
export const spanKinds: readonly SpanKind[] = ["Internal", "Server", "Client", "Producer", "Consumer"];

/** The span fields of an event given to `write`. They count only together with a `traceId`, a `spanId` and `spanStart`. */
export interface SpanInit {
  /** When the span began, in milliseconds since 1970-01-01 UTC; `timestampMs` is its end. Default: the event is no span. */
  readonly spanStart?: number | undefined;
  /** 100-nanosecond units within the millisecond, 0 to 9999. Default: the fraction of `spanStart`. */
  readonly spanStartTicks?: number | undefined;
  /** The id of the parent span, 16 lower-case hexadecimal digits. Default: none. */
  readonly parentId?: string | undefined;
  /** The role of the span between services. Default: `"Internal"`. */
  readonly spanKind?: SpanKind | undefined;
  /** Attributes of the service, such as `{ "service.name": "shop" }`. Default: `resource` of the configuration. */
  readonly resource?: object | undefined;
  /** Attributes of the instrumentation, such as its `name`. Default: none. */
  readonly scope?: object | undefined;
}

/** The validated and captured span fields. */
export interface SpanFields extends Omit<SpanInit, "resource" | "scope"> {
  readonly spanStart: number;
  readonly spanStartTicks: number;
  resource?: Captured | undefined;
  readonly scope?: Captured | undefined;
}

/** The trace and the span fields of an event. */
export interface SpanPlace {
  readonly trace: Trace;
  readonly span?: SpanFields | undefined;
}

/** Returns the trace and the span fields of an event that is a valid span; `undefined` for any other event. */
export function readSpan(
  init: SpanInit & { readonly traceId?: string | undefined; readonly spanId?: string | undefined },
): SpanPlace | undefined {
  const { traceId, spanId, spanStart, spanStartTicks, parentId, spanKind = "Internal", resource, scope } = init;
  const isSpan = Number.isFinite(spanStart) && isTraceId(traceId) && isSpanId(spanId) && spanKinds.includes(spanKind) &&
    (parentId === undefined || isSpanId(parentId));
  if (!isSpan) return undefined;
  const start = toTime(spanStart!, spanStartTicks);
  const span = {
    spanStart: start.timestampMs,
    spanStartTicks: start.ticks,
    parentId,
    spanKind,
    resource: isBag(resource) ? capture(resource) : undefined,
    scope: isBag(scope) ? capture(scope) : undefined,
  };
  return { trace: new Trace({ traceId, spanId }), span };
}

/** The event of an ended span with captured properties, as the library's own spans write it. */
export interface SpanEvent {
  /** Default: the current trace. */
  readonly trace: Trace | undefined;
  readonly level: Level;
  readonly messageTemplate: string;
  readonly own: Captured;
  /** `undefined` if the trace is not recorded. The event is then no span, and its time is now. */
  readonly span: (SpanFields & EventTime) | undefined;
  /** The ambient properties, or null for none. Default: the properties of the current context. */
  readonly context?: Captured | null;
}

/** Converts the event to the public form, which a logger of another implementation accepts. */
export function toInit({ level, messageTemplate, own, trace, span }: SpanEvent): object {
  const { values: properties, error } = own;
  return {
    level,
    messageTemplate,
    properties,
    error: error?.thrown,
    traceId: trace?.traceId,
    spanId: trace?.spanId,
    ...(span && { timestampMs: span.timestampMs, ticks: span.ticks, ...spanInitOf(span) }),
  };
}

/** Converts span fields to the form that an event shows to user code. */
export function spanInitOf({ spanStart, spanStartTicks, parentId, spanKind, resource, scope }: SpanFields): SpanInit {
  return {
    spanStart,
    spanStartTicks,
    ...(parentId && { parentId }),
    ...(spanKind && { spanKind }),
    ...(resource && { resource: resource.values }),
    ...(scope && { scope: scope.values }),
  };
}

/** Splits a given time into whole milliseconds and 100-nanosecond units. */
export function toTime(timestampMs: number, ticks?: unknown): EventTime {
  const whole = Math.floor(timestampMs);
  const units = Number.isFinite(ticks) ? ticks as number : (timestampMs - whole) * 10_000;
  return { timestampMs: whole, ticks: Math.min(9999, Math.max(0, Math.round(units))) };
}

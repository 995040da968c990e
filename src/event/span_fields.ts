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
  /** When it began, in milliseconds since 1970-01-01 UTC; `timestampMs` is its end. Default: the event is no span. */
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
export interface SpanFields {
  readonly start: EventTime;
  readonly parentId?: string | undefined;
  readonly kind?: SpanKind | undefined;
  readonly resource?: Captured | undefined;
  readonly scope?: Captured | undefined;
}

/** Returns the trace and the span fields of an event that is a valid span; `undefined` for any other event. */
export function readSpan(
  init: SpanInit & { readonly traceId?: string | undefined; readonly spanId?: string | undefined },
): { readonly trace: Trace; readonly span?: SpanFields | undefined } | undefined {
  if (init instanceof SpanEvent) return init;
  const { traceId, spanId, spanStart, spanStartTicks, parentId, spanKind = "Internal", resource, scope } = init;
  const isSpan = Number.isFinite(spanStart) && isTraceId(traceId) && isSpanId(spanId) && spanKinds.includes(spanKind) &&
    (parentId === undefined || isSpanId(parentId));
  if (!isSpan) return undefined;
  const span = {
    start: toTime(spanStart!, spanStartTicks),
    parentId,
    kind: spanKind,
    resource: isBag(resource) ? capture(resource) : undefined,
    scope: isBag(scope) ? capture(scope) : undefined,
  };
  return { trace: new Trace({ traceId, spanId }), span };
}

/** Returns the span fields with the configured resource, unless they have one. */
export function withResource(span: SpanFields | undefined, resource: Captured | undefined): SpanFields | undefined {
  return span === undefined || resource === undefined || span.resource !== undefined ? span : { ...span, resource };
}

/** The event of an ended span with captured properties, as the library's own spans write it. */
export class SpanEvent {
  readonly level: Level;
  readonly messageTemplate: string;
  readonly own: Captured;
  readonly trace: Trace;
  /** The span fields; `undefined` if the trace is not recorded: then the event is no span. */
  readonly span: SpanFields | undefined;
  readonly timestampMs: number | undefined;
  readonly ticks: number | undefined;

  constructor({ level, messageTemplate, own, trace, end: { span, end } }: SpanEventParts) {
    this.level = level;
    this.messageTemplate = messageTemplate;
    this.own = own;
    this.trace = trace;
    this.span = span;
    this.timestampMs = end?.timestampMs;
    this.ticks = end?.ticks;
  }
}

/** The parts of such an event. */
export interface SpanEventParts extends Pick<SpanEvent, "level" | "messageTemplate" | "own" | "trace"> {
  readonly end: SpanEnd;
}

/** What a span adds to its event; empty if the span is not recorded. */
export interface SpanEnd {
  readonly span?: SpanFields | undefined;
  /** The time of the event. Default: now. */
  readonly end?: EventTime | undefined;
}

/** Converts the event to the public form, which a logger of another implementation accepts. */
export function toInit({ own, trace, span, level, messageTemplate, timestampMs, ticks }: SpanEvent): object {
  const { traceId, spanId } = trace;
  const { values, error } = own;
  return {
    level,
    messageTemplate,
    timestampMs,
    ticks,
    traceId,
    spanId,
    properties: values,
    error: error?.thrown,
    ...(span && spanInitOf(span)),
  };
}

/** Converts span fields to the form that an event shows to user code. */
export function spanInitOf({ start, parentId, kind, resource, scope }: SpanFields): SpanInit {
  return {
    spanStart: start.timestampMs,
    spanStartTicks: start.ticks,
    ...(parentId && { parentId }),
    ...(kind && { spanKind: kind }),
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

/** What makes an event a span: an operation with a beginning, and a place in a trace. */

import type { EventTime } from "./event_clock.ts";
import type { Level } from "./level.ts";
import { capture, type Captured } from "./properties.ts";
import { isSpanId, isTraceId, Trace } from "./trace_context.ts";
import { isBag } from "./value_kind.ts";

const kinds = ["Internal", "Server", "Client", "Producer", "Consumer"] as const;

/** What a span is to the services around it: `"Server"` is asked by a `"Client"`, `"Consumer"` gets what a `"Producer"` has sent. */
export type SpanKind = typeof kinds[number];

/** What an event that is written by hand says of itself as a span. All of it counts only beside a `traceId`, a `spanId` and `spanStart`. */
export interface SpanInit {
  /** When it began, in milliseconds since 1970-01-01 UTC; `timestampMs` is its end. Default: the event is no span. */
  readonly spanStart?: number | undefined;
  /** 100-nanosecond units within the millisecond, 0 to 9999. Default: the fraction of `spanStart`. */
  readonly spanStartTicks?: number | undefined;
  /** The id of the span around it, 16 lower-case hexadecimal digits. Default: none. */
  readonly parentId?: string | undefined;
  /** What it is to the services around it. Default: `"Internal"`. */
  readonly spanKind?: SpanKind | undefined;
  /** What the service says of itself, such as `{ "service.name": "shop" }`. Default: `resource` of the configuration. */
  readonly resource?: object | undefined;
  /** What the instrumentation says of itself, such as its `name`. Default: none. */
  readonly scope?: object | undefined;
}

/** The same, read. */
export interface SpanFields {
  readonly start: EventTime;
  readonly parentId?: string | undefined;
  readonly kind?: SpanKind | undefined;
  readonly resource?: Captured | undefined;
  readonly scope?: Captured | undefined;
}

/** The place in a trace and the fields of an event that is a valid span; `undefined` for any other. */
export function readSpan(
  init: SpanInit & { readonly traceId?: string | undefined; readonly spanId?: string | undefined },
): { readonly trace: Trace; readonly span?: SpanFields | undefined } | undefined {
  if (init instanceof SpanEvent) return init;
  const { traceId, spanId, spanStart, spanStartTicks, parentId, spanKind = "Internal", resource, scope } = init;
  const isSpan = Number.isFinite(spanStart) && isTraceId(traceId) && isSpanId(spanId) && kinds.includes(spanKind) &&
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

/** The same with what the service says of itself, unless it says so already. */
export function withResource(span: SpanFields | undefined, resource: Captured | undefined): SpanFields | undefined {
  return span === undefined || resource === undefined || span.resource !== undefined ? span : { ...span, resource };
}

/** The event of a span that is over, with its properties taken already: what the library's own spans write. */
export class SpanEvent {
  readonly level: Level;
  readonly messageTemplate: string;
  readonly own: Captured;
  readonly trace: Trace;
  /** Undefined where the trace's spans are not recorded: then it is an event like any other. */
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

/** What such an event is made of. */
export interface SpanEventParts extends Pick<SpanEvent, "level" | "messageTemplate" | "own" | "trace"> {
  readonly end: SpanEnd;
}

/** What a span's event says beside what any event does; nothing where the span is not recorded. */
export interface SpanEnd {
  readonly span?: SpanFields | undefined;
  /** Default: now. */
  readonly end?: EventTime | undefined;
}

/** The same as a logger of any make takes it. */
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

/** The same as a user sees it on an event. */
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

/** A time that was handed in: whole milliseconds, and what is finer. */
export function toTime(timestampMs: number, ticks?: unknown): EventTime {
  const whole = Math.floor(timestampMs);
  const units = Number.isFinite(ticks) ? ticks as number : (timestampMs - whole) * 10_000;
  return { timestampMs: whole, ticks: Math.min(9999, Math.max(0, Math.round(units))) };
}

/**
 * Spans, and traces across services: the entry ./tracing.
 *
 * @module
 */
export type { SpanKind } from "../event/span_fields.ts";
export type { TraceContext } from "../event/trace_context.ts";
export { type Span } from "./span_handle.ts";
export { type SpanOptions, startSpan, withSpan } from "./start_span.ts";

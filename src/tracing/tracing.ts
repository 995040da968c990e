/**
 * Spans, and traces across services: the entry ./tracing.
 *
 * @module
 */
export type { SpanKind } from "../event/span_fields.ts";
export type { TraceContext } from "../event/trace_context.ts";
export { bindContext } from "./bind_context.ts";
export { currentTraceContext, type IncomingHeaders, type TraceHeaders, traceHeaders, withTrace } from "./propagation.ts";
export { configureTracing, type SampledSpan, type TracingOptions, type TracingStats, tracingStats } from "./sampling.ts";
export { type Span } from "./span_handle.ts";
export { tracedFetch, type TracedFetchOptions } from "./traced_fetch.ts";
export { type SpanOptions, startSpan, withSpan } from "./start_span.ts";

/**
 * Spans, and traces across services: the entry ./tracing.
 *
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { traceHeaders, withSpan } from "@x/seqlog/tracing";
 * import assert from "node:assert/strict";
 *
 * const logger = getLogger("shop");
 * logger.level = "info";
 * await withSpan(logger, "Order {OrderId} placed", { OrderId: 42 }, async (span) => {
 *   span.logger.info("Paid with {Card}", { Card: "visa" });
 *   assert.match(traceHeaders().traceparent ?? "", /^00-[\da-f]{32}-[\da-f]{16}-01$/); // for a request to another service
 * });
 * ```
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

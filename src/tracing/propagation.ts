/** Decides how a trace leaves this process, and how work that does not arrive by HTTP continues a trace. */

import { current, currentTrace, runInContext } from "../context.ts";
import { requireFunction } from "../diagnostic.ts";
import { formatTraceparent } from "../event/new_trace.ts";
import { parseTraceContext, Trace, type TraceContext } from "../event/trace_context.ts";
import { openTelemetry, runBelow } from "../runtime/open_telemetry.ts";
import type { Span } from "./span_handle.ts";

/** The headers of W3C Trace Context. */
export interface TraceHeaders {
  /** The trace and the span in the form of W3C Trace Context. */
  readonly traceparent?: string;
  /** The `tracestate` of earlier systems, unchanged. */
  readonly tracestate?: string;
}

/** Headers from fetch, `node:http` or a broker, or the fields of a job. */
export type IncomingHeaders = { get(name: string): string | null } | Readonly<Record<string, unknown>>;

/**
 * Returns the headers that continue the trace in another process: for clients that `tracedFetch` does not wrap, such as `node:http` or
 * axios, for a message's headers, or for a job's payload.
 *
 * @param span The span. Default: the span of the caller's context.
 * @returns `traceparent`, and `tracestate` if the trace has one; an empty object if the caller runs in no trace.
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { traceHeaders, withSpan } from "@x/seqlog/tracing";
 * import assert from "node:assert/strict";
 *
 * const logger = getLogger("shop");
 * logger.level = "info";
 * withSpan(logger, "Order sent", {}, { kind: "Producer" }, () => {
 *   const message = { body: "42", headers: { ...traceHeaders() } };
 *   assert.match(message.headers.traceparent!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
 * });
 * assert.deepEqual(traceHeaders(), {});
 * logger.level = undefined;
 * ```
 */
export function traceHeaders(span?: Span): TraceHeaders {
  const trace = span ? span.context : currentTrace();
  const traceparent = trace && formatTraceparent(trace);
  if (!traceparent) return {};
  return { traceparent, ...(trace?.traceState && { tracestate: trace.traceState }) };
}

/**
 * Runs a function in the trace of given headers: for jobs and messages whose sender added {@linkcode traceHeaders}.
 *
 * @param headers The headers, or any object with `traceparent` and `tracestate`; without a valid `traceparent`, or without headers, the
 * function runs in the current context.
 * @param fn Called at once.
 * @returns What the function returns.
 * @throws {TypeError} If `fn` is not a function.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { withSpan, withTrace } from "@x/seqlog/tracing";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const logger = getLogger("shop");
 * const added = logger.addHandler(memory);
 * logger.level = "info";
 * const job = { order: 42, traceparent: "00-5b8aa5a2d2c872e8321cf37308d69df2-051581bf3cb55c13-01" };
 * withTrace(job, () => withSpan(logger, "Order {Id} packed", { Id: job.order }, { kind: "Consumer" }, () => {}));
 * assert.equal(memory.events[0]?.parentId, "051581bf3cb55c13");
 * added[Symbol.dispose]();
 * ```
 */
export function withTrace<T>(headers: IncomingHeaders | null | undefined, fn: () => T): T {
  requireFunction(fn, "withTrace", "fn");
  const place = headers ? placeIn(headers) : undefined;
  if (place === undefined) return fn();
  const { traceId, spanId, isSampled } = place;
  if (openTelemetry()?.trace !== undefined) return runBelow({ traceId, spanId, traceFlags: Number(isSampled), isRemote: true }, fn);
  const around = current();
  const context = { properties: around?.properties, request: around?.request, trace: new Trace(place) };
  return runInContext(context, fn, "withTrace passes no trace on");
}

function placeIn(headers: IncomingHeaders): TraceContext | undefined {
  try {
    return parseTraceContext(headerOf(headers, "traceparent"), headerOf(headers, "tracestate"));
  } catch {
    return undefined; // the work runs even if its headers cannot be read
  }
}

function headerOf(headers: IncomingHeaders, name: string): string | undefined {
  const given: unknown = typeof headers.get === "function"
    ? headers.get(name)
    : fieldOf(headers as Readonly<Record<string, unknown>>, name);
  if (Array.isArray(given)) return given.join();
  return given instanceof Uint8Array ? new TextDecoder().decode(given) : typeof given === "string" ? given : undefined; // bytes in Kafka
}

/** Returns a field by its name in any case: AWS Lambda passes HTTP headers as the gateway spells them, such as `Traceparent`. */
function fieldOf(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  return fields[name] ?? fields[Object.keys(fields).find((one) => one.toLowerCase() === name) ?? name];
}

/** Returns the caller's place in the trace, such as for a template or a page; `undefined` outside of a trace. */
export function currentTraceContext(): TraceContext | undefined {
  return currentTrace();
}

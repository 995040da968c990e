/** Decides how a program begins and ends spans. */

import { runInContext } from "../context.ts";
import { report, requireFunction } from "../diagnostic.ts";
import { type Level, levels, parseRank } from "../event/level.ts";
import { describeThrown } from "../event/plain_data.ts";
import { type SpanKind, spanKinds } from "../event/span_fields.ts";
import { parseTraceContext, Trace, type TraceContext } from "../event/trace_context.ts";
import { getLogger, loggerInside } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import { LoggedSpan, SilentSpan, type Span } from "./span_handle.ts";

/** The options of a span. */
export interface SpanOptions {
  /** The role of the span between services. Default: `"Internal"`. */
  readonly kind?: SpanKind | undefined;
  /** The level of the span's event; an error raises it to `"error"`. Default: `"info"`. */
  readonly level?: Level | undefined;
  /** The parent span or place in a trace; null begins a new trace. Default: the span that the caller runs in. */
  readonly parent?: Span | TraceContext | null | undefined;
  /** Related spans, such as the spans of the messages in a batch; they become the property `Links`. Default: none. */
  readonly links?: readonly (Span | TraceContext)[] | undefined;
  /** When the span began, in milliseconds since 1970-01-01 UTC, or as a date. Default: now. */
  readonly start?: number | Date | undefined;
}

/**
 * Begins a span: an operation that becomes one event when it ends, with its start time, its level and its place in a trace.
 *
 * Events of the span's `logger` belong to the span. For a single function, `withSpan` is the better choice: all events logged in the
 * function belong to its span.
 *
 * @param logger The logger of the event. If it disables the span's level, there is no span.
 * @param template The message template, such as `"Order {OrderId} placed"`, which is also the span's name.
 * @param properties The properties, captured at once.
 * @param options The kind, the parent, the links and the start. A wrong value counts as absent.
 * @returns The span; `using` ends it with the block. Never throws: an error that prevents the span is reported.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { startSpan } from "@x/seqlog/tracing";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const logger = getLogger("shop");
 * const added = logger.addHandler(memory);
 * logger.level = "info";
 * const span = startSpan(logger, "Order {OrderId} placed", { OrderId: 42 });
 * span.logger.info("Paid");
 * span.end({ Total: 7 });
 * const [paid, placed] = memory.events;
 * assert.deepEqual([paid?.traceId, paid?.spanId], [placed?.traceId, placed?.spanId]);
 * assert.deepEqual(placed?.properties, { OrderId: 42, Total: 7 });
 * assert.ok(placed.spanStart! <= placed.timestampMs);
 * added[Symbol.dispose]();
 * ```
 */
export function startSpan(logger: Logger, template: string, properties?: object, options?: SpanOptions | null): Span {
  try {
    return begin(logger, template, properties, options ?? {});
  } catch (failure) {
    report({ code: "span-failed", message: `A span could not begin, and is left out: ${describeThrown(failure)}` });
    return new SilentSpan(typeof logger?.write === "function" ? logger : getLogger());
  }
}

function begin(logger: Logger, template: string, properties: object | undefined, options: SpanOptions): Span {
  requireFunction(Object(logger).write, "startSpan", "logger.write");
  const { level = "info", kind = "Internal", parent, links, start } = options;
  const rank = level === "info" ? 2 : parseRank(level) ?? 2;
  const threshold = loggerInside(logger)?.threshold;
  const isDisabled = threshold === undefined ? !logger.isEnabled(level) : rank < threshold;
  if (isDisabled || rank >= levels.length) return new SilentSpan(logger);
  const span = new LoggedSpan({ // no spread: on Node 20, a spread takes some microseconds
    logger,
    template,
    level,
    kind: kind === "Internal" || spanKinds.includes(kind) ? kind : "Internal",
    properties,
    parent: parent && placeOf(parent),
    startMs: start === undefined || !Number.isFinite(Number(start)) ? undefined : Number(start),
  });
  if (links !== undefined) span.set({ Links: links.map(toLink) });
  return span;
}

/** Returns the place of a parent; `undefined` if a place from outside is invalid, because Seq would refuse its ids. */
function placeOf(parent: Span | TraceContext): TraceContext | undefined {
  const place = "logger" in Object(parent) ? (parent as Span).context : parent as TraceContext;
  if (place === undefined || place instanceof Trace) return place;
  const { traceId, spanId, isSampled, traceState } = place;
  return parseTraceContext(`00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`, typeof traceState === "string" ? traceState : undefined);
}

/** Returns a link in Seq's form. */
function toLink(linked: Span | TraceContext): object {
  const given = Object(linked);
  const { traceId, spanId } = Object("logger" in given ? given.context : given);
  return { TraceId: traceId, SpanId: spanId };
}

/**
 * Runs a function in a span: everything that the function logs and awaits belongs to the span, which ends with the function.
 *
 * An exception or a rejection becomes the exception of the span's event, raises its level to error, and is rethrown. Uses
 * AsyncLocalStorage, as `withContext` does; where the runtime has none, pass on `span.logger`.
 *
 * @param logger The logger of the event. If it disables the span's level, there is no span.
 * @param template The message template, which is also the span's name.
 * @param rest The properties and the options of {@linkcode startSpan}, both optional, and the function, which receives the span.
 * @returns What the function returns.
 * @throws {TypeError} If the last argument is not a function.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { withSpan } from "@x/seqlog/tracing";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const logger = getLogger("shop");
 * const added = logger.addHandler(memory);
 * logger.level = "info";
 * const total = await withSpan(logger, "Order {OrderId} placed", { OrderId: 42 }, async (span) => {
 *   await null;
 *   getLogger("shop.pay").info("Paid");
 *   span.set({ Total: 7 });
 *   return 7;
 * });
 * const [paid, placed] = memory.events;
 * assert.equal(total, 7);
 * assert.equal(paid?.spanId, placed?.spanId);
 * added[Symbol.dispose]();
 * ```
 */
export function withSpan<T>(logger: Logger, template: string, fn: (span: Span) => T): T;
/** Runs a function in a span that has properties. */
export function withSpan<T>(logger: Logger, template: string, properties: object | undefined, fn: (span: Span) => T): T;
/** Runs a function in a span that has properties and options. */
export function withSpan<T>(
  logger: Logger,
  template: string,
  properties: object | undefined,
  options: SpanOptions,
  fn: (span: Span) => T,
): T;
export function withSpan(logger: Logger, template: string, ...rest: unknown[]): unknown {
  const fn = rest.pop() as (span: Span) => unknown;
  requireFunction(fn, "withSpan", "fn");
  const span = startSpan(logger, template, rest[0] as object | undefined, rest[1] as SpanOptions | undefined);
  if (!(span instanceof LoggedSpan)) return fn(span);
  let result: unknown;
  try {
    result = runInContext(span, () => fn(span), "events are not linked to the span around them");
  } catch (error) {
    return fail(span, error);
  }
  if (typeof (result as PromiseLike<unknown> | undefined)?.then !== "function") {
    span.end();
    return result;
  }
  return (result as PromiseLike<unknown>).then((value) => (span.end(), value), (error) => fail(span, error));
}

/** Ends a span with an exception, and rethrows it. */
function fail(span: Span, error: unknown): never {
  span.setError(error);
  span.end();
  throw error;
}

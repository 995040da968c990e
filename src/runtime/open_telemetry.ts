/** OpenTelemetry, where the program has registered its API: found by the global that all copies of that API share. */

/** What is read of a span's place in a trace. */
export interface SpanContextLike {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
  readonly traceState?: { serialize?(): string };
}

interface OtelContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OtelContext;
}

/** What is used of the API. */
export interface OpenTelemetryApi {
  readonly context?: { active(): OtelContext; with<T>(context: OtelContext, work: () => T): T };
  /** There once a program has registered what makes spans. */
  readonly trace?: object | undefined;
}

const apiKey = Symbol.for("opentelemetry.js.api.1");
const spanKey = Symbol.for("OpenTelemetry Context Key SPAN");
const suppressKey = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const world = globalThis as { readonly [apiKey]?: OpenTelemetryApi };

/** The API, where it is registered. */
export function openTelemetry(): OpenTelemetryApi | undefined {
  return world[apiKey];
}

/** The place of the span that is active in the API, if there is one. */
export function activeSpanContext({ context }: OpenTelemetryApi): SpanContextLike | undefined {
  try {
    return (context?.active().getValue(spanKey) as { spanContext(): SpanContextLike } | undefined)?.spanContext();
  } catch {
    return undefined; // an API of a later make
  }
}

/** Runs work in a context that has another value. */
function runWith<T>(key: symbol, value: unknown, work: () => T): T {
  const { context } = openTelemetry() ?? {};
  return context === undefined ? work() : context.with(context.active().setValue(key, value), work);
}

/** Runs work that OpenTelemetry makes no span of and sends no trace with: what delivers logs is no part of a trace, as in its own exporters. */
export function runUntraced<T>(work: () => T): T {
  return runWith(suppressKey, true, work);
}

/** Runs work whose spans are made below a place in a trace. */
export function runBelow<T>(place: SpanContextLike, work: () => T): T {
  return runWith(spanKey, { spanContext: () => place, isRecording: () => false }, work);
}

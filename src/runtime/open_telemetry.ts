/** Finds the API of OpenTelemetry by the global that all its copies share, if the program has registered it. */

/** The place of a span in a trace, as the API describes it. */
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

/** The part of the API that is used here. */
export interface OpenTelemetryApi {
  readonly context?: { active(): OtelContext; with<T>(context: OtelContext, work: () => T): T };
  /** Present once a program has registered a provider of spans. */
  readonly trace?: object | undefined;
}

const apiKey = Symbol.for("opentelemetry.js.api.1");
const spanKey = Symbol.for("OpenTelemetry Context Key SPAN");
const suppressKey = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const world = globalThis as { readonly [apiKey]?: OpenTelemetryApi };

/** Returns the API; `undefined` if it is not registered. */
export function openTelemetry(): OpenTelemetryApi | undefined {
  return world[apiKey];
}

/** Returns the place of the active span; `undefined` if there is none. */
export function activeSpanContext({ context }: OpenTelemetryApi): SpanContextLike | undefined {
  try {
    return (context?.active().getValue(spanKey) as { spanContext(): SpanContextLike } | undefined)?.spanContext();
  } catch {
    return undefined; // an API of another version
  }
}

/** Runs work in a context in which the key has this value. */
function runWith<T>(key: symbol, value: unknown, work: () => T): T {
  const { context } = openTelemetry() ?? {};
  return context === undefined ? work() : context.with(context.active().setValue(key, value), work);
}

/** Runs work for which OpenTelemetry creates no span and sends no trace headers, because the delivery of logs is no part of a trace. */
export function runUntraced<T>(work: () => T): T {
  return runWith(suppressKey, true, work);
}

/** Runs work whose spans become children of a place in a trace. */
export function runBelow<T>(place: SpanContextLike, work: () => T): T {
  return runWith(spanKey, { spanContext: () => place, isRecording: () => false }, work);
}

/** OpenTelemetry's API as a program registers it, as far as the library reads it. */

type Values = ReadonlyMap<symbol, unknown>;

/** A context of the API. */
interface FakeContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): FakeContext;
}

function contextOf(values: Values): FakeContext {
  return {
    getValue: (key) => values.get(key),
    setValue: (key, value) => contextOf(new Map([...values, [key, value]])),
  };
}

const apiKey = Symbol.for("opentelemetry.js.api.1");

/** The registered API: spans are made active by hand, and contexts hold for what runs at once. */
export interface FakeOpenTelemetry extends Disposable {
  /** The contexts that `with` was called with. */
  readonly entered: FakeContext[];
  /** Runs a function while a span is active. */
  within<T>(span: { readonly traceId: string; readonly spanId: string; readonly traceFlags?: number }, work: () => T): T;
}

/** Registers it until it is disposed of; without `trace` no program has said who makes spans. */
export function registerOpenTelemetry(trace = true): FakeOpenTelemetry {
  let active = contextOf(new Map());
  const entered: FakeContext[] = [];
  const context = {
    active: () => active,
    with<T>(next: FakeContext, work: () => T): T {
      const before = active;
      entered.push(active = next);
      try {
        return work();
      } finally {
        active = before;
      }
    },
  };
  const world = globalThis as { [apiKey]?: object };
  world[apiKey] = { version: "1.9.0", context, ...(trace && { trace: {} }) };
  return {
    entered,
    within: (span, work) => {
      const spanContext = (): object => ({ traceFlags: 1, ...span });
      return context.with(active.setValue(Symbol.for("OpenTelemetry Context Key SPAN"), { spanContext }), work);
    },
    [Symbol.dispose]: () => void delete world[apiKey],
  };
}

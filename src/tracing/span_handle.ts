/** Spans in the hands of a program. */

import { type Context, current, type RequestScope } from "../context.ts";
import { readException } from "../event/exception.ts";
import { type Level, parseRank } from "../event/level.ts";
import { capture, type Captured, nothing, type Thrown } from "../event/properties.ts";
import type { Trace, TraceContext } from "../event/trace_context.ts";
import { loggerInside } from "../logger.ts";
import type { Logger, LoggerInside } from "../logger_face.ts";
import { ActiveSpan, isTracedElsewhere, type SpanBeginning, writeSpanEvent } from "../span.ts";

/** An operation under way: one event when it ends. */
export interface Span {
  /** Its place in its trace, for other clients and other processes; `undefined` where nobody traces. */
  readonly context: TraceContext | undefined;
  /** The logger, whose events belong to the span wherever they are logged: what hands a span on where the runtime has no AsyncLocalStorage. */
  readonly logger: Logger;
  /** Adds properties to its event; taken at once, later ones of the same name winning. */
  set(properties: object): void;
  /** Fills the exception of its event, and raises its level to error. */
  setError(error: unknown): void;
  /** Ends it, which writes its event; only the first end counts. Never throws. */
  end(properties?: object): void;
  /** The same as `end`, for `using`. */
  [Symbol.dispose](): void;
}

/** A span whose level is off: it costs a comparison, and what is logged within belongs to the span around it. */
export class SilentSpan implements Span {
  readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  get context(): undefined {
    return undefined;
  }

  set(_properties: object): void {}
  setError(_error: unknown): void {}
  end(_properties?: object): void {}
  [Symbol.dispose](): void {}
}

/** What a span of a program's is begun with. */
export interface LoggedBeginning extends SpanBeginning {
  readonly logger: Logger;
  readonly level: Level;
}

/** A span, and the context of all that is done within. */
export class LoggedSpan implements Span, Context {
  readonly #logger: Logger;
  readonly #inside: LoggerInside | undefined;
  readonly #around: Context | undefined = current();
  readonly #span: ActiveSpan;
  readonly #template: string;
  readonly #level: Level;
  #own: Captured;
  #error: Thrown | undefined;
  #bound: Logger | undefined;
  /** Whether its end is an event: also where another library makes the spans, for then it is one like any other. */
  readonly #isWritten: boolean;
  #isOver = false;

  // no private method or accessor: each would cost a call of the engine's for every span
  constructor(beginning: LoggedBeginning) {
    const { logger, template, level, properties } = beginning;
    this.#logger = logger;
    this.#inside = loggerInside(logger);
    this.#template = template;
    this.#level = level;
    this.#span = new ActiveSpan(beginning);
    this.#isWritten = this.#span.isRecorded || isTracedElsewhere();
    this.#own = properties === undefined || !this.#isWritten ? nothing : take(this.#inside, template, properties);
  }

  get trace(): Trace | undefined {
    return this.#span.trace;
  }

  get context(): TraceContext | undefined {
    return this.#span.trace;
  }

  get properties(): Captured | undefined {
    return this.#around?.properties;
  }

  get request(): RequestScope | undefined {
    return this.#around?.request;
  }

  get logger(): Logger {
    if (this.#bound !== undefined) return this.#bound;
    const { trace } = this.#span;
    if (trace === undefined) return (this.#bound = this.#logger);
    const { traceId, spanId } = trace;
    return (this.#bound = this.#inside?.within(trace) ?? this.#logger.with({ traceId, spanId }));
  }

  set(properties: object): void {
    if (!this.#isOver && this.#isWritten) this.#own = take(this.#inside, this.#template, properties).over(this.#own);
  }

  setError(error: unknown): void {
    if (!this.#isOver && this.#isWritten) this.#error = { thrown: error, exception: readException(error) };
  }

  end(properties?: object): void {
    if (this.#isOver) return;
    if (properties !== undefined) this.set(properties);
    this.#isOver = true;
    if (!this.#isWritten) return;
    const error = this.#error ?? this.#own.error;
    const isRaised = error !== undefined && (parseRank(this.#level) ?? 0) < 4;
    const own = this.#error === undefined ? this.#own : capture({}, { error }).over(this.#own);
    const { trace } = this.#span;
    this.#span.end((end) => {
      if (end.span === undefined && !isTracedElsewhere()) return;
      const level = isRaised ? "error" : this.#level;
      const messageTemplate = this.#template;
      if (trace !== undefined) writeSpanEvent(this.#logger, { level, messageTemplate, own, trace, end });
      else this.#logger.write({ level, messageTemplate, properties: own.values, error: error?.thrown });
    }, error !== undefined);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

function take(inside: LoggerInside | undefined, template: string, properties: object): Captured {
  return inside?.take(template, properties) ?? capture(properties);
}

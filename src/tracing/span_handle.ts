/** Decides what a span does for the program that began it. */

import { type Context, current, type RequestScope } from "../context.ts";
import { readException } from "../event/exception.ts";
import { type Level, parseRank } from "../event/level.ts";
import { capture, type Captured, nothing, type Thrown } from "../event/properties.ts";
import type { Trace, TraceContext } from "../event/trace_context.ts";
import { loggerInside } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import { ActiveSpan, isTracedElsewhere, type SpanBeginning, type SpanOwner, writeSpanEvent } from "../span.ts";

/** An operation in progress that becomes one event when it ends. */
export interface Span {
  /** The span's place in its trace, for other clients and processes; `undefined` where nothing creates traces. */
  readonly context: TraceContext | undefined;
  /** A logger whose events always belong to the span. Where the runtime has no AsyncLocalStorage, pass this logger on. */
  readonly logger: Logger;
  /** Adds properties to the span's event. They are captured at once; a later value of the same name wins. */
  set(properties: object): void;
  /** Sets the exception of the span's event, and raises its level to error. */
  setError(error: unknown): void;
  /** Ends the span and writes its event. Only the first call counts. Never throws. */
  end(properties?: object): void;
  /** Ends the span at the end of a `using` block. */
  [Symbol.dispose](): void;
}

/** A span whose level is disabled. It costs one comparison, and events within it belong to the surrounding span. */
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

/** The arguments with which a program begins a span. */
export interface LoggedBeginning extends SpanBeginning {
  readonly logger: Logger;
  readonly level: Level;
}

/** A span, and the context of everything that runs in it. */
export class LoggedSpan implements Span, Context, SpanOwner {
  readonly #logger: Logger;
  readonly #template: string;
  readonly #level: Level;
  // Not the surrounding context itself, which would keep all contexts around it in memory.
  declare readonly properties: Captured | undefined;
  declare readonly request: RequestScope | undefined;
  readonly #span: ActiveSpan;
  #own: Captured;
  #error: Thrown | undefined = undefined;
  #bound: Logger | undefined = undefined;
  /** Whether the span's end will write an event. If another library creates the spans, the event itself is no span. */
  #isWritten: boolean;

  // no private methods or accessors: each would cost an engine call for every span
  constructor(beginning: LoggedBeginning) {
    const { logger, template, level, properties } = beginning;
    this.#logger = logger;
    this.#template = template;
    this.#level = level;
    const around = current();
    this.properties = around?.properties;
    this.request = around?.request;
    this.#span = new ActiveSpan(beginning, around);
    this.#isWritten = this.#span.isRecorded || isTracedElsewhere();
    this.#own = properties === undefined || !this.#isWritten ? nothing : take(logger, template, properties);
  }

  get trace(): Trace | undefined {
    return this.#span.place;
  }

  get context(): TraceContext | undefined {
    return this.trace;
  }

  get logger(): Logger {
    if (this.#bound !== undefined) return this.#bound;
    const { trace } = this;
    if (trace === undefined) return (this.#bound = this.#logger);
    const { traceId, spanId } = trace;
    return (this.#bound = loggerInside(this.#logger)?.within(trace) ?? this.#logger.with({ traceId, spanId }));
  }

  set(properties: object): void {
    if (this.#isWritten) this.#own = take(this.#logger, this.#template, properties).over(this.#own);
  }

  setError(error: unknown): void {
    if (this.#isWritten) this.#error = { thrown: error, exception: readException(error) };
  }

  end(properties?: object): void {
    if (properties !== undefined) this.set(properties);
    if (!this.#isWritten) return;
    this.#isWritten = false; // only the first end counts
    const error = this.#error;
    if (error !== undefined) this.#own = capture({}, { error }).over(this.#own);
    this.#span.end(this, this.#own.error !== undefined);
  }

  writeEnd(span: ActiveSpan | undefined): void {
    if (span === undefined && !isTracedElsewhere()) return;
    const { trace } = this;
    const own = this.#own;
    const level = own.error !== undefined && (parseRank(this.#level) ?? 0) < 4 ? "error" : this.#level;
    const messageTemplate = this.#template;
    if (trace !== undefined) writeSpanEvent(this.#logger, { level, messageTemplate, own, trace, span });
    else this.#logger.write({ level, messageTemplate, properties: own.values, error: own.error?.thrown });
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

function take(logger: Logger, template: string, properties: object): Captured {
  return loggerInside(logger)?.take(template, properties) ?? capture(properties);
}

/** Decides what is logged about one piece of work, usually a request, and when its completion event is written. */

import { type Context, current, type RequestScope, runInContext, traceIn } from "../context.ts";
import { report } from "../diagnostic.ts";
import { describeThrown } from "../event/plain_data.ts";
import { levels, requireRank, type Threshold } from "../event/level.ts";
import { readException } from "../event/exception.ts";
import { formatTraceparent, makeId } from "../event/new_trace.ts";
import { capture, type Captured, nothing } from "../event/properties.ts";
import type { SpanKind } from "../event/span_fields.ts";
import { toTrace, Trace, type TraceContext } from "../event/trace_context.ts";
import { define } from "../event/value_kind.ts";
import { loggerInside } from "../logger.ts";
import { ActiveSpan, isTracedElsewhere, type SpanOwner, writeSpanEvent } from "../span.ts";
import type { CompletedRequest, RequestLogSettings } from "./request_options.ts";

/** What is known about the work when it begins. */
export interface RequestAbout {
  /** The id that every event logged during the work carries. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** The message template of the completion event. */
  readonly template: string;
  /** The role of the span between services, and the place in a trace that the work continues. */
  readonly kind: SpanKind;
  readonly parent?: TraceContext | undefined;
  /** Properties of the completion event, and a function that returns a new object with those known only at the end. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly ending: (about: RequestAbout, statusCode: number) => Record<string, unknown>;
}

/** How the work ended. */
export interface Completion {
  readonly statusCode: number;
  /** The length of the response's body, if it is known. */
  readonly bytes?: number | undefined;
  readonly error?: unknown | undefined;
  readonly isAborted?: boolean | undefined;
}

/** nginx's status of a request whose client disconnected before the response. */
const clientLeft = 499;

/** The call site by which property names are cached, because they are mostly the same. */
const contextSite = {};
const enrichSite = {};

/**
 * The key under which a Request or an IncomingMessage stores its log: a WeakMap costs more, and two copies of this module share the key.
 */
const key = Symbol.for("@x/seqlog/request");

/** Returns the log of a request that a wrapped handler serves. */
export function scopeOf(request: unknown): RequestScope | undefined {
  return (Object(request) as { readonly [key]?: RequestScope })[key];
}

/**
 * Returns the function's result. If the function fails, that is reported, and the request is served without a log, because a failure of
 * logging must not stop the handler.
 */
export function beginSafely(make: () => RequestLog): RequestLog | undefined {
  try {
    return make();
  } catch (failure) {
    report({ code: "request-log-failed", message: `A request is served without being logged: ${describeThrown(failure)}` });
    return undefined;
  }
}

/** Returns whether the trace of the work can be used. */
function isFailure({ statusCode, error }: Completion): boolean {
  return error !== undefined || statusCode >= 500;
}

/** Returns the trace of a request that is no span: the continued trace, or a new trace without a span. */
function placeOf(parent: TraceContext | undefined): Trace | undefined {
  if (parent !== undefined) return toTrace(parent);
  return isTracedElsewhere() ? undefined : new Trace({ traceId: makeId(32), spanId: "" });
}

/** A request in progress, and the context of everything that is logged during the request. */
export class RequestLog implements RequestScope, Context, SpanOwner {
  declare readonly about: RequestAbout;
  declare readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  readonly #settings: RequestLogSettings;
  readonly #startedMs: number;
  #elapsedMs = 0;
  /** The properties of the context around the request. The context itself would keep all contexts around it in memory. */
  readonly #around: Captured | undefined;
  readonly #span: ActiveSpan | undefined;
  readonly #isSkipped: boolean;
  declare readonly trace: Trace | undefined;
  #properties: Captured | undefined;
  #added: Captured = nothing;
  #responded: number | undefined;
  #completion: Completion | undefined;

  constructor(settings: RequestLogSettings, about: RequestAbout, waitUntil?: (work: Promise<unknown>) => void) {
    this.#settings = settings;
    const reading = performance.now();
    this.#startedMs = this.#now(reading);
    this.about = about;
    this.waitUntil = waitUntil;
    const { method, path, template, properties, kind } = about;
    this.#isSkipped = this.#asks(() => settings.isSkipped(method, path)) === true;
    const around = current();
    this.#around = around?.properties;
    const parent = about.parent ?? traceIn(around);
    const isSpan = settings.spans && !this.#isSkipped && (settings.isLevelOpen || settings.logger.isEnabled("info"));
    this.#span = isSpan ? new ActiveSpan({ kind, template, parent, properties, reading }, around) : undefined;
    this.trace = this.#span !== undefined ? this.#span.place : settings.spans ? placeOf(parent) : traceIn(around);
  }

  /** The properties of every event logged during the request, captured on first use. */
  get properties(): Captured {
    return (this.#properties ??= capture({ RequestId: this.about.id }, undefined, contextSite).over(this.#around));
  }

  get request(): RequestScope {
    return this;
  }

  /** Returns the response header with the trace's id, if one is configured. */
  get traceHeader(): [name: string, value: string] | undefined {
    const { traceHeader } = this.#settings;
    const { trace } = this;
    if (!traceHeader || trace === undefined) return undefined;
    const value = traceHeader.toLowerCase() === "traceresponse" ? formatTraceparent(trace) : trace.traceId;
    return value ? [traceHeader, value] : undefined;
  }

  /** Stores this log on the request. */
  mark(request: object): void {
    try {
      (request as { [key]?: RequestScope })[key] = this; // defineProperty costs fifty times as much
    } catch {
      // a frozen object or a Proxy may refuse; enrichRequest then finds the log by the context
    }
  }

  get isOver(): boolean {
    return this.#completion !== undefined;
  }

  enrich(properties: object): boolean {
    if (!this.isOver) this.#added = capture(properties, undefined, enrichSite).over(this.#added);
    return !this.isOver;
  }

  /** Stores the status of a response whose body is still to be sent. */
  respond(statusCode: number): void {
    this.#responded = statusCode;
  }

  /** Logs that the client has disconnected, unless the work has ended. */
  abort(): void {
    this.complete({ statusCode: this.#responded ?? clientLeft, isAborted: true });
  }

  /** Logs the end of the work. Only the first call counts. Never throws. */
  complete(completion: Completion): void {
    if (this.isOver) return;
    this.#completion = completion;
    const reading = performance.now();
    this.#elapsedMs = Math.round((this.#now(reading) - this.#startedMs) * 10_000) / 10_000;
    if (this.#span === undefined) this.writeEnd(undefined);
    else this.#span.end(this, isFailure(completion), reading);
  }

  writeEnd(span: ActiveSpan | undefined): void {
    try {
      const here = current();
      if (here === this || (here === undefined && this.#around === undefined)) this.#write(this.#completion!, span);
      else runInContext(this, () => this.#write(this.#completion!, span), "requests have no context of their own");
    } catch (failure) {
      report({ code: "request-log-failed", message: `A request could not be logged: ${describeThrown(failure)}` });
    }
  }

  #write({ statusCode, bytes, error, isAborted = false }: Completion, span: ActiveSpan | undefined): void {
    const { about } = this;
    const { id, method, path, template, properties } = about;
    const { logger } = this.#settings;
    const elapsedMs = this.#elapsedMs;
    const { values, error: added } = this.#added;
    const thrown = error ?? added?.thrown;
    const level = this.#levelOf({ method, path, statusCode, elapsedMs, error: thrown, isAborted }, error !== undefined);
    if (level === "off" || !logger.isEnabled(level)) return;
    const all = about.ending(about, statusCode); // no spread: each takes some microseconds
    all["Elapsed"] = elapsedMs;
    all["RequestId"] = id;
    for (const name in properties) all[name] = properties[name];
    if (bytes !== undefined) all["ResponseBytes"] = bytes;
    if (isAborted) all["Aborted"] = true;
    if (this.#added !== nothing) { for (const name in values) define(all, name, values[name]); }
    const failure = thrown === undefined ? undefined : { thrown, exception: readException(thrown) };
    const own = loggerInside(logger)?.take(template, all, failure) ?? capture(all, { error: failure });
    // The request's own context would repeat the id, and a name that an event has twice costs more than all other names.
    writeSpanEvent(logger, { level, messageTemplate: template, own, trace: this.trace, span, context: this.#around ?? null });
  }

  /** Returns the level of the completion event. If the program's function fails, the failure is reported, and the usual level is used. */
  #levelOf(completed: CompletedRequest, isThrown: boolean): Threshold {
    const { levelOf } = this.#settings;
    const usual = isThrown || completed.statusCode >= 500 ? "error" : "info"; // as Serilog's request logging does
    if (this.#isSkipped) return "off";
    if (levelOf === undefined) return usual;
    return this.#asks(() => levels[requireRank(levelOf(completed))] ?? "off") ?? usual;
  }

  /** Returns the time by the option `now`; without it, or if it fails, the time that was read. */
  #now(reading: number): number {
    return this.#asks(() => this.#settings.now?.()) ?? reading;
  }

  /** Returns the result of the program's function. If the function fails, reports that and returns `undefined`. */
  #asks<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (failure) {
      report({
        code: "request-log-failed",
        message: `The function level, skip or now of a request log failed: ${describeThrown(failure)}`,
      });
      return undefined;
    }
  }
}

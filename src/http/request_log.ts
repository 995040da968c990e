/** One piece of work that is served, mostly a request: what is known of it, and the event that tells of its completion. */

import { type Context, current, currentTrace, type RequestScope, runInContext } from "../context.ts";
import { report } from "../diagnostic.ts";
import { describeThrown } from "../event/plain_data.ts";
import { levels, requireRank, type Threshold } from "../event/level.ts";
import { readException } from "../event/exception.ts";
import { capture, type Captured, nothing } from "../event/properties.ts";
import type { SpanEnd, SpanKind } from "../event/span_fields.ts";
import { formatTraceparent, Trace, type TraceContext } from "../event/trace_context.ts";
import { define } from "../event/value_kind.ts";
import { loggerInside } from "../logger.ts";
import { ActiveSpan, isTracedElsewhere, writeSpanEvent } from "../span.ts";
import type { CompletedRequest, RequestLogSettings } from "./request_options.ts";

/** What is known of the work when it begins. */
export interface RequestAbout {
  /** Goes on every event that is logged for it. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** The message template of its completion event. */
  readonly template: string;
  /** What its span is to the services around it, and the place in a trace that it continues. */
  readonly kind: SpanKind;
  readonly parent?: TraceContext | undefined;
  /** Properties of its completion event, and, always a new object, those that tell how it ended. */
  readonly properties: Readonly<Record<string, unknown>>;
  ending(statusCode: number): Record<string, unknown>;
}

/** How the work ended. */
export interface Completion {
  readonly statusCode: number;
  /** The length of the response's body, where it is known. */
  readonly bytes?: number | undefined;
  readonly error?: unknown | undefined;
  readonly isAborted?: boolean | undefined;
}

/** The status of a request whose client left before there was a response, as nginx has it. */
const clientLeft = 499;

/** Where the names come from: mostly the same ones. */
const contextSite = {};
const enrichSite = {};

/** Where a request in the program (a Request, or Node's IncomingMessage) keeps what is logged of it: a WeakMap costs more, and two copies share this. */
const key = Symbol.for("@x/seqlog/request");

/** What is logged of a request that is served by a wrapped handler. */
export function scopeOf(request: unknown): RequestScope | undefined {
  return (Object(request) as { readonly [key]?: RequestScope })[key];
}

/** What the work makes; where it fails that is told, and the request is served without being logged: logging must not keep it from its handler. */
export function beginSafely(make: () => RequestLog): RequestLog | undefined {
  try {
    return make();
  } catch (failure) {
    report({ code: "request-log-failed", message: `A request is served without being logged: ${describeThrown(failure)}` });
    return undefined;
  }
}

/** Whether the trace of it is worth keeping. */
function isFailure({ statusCode, error }: Completion): boolean {
  return error !== undefined || statusCode >= 500;
}

/** The trace of a request that is no span of it: what it continues, or a new one of which nobody knows a span. */
function placeOf(parent: TraceContext | undefined): Trace | undefined {
  if (parent !== undefined) return parent instanceof Trace ? parent : new Trace(parent);
  return isTracedElsewhere() ? undefined : new Trace({ spanId: "" });
}

/** A request under way, and the context of all that is logged for it. */
export class RequestLog implements RequestScope, Context {
  readonly about: RequestAbout;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  readonly #settings: RequestLogSettings;
  readonly #startedMs: number;
  readonly #around: Captured | undefined = current()?.properties;
  readonly #span: ActiveSpan | undefined;
  readonly #isSkipped: boolean;
  readonly trace: Trace | undefined;
  #properties: Captured | undefined;
  #added: Captured = nothing;
  #responded: number | undefined;
  #isOver = false;

  constructor(settings: RequestLogSettings, about: RequestAbout, waitUntil?: (work: Promise<unknown>) => void) {
    this.#settings = settings;
    this.#startedMs = settings.now();
    this.about = about;
    this.waitUntil = waitUntil;
    const { method, path, template, properties, kind } = about;
    this.#isSkipped = this.#asks(() => settings.isSkipped(method, path)) === true;
    const parent = about.parent ?? currentTrace();
    const isSpan = settings.spans && !this.#isSkipped && (settings.isLevelOpen || settings.logger.isEnabled("info"));
    this.#span = isSpan ? new ActiveSpan({ kind, template, parent, properties }) : undefined;
    this.trace = this.#span !== undefined ? this.#span.trace : settings.spans ? placeOf(parent) : currentTrace();
  }

  /** The properties of every event that is logged for it; taken when there is one. */
  get properties(): Captured {
    return (this.#properties ??= capture({ RequestId: this.about.id }, undefined, contextSite).over(this.#around));
  }

  get request(): RequestScope {
    return this;
  }

  /** The header that says the trace to the client, if it is to be told. */
  get traceHeader(): [name: string, value: string] | undefined {
    const { traceHeader } = this.#settings;
    const { trace } = this;
    if (!traceHeader || trace === undefined) return undefined;
    const value = traceHeader.toLowerCase() === "traceresponse" ? formatTraceparent(trace) : trace.traceId;
    return value ? [traceHeader, value] : undefined;
  }

  /** Lets the request in the program know what is logged of it. */
  mark(request: object): void {
    try {
      Reflect.defineProperty(request, key, { value: this, configurable: true, writable: true });
    } catch {
      // a Proxy that refuses: enrichRequest finds it by the context all the same
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  enrich(properties: object): boolean {
    if (!this.#isOver) this.#added = capture(properties, undefined, enrichSite).over(this.#added);
    return !this.#isOver;
  }

  /** Takes note of the status of a response whose body is still to be sent. */
  respond(statusCode: number): void {
    this.#responded = statusCode;
  }

  /** Logs that the client has left, unless the work was over. */
  abort(): void {
    this.complete({ statusCode: this.#responded ?? clientLeft, isAborted: true });
  }

  /** Logs that it is over; only the first end counts. Never throws. */
  complete(completion: Completion): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      const around = current();
      const isOutside = around === undefined && this.#around === undefined;
      const write = (isOutside: boolean): void => {
        if (this.#span === undefined) this.#write(completion, isOutside);
        else this.#span.end((end) => this.#write(completion, isOutside, end), isFailure(completion));
      };
      if (around === this || isOutside) write(isOutside);
      else runInContext(this, () => write(false), "requests have no context of their own"); // another's must not be on its event
    } catch (failure) {
      report({ code: "request-log-failed", message: `A request could not be logged: ${describeThrown(failure)}` });
    }
  }

  #write({ statusCode, bytes, error, isAborted = false }: Completion, isOutside: boolean, end: SpanEnd = {}): void {
    const { id, method, path, template, properties } = this.about;
    const { logger, now } = this.#settings;
    const elapsedMs = Math.round((now() - this.#startedMs) * 10_000) / 10_000;
    const { values, error: added } = this.#added;
    const thrown = error ?? added?.thrown;
    const level = this.#levelOf({ method, path, statusCode, elapsedMs, error: thrown, isAborted }, error !== undefined);
    if (level === "off" || !logger.isEnabled(level)) return;
    const all = this.about.ending(statusCode); // filled one by one: spreads take some microseconds
    all["Elapsed"] = elapsedMs;
    if (isOutside) all["RequestId"] = id; // a name that the context has, too, costs more than all others
    for (const name in properties) all[name] = properties[name];
    if (bytes !== undefined) all["ResponseBytes"] = bytes;
    if (isAborted) all["Aborted"] = true;
    if (this.#added !== nothing) { for (const name in values) define(all, name, values[name]); }
    if (this.trace !== undefined) {
      const failure = thrown === undefined ? undefined : { thrown, exception: readException(thrown) };
      const own = loggerInside(logger)?.take(template, all, failure) ?? capture(all, { error: failure });
      writeSpanEvent(logger, { level, messageTemplate: template, own, trace: this.trace, end });
    } else if (thrown === undefined) logger.log(level, template, all);
    else logger.write({ level, messageTemplate: template, properties: all, error: thrown });
  }

  /** The level of its event; a function of the caller's that fails is told, and the usual level taken. */
  #levelOf(completed: CompletedRequest, isThrown: boolean): Threshold {
    const { levelOf } = this.#settings;
    const usual = isThrown || completed.statusCode >= 500 ? "error" : "info"; // as Serilog's request logging has it
    if (this.#isSkipped) return "off";
    if (levelOf === undefined) return usual;
    return this.#asks(() => levels[requireRank(levelOf(completed))] ?? "off") ?? usual;
  }

  /** What a function of the caller's returns; `undefined` where it fails, which is reported. */
  #asks<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (failure) {
      report({ code: "request-log-failed", message: `The options level or skip of a request log failed: ${describeThrown(failure)}` });
      return undefined;
    }
  }
}

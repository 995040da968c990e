/** What happened: one event, as handlers and filters see it. */

import { readException } from "./exception.ts";
import { freeze } from "./frozen_data.ts";
import { type Level, levels, parseRank } from "./level.ts";
import { type MessageTemplate, parseTemplate, renderMessage } from "./message_template.ts";
import { eventClock, tick } from "./event_clock.ts";
import { capture, type Captured, type Shape, type Thrown } from "./properties.ts";
import { readSpan, type SpanFields, type SpanInit, spanInitOf, toTime } from "./span_fields.ts";
import { type Trace, traceOf } from "./trace_context.ts";

/** One event of the log: plain data taken when it was logged, which nothing changes later. */
export interface LogEvent extends SpanInit {
  /** When it happened, in milliseconds since 1970-01-01 UTC; below the year 2020 where the runtime has no clock yet. */
  readonly timestampMs: number;
  /** 100-nanosecond units within the millisecond, 0 to 9999: they keep a burst in its order. */
  readonly ticks?: number | undefined;
  /** How severe it is. */
  readonly level: Level;
  /** The dotted name of the logger; `""` is the root. */
  readonly loggerName: string;
  /** The message template, untouched (messagetemplates.org). */
  readonly messageTemplate: string;
  /** The properties of the call, the logger and the context; the nearest has won. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** What was thrown: usually an Error, and any value where a program throws such. */
  readonly error?: unknown;
  /** The trace's id, 32 lower-case hexadecimal digits (W3C Trace Context): a property's, else that of the trace it was logged in. */
  readonly traceId?: string | undefined;
  /** The span's id, 16 lower-case hexadecimal digits (W3C Trace Context): a property's, else that of the nearest span. */
  readonly spanId?: string | undefined;
  /** The event type (`@i`), where it is not to be computed from the template. */
  readonly eventType?: number | string | undefined;
  /** The template with the properties filled in, as Seq shows it. */
  readonly message: string;
  /** The text of `@x`: the error's stack, own fields and causes. */
  readonly exception?: string;
}

/** An event to be written as it is: for adapters and replay. */
export interface LogEventInit extends SpanInit {
  /** Milliseconds since 1970-01-01 UTC; a fraction is kept to 100 ns. Default: now. */
  readonly timestampMs?: number | undefined;
  /** 100-nanosecond units within the millisecond, 0 to 9999. Default: the fraction of `timestampMs`. */
  readonly ticks?: number | undefined;
  /** Any alias of a level. Default: `"info"`. */
  readonly level?: Level | undefined;
  /** Default: the name of the logger it is written to. */
  readonly loggerName?: string | undefined;
  /** Default: `message`, escaped, so that it stands for itself. */
  readonly messageTemplate?: string | undefined;
  /** The text of an event without a template. */
  readonly message?: string | undefined;
  /** Properties by name; those that the logger is bound to stand under them. Default: none. */
  readonly properties?: object | undefined;
  /** Any thrown value; text becomes `@x` as it is. Default: none. */
  readonly error?: unknown;
  /** The trace's id, 32 lower-case hexadecimal digits; any other text is written as a property. Default: none. */
  readonly traceId?: string | undefined;
  /** The span's id, 16 lower-case hexadecimal digits; any other text is written as a property. Default: none. */
  readonly spanId?: string | undefined;
  /** The event type (`@i`): an unsigned 32-bit number or a text. Default: Seq computes it from the template. */
  readonly eventType?: number | string | undefined;
  /** Whether it happened in another process: then it does not carry the properties of this machine and process, such as `MachineName`. Default: false. */
  readonly isForeign?: boolean | undefined;
}

/** What all events of one logger's name have in common. */
export interface Scope {
  readonly loggerName: string;
  /** Where encoders keep what they made of this scope, each under its own key. */
  readonly cache?: Map<unknown, unknown>;
  /** The names that loggers of this name were last bound to. */
  shape?: Shape;
}

/** Says whether an event was acknowledged by a server; rejects with the reason. */
export type Acknowledgement = () => Promise<void>;

/** What a record takes from an event as it was handed in, or from the record that it stands in place of. */
export interface RecordOrigin extends Pick<LogEventInit, "timestampMs" | "ticks" | "eventType"> {
  readonly isPrinted?: boolean | undefined;
  readonly acknowledgements?: Acknowledgement[] | undefined;
}

/** What a record is made of. */
export interface RecordParts {
  readonly rank: number;
  readonly template: MessageTemplate;
  readonly scope: Scope;
  readonly own: Captured;
  readonly error?: Thrown | undefined;
  readonly bound?: Captured | undefined;
  readonly context?: Captured | undefined;
  readonly globals?: Captured | undefined;
  readonly live?: Captured | undefined;
  /** The trace that it belongs to, and what makes it a span of that. */
  readonly trace?: Trace | undefined;
  readonly span?: SpanFields | undefined;
  /** Default: an event that happens now. */
  readonly origin?: RecordOrigin | undefined;
}

/** An event while it is handled, with what the encoder wants to know of its making; user code sees its {@linkcode LogEvent}. */
export class EventRecord {
  readonly rank: number;
  readonly template: MessageTemplate;
  readonly scope: Scope;
  /** The properties of the call. */
  readonly own: Captured;
  /** The properties that the logger was bound to, and those of the context it was logged in. */
  readonly bound: Captured | undefined;
  readonly context: Captured | undefined;
  /** The global properties that stand fast, and those that were asked for this event. */
  readonly globals: Captured | undefined;
  readonly live: Captured | undefined;
  readonly error: Thrown | undefined;
  /** The trace that it belongs to, unless its properties name another; and what makes it a span. */
  readonly trace: Trace | undefined;
  readonly span: SpanFields | undefined;
  readonly timestampMs: number;
  readonly ticks: number;
  readonly eventType: number | string | undefined;
  /** Whether it stands on the console already: it was a call of the console's. */
  isPrinted: boolean;
  /** Where handlers offer to say that the event is acknowledged, if the call waits for that. */
  readonly acknowledgements: Acknowledgement[] | undefined;
  /** The line that an encoder has made of it, for others of the same shape. */
  line: string;
  shape: unknown;
  #event: LogEvent | undefined;

  constructor({ rank, template, scope, own, error, bound, context, globals, live, trace, span, origin }: RecordParts) {
    this.rank = rank;
    this.template = template;
    this.scope = scope;
    this.own = own;
    this.bound = bound;
    this.context = context;
    this.globals = globals;
    this.live = live;
    this.error = error;
    this.trace = trace;
    this.span = span;
    const timestampMs = origin?.timestampMs;
    if (timestampMs !== undefined && Number.isFinite(timestampMs)) {
      const time = toTime(timestampMs, origin?.ticks);
      this.timestampMs = time.timestampMs;
      this.ticks = time.ticks;
    } else {
      tick();
      this.timestampMs = eventClock.timestampMs;
      this.ticks = eventClock.ticks;
    }
    this.eventType = origin?.eventType;
    this.isPrinted = origin?.isPrinted === true;
    this.acknowledgements = origin?.acknowledgements;
    this.line = "";
    this.shape = undefined;
  }

  /** The properties of the call, the logger and the context; the nearest has won. */
  get properties(): Captured {
    return this.own.over(this.bound).over(this.context);
  }

  /** The event as user code sees it: plain data, complete, so that it can be spread. */
  get event(): LogEvent {
    if (this.#event === undefined) records.set(this.#event = toEvent(this), this);
    return this.#event;
  }
}

function toEvent({ rank, template, scope, properties, error, trace, span, timestampMs, ticks, eventType }: EventRecord): LogEvent {
  const { values, special } = properties;
  let message: string | undefined;
  return Object.freeze({
    timestampMs,
    ticks,
    level: levels[rank] ?? "info",
    loggerName: scope.loggerName,
    messageTemplate: template.text,
    properties: freeze(values),
    ...(error && { error: error.thrown, exception: error.exception.text }),
    ...idsOf(trace, span === undefined && special ? traceOf(values) : {}),
    ...(span && spanInitOf(span)),
    ...(eventType !== undefined && { eventType }),
    get message() {
      return (message ??= renderMessage(template, values));
    },
  });
}

/** The ids of an event: those that its properties name, else those of the trace it was logged in. */
function idsOf(trace: Trace | undefined, given: { traceId?: string; spanId?: string }): { traceId?: string; spanId?: string } {
  if (trace === undefined || given.traceId !== undefined) return given;
  const { traceId, spanId } = trace;
  return { ...(traceId && { traceId }), ...(spanId && { spanId }), ...given };
}

/** The records of the events that user code sees. */
const records = new WeakMap<LogEvent, EventRecord>();

/** Makes a record of an event of any make: one that a filter has changed, or that a program hands on. Its message follows from its template. */
export function toRecord(event: LogEvent, before?: EventRecord): EventRecord {
  const known = records.get(event);
  if (known !== undefined) return known;
  const { properties, loggerName, messageTemplate, level, traceId, spanId } = event;
  const told = before?.error;
  const error = event.error === told?.thrown && event.exception !== told?.exception.text ? event.exception : event.error;
  const isReported = told !== undefined && error === told.thrown;
  const thrown = isReported ? told : error === undefined ? undefined : { thrown: error, exception: readException(error) };
  const isSame = before?.trace !== undefined && before.trace.traceId === traceId && before.trace.spanId === (spanId ?? "");
  const { trace, span } = readSpan(event) ?? { trace: isSame ? before.trace : undefined };
  const ids = trace === undefined ? { ...(traceId && { traceId }), ...(spanId && { spanId }) } : {};
  const own = capture(ids).over(capture(properties, { error: thrown, fillsException: false })); // never spread: its code may throw
  const { timestampMs, ticks, eventType } = event;
  return new EventRecord({
    rank: parseRank(level) ?? 2,
    template: parseTemplate(messageTemplate),
    scope: before?.scope.loggerName === loggerName ? before.scope : { loggerName },
    own,
    error: thrown,
    globals: before?.globals,
    live: before?.live,
    trace,
    span,
    origin: { timestampMs, ticks, eventType, isPrinted: before?.isPrinted, acknowledgements: before?.acknowledgements },
  });
}

/** Doubles the braces of a text, so that as a template it stands for itself. */
export function escapeTemplate(text: string): string {
  return text.replace(/[{}]/g, "$&$&");
}

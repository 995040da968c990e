/** Declares one event as handlers and filters see it, and the internal record of it. */

import type { Shape } from "./bag_shape.ts";
import { capture, type Captured, type Thrown } from "./properties.ts";
import { readException } from "./exception.ts";
import { freeze } from "./frozen_data.ts";
import { type Level, levels, parseRank } from "./level.ts";
import { type MessageTemplate, parseTemplate, renderMessage } from "./message_template.ts";
import { eventClock, tick } from "./event_clock.ts";
import { textOf } from "./plain_data.ts";
import { readSpan, type SpanFields, type SpanInit, spanInitOf, toTime } from "./span_fields.ts";
import { type Trace, traceOf } from "./trace_context.ts";

/** One event of the log: plain data, captured by the log call and not changed later. */
export interface LogEvent extends SpanInit {
  /** The time, in milliseconds since 1970-01-01 UTC; before the year 2020 if the runtime has no clock yet. */
  readonly timestampMs: number;
  /** 100-nanosecond units within the millisecond, 0 to 9999. They keep the order of a burst. */
  readonly ticks?: number | undefined;
  /** The severity. */
  readonly level: Level;
  /** The dotted name of the logger; `""` is the root. */
  readonly loggerName: string;
  /** The message template, unchanged (messagetemplates.org). */
  readonly messageTemplate: string;
  /** The properties of the call, the logger and the context. Call properties hide logger properties, which hide context properties. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The thrown value: usually an Error, but any value that a program throws. */
  readonly error?: unknown;
  /** The trace's id, 32 lower-case hexadecimal digits (W3C Trace Context), from a property or else the current trace. */
  readonly traceId?: string | undefined;
  /** The span's id, 16 lower-case hexadecimal digits (W3C Trace Context), from a property or else the current span. */
  readonly spanId?: string | undefined;
  /** The event type (`@i`), if Seq should not compute it from the template. */
  readonly eventType?: number | string | undefined;
  /** The template with its holes filled, as Seq shows it. */
  readonly message: string;
  /** The text of `@x`: the error's stack, own fields and causes. */
  readonly exception?: string;
}

/** An event that is written with its own time and level, as adapters and replay need it. */
export interface LogEventInit extends SpanInit {
  /** Milliseconds since 1970-01-01 UTC; a fraction is kept to 100 ns. Default: now. */
  readonly timestampMs?: number | undefined;
  /** 100-nanosecond units within the millisecond, 0 to 9999. Default: the fraction of `timestampMs`. */
  readonly ticks?: number | undefined;
  /** Any alias of a level. Default: `"info"`. */
  readonly level?: Level | undefined;
  /** Default: the name of the logger that writes the event. */
  readonly loggerName?: string | undefined;
  /** The message template. Default: `message`, escaped so that it shows unchanged. */
  readonly messageTemplate?: string | undefined;
  /** The message of an event without a template. */
  readonly message?: string | undefined;
  /** Properties by name; they hide the logger's bound properties. Default: none. */
  readonly properties?: object | undefined;
  /** Any thrown value; a text becomes `@x` unchanged. Default: none. */
  readonly error?: unknown;
  /** The trace's id, 32 lower-case hexadecimal digits; any other text is written as a property. Default: none. */
  readonly traceId?: string | undefined;
  /** The span's id, 16 lower-case hexadecimal digits; any other text is written as a property. Default: none. */
  readonly spanId?: string | undefined;
  /** The event type (`@i`): an unsigned 32-bit number or a text. Default: Seq computes it from the template. */
  readonly eventType?: number | string | undefined;
  /**
   * Whether the event happened in another process. It then gets no properties of this machine and process, such as `MachineName`. Default:
   * false.
   */
  readonly isForeign?: boolean | undefined;
}

/** What all events of one logger name share. */
export interface Scope {
  readonly loggerName: string;
  /** What encoders cache for this name, each under its own key. */
  readonly cache?: Map<unknown, unknown>;
  /** The names of the properties last bound to a logger of this name. */
  shape?: Shape;
}

/** Resolves once a server has acknowledged the event; rejects with the reason if the server does not. */
export type Acknowledgement = () => Promise<void>;

/** What a record copies from the given event, or from the record that it replaces. */
export interface RecordOrigin extends Pick<LogEventInit, "timestampMs" | "ticks" | "eventType"> {
  readonly isPrinted?: boolean | undefined;
  readonly acknowledgements?: Acknowledgement[] | undefined;
}

/** The parts of a record. */
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
  /** The trace of the event, and its span fields if it is a span. */
  readonly trace?: Trace | undefined;
  readonly span?: SpanFields | undefined;
  /** Default: an event that happens now. */
  readonly origin?: RecordOrigin | undefined;
}

/** The internal form of an event while handlers process it, with what encoders need. User code sees the {@linkcode LogEvent}. */
export class EventRecord {
  declare readonly rank: number;
  declare readonly template: MessageTemplate;
  declare readonly scope: Scope;
  /** The properties of the call. */
  declare readonly own: Captured;
  /** The properties bound to the logger, and the properties of the context. */
  declare readonly bound: Captured | undefined;
  declare readonly context: Captured | undefined;
  /** The fixed global properties, and the global properties computed for this event. */
  declare readonly globals: Captured | undefined;
  declare readonly live: Captured | undefined;
  declare readonly error: Thrown | undefined;
  /** The trace of the event, unless its properties name another trace, and its span fields if it is a span. */
  declare readonly trace: Trace | undefined;
  declare readonly span: SpanFields | undefined;
  declare readonly timestampMs: number;
  declare readonly ticks: number;
  declare readonly eventType: number | string | undefined;
  /** Whether the console already shows the event, because it came from a captured console call. */
  declare isPrinted: boolean;
  /** Where handlers add their {@linkcode Acknowledgement}; `undefined` unless the call waits for one. */
  declare readonly acknowledgements: Acknowledgement[] | undefined;
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
    const type = origin?.eventType;
    this.eventType = type === undefined || isEventType(type) ? type : textOf(type);
    this.isPrinted = origin?.isPrinted === true;
    this.acknowledgements = origin?.acknowledgements;
  }

  /** The properties of the event, merged. */
  get properties(): Captured {
    return this.own.over(this.bound).over(this.context);
  }

  /** The event as user code sees it: a plain object with all fields, so that it can be spread. */
  get event(): LogEvent {
    if (this.#event === undefined) records.set(this.#event = toEvent(this), this);
    return this.#event;
  }
}

/** Seq accepts a string or an unsigned 32-bit number, and rejects a batch with anything else. */
export function isEventType(type: unknown): type is string | number {
  return typeof type === "string" || (typeof type === "number" && type >>> 0 === type);
}

function toEvent(record: EventRecord): LogEvent {
  const { rank, template, scope, properties, error, trace, span, timestampMs, ticks, eventType } = record;
  const { values } = properties;
  let message: string | undefined;
  return Object.freeze({
    timestampMs,
    ticks,
    level: levels[rank] ?? "info",
    loggerName: scope.loggerName,
    messageTemplate: template.text,
    properties: freeze(values),
    ...(error && { error: error.thrown, exception: error.exception.text }),
    ...idsOf(trace, span === undefined ? idsIn([record.live, record.globals, properties]) : {}),
    ...(span && spanInitOf(span)),
    ...(eventType !== undefined && { eventType }),
    get message() {
      return (message ??= renderMessage(template, values));
    },
  });
}

/** Returns the ids among properties. If several layers have ids, the last layer decides. */
function idsIn(layers: readonly (Captured | undefined)[]): { traceId?: string; spanId?: string } {
  return Object.assign({}, ...layers.map((layer) => layer?.special && traceOf(layer.values)));
}

/** Returns the ids of an event: from its properties, else from its trace. */
function idsOf(trace: Trace | undefined, given: { traceId?: string; spanId?: string }): { traceId?: string; spanId?: string } {
  if (trace === undefined || given.traceId !== undefined) return given;
  const { traceId, spanId } = trace;
  return { ...(traceId && { traceId }), ...(spanId && { spanId }), ...given };
}

/** The records of the events that user code has seen. */
const records = new WeakMap<LogEvent, EventRecord>();

/** Returns the record of any event, including one that a filter changed or a program created. The message is computed from the template. */
export function toRecord(event: LogEvent, before?: EventRecord): EventRecord {
  const known = records.get(event);
  if (known !== undefined) return known;
  const { properties, loggerName, messageTemplate, level, traceId, spanId } = event;
  const reported = before?.error;
  const error = event.error === reported?.thrown && event.exception !== reported?.exception.text ? event.exception : event.error;
  const isReported = reported !== undefined && error === reported.thrown;
  const thrown = isReported ? reported : error === undefined ? undefined : { thrown: error, exception: readException(error) };
  const isSame = before?.trace !== undefined && before.trace.traceId === traceId && before.trace.spanId === (spanId ?? "");
  const { trace, span } = readSpan(event) ?? { trace: isSame ? before.trace : undefined };
  const ids = trace === undefined ? { ...(traceId && { traceId }), ...(spanId && { spanId }) } : {};
  const own = capture(ids).over(capture(properties, { error: thrown, fillsException: false })); // a spread of them could throw
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

/** Returns a template that shows the text unchanged: its braces are doubled. */
export function escapeTemplate(text: string): string {
  return text.replace(/[{}]/g, "$&$&");
}

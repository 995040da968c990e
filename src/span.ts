/** Decides a span's place in its trace, its start and end, and whether it writes an event. */

import { type Context, current, traceIn } from "./context.ts";
import { currentSpanClock, type EventTime, type SpanClock, ticksOf } from "./event/event_clock.ts";
import { makeId } from "./event/new_trace.ts";
import type { Captured } from "./event/properties.ts";
import { type SpanEvent, type SpanFields, type SpanKind, toInit } from "./event/span_fields.ts";
import { toTrace, Trace, type TraceContext } from "./event/trace_context.ts";
import { loggerInside } from "./logger.ts";
import type { Logger } from "./logger_face.ts";
import { shared } from "./runtime/global_state.ts";
import { openTelemetry } from "./runtime/open_telemetry.ts";

/** The input from which a span begins. */
export interface SpanBeginning {
  readonly kind: SpanKind;
  /** The message template, which is also the span's name. */
  readonly template: string;
  /** The parent's place in a trace; null begins a new trace. Default: the caller's span. */
  readonly parent?: TraceContext | null | undefined;
  /** When the span began, in milliseconds since 1970-01-01 UTC. Default: now. */
  readonly startMs?: number | undefined;
  /** What `performance.now()` has just returned, if the caller has called it. */
  readonly reading?: number | undefined;
  /** Properties known at the beginning, as input to sampling. */
  readonly properties?: object | undefined;
}

/** Receives the end of a span. */
export interface SpanOwner {
  /** Called once, with the span if it is recorded. */
  writeEnd(span: ActiveSpan | undefined): void;
}

/** Decides which traces are recorded; the entry ./tracing sets it. */
export interface Sampling {
  /** Returns whether a trace that begins here is recorded. */
  readonly isSampled?: (beginning: SpanBeginning, trace: { readonly traceId: string }) => boolean;
  /** Receives the ended spans of unsampled traces, and calls their owners once it has decided. */
  readonly hold?: (span: ActiveSpan, owner: SpanOwner, isFailed: boolean) => void;
}

interface InForce {
  sampling?: Sampling;
}

let inForce: InForce | undefined;

/** Returns the sampling settings of this process. */
export function samplingInForce(): InForce {
  return (inForce ??= shared<InForce>("sampling", () => ({})));
}

/**
 * Returns whether OpenTelemetry creates the spans of this process. If so, this library creates none, and its events carry the ids of
 * OpenTelemetry's spans.
 */
export function isTracedElsewhere(): boolean {
  return openTelemetry()?.trace !== undefined;
}

const noParts = {};

/** A span that has begun. If it is recorded, its events and child spans inherit it as their place in the trace. */
export class ActiveSpan extends Trace implements SpanFields, EventTime {
  /** The place that events and child spans inherit; `undefined` where nothing creates traces. */
  declare readonly place: Trace | undefined;
  declare readonly spanKind: SpanKind;
  declare readonly parentId: string | undefined;
  resource: Captured | undefined = undefined;
  /** On the first span of a trace in this process: its ended spans, until the sampler decides. Only the sampler uses this field. */
  held: unknown = undefined;
  readonly #hold: Sampling["hold"];
  /** The clock of the span's times, which are counted from the clock's anchor; `undefined` if the span is not recorded. */
  #clock: SpanClock | undefined = undefined;
  #start = 0;
  #end = 0;
  /** How far the start was moved to keep events in order. The end moves as far, so that the duration is true. */
  #shift = 0;

  /** @param around The context in which the span begins. */
  constructor(beginning: SpanBeginning, around: Context | undefined = current()) {
    const { kind, parent = traceIn(around), startMs } = beginning;
    const { sampling } = samplingInForce();
    const isElsewhere = isTracedElsewhere();
    const isFollowed = parent && !isElsewhere && (parent.isSampled || sampling?.hold !== undefined);
    super(isFollowed ? { traceId: parent.traceId, isSampled: parent.isSampled, traceState: parent.traceState } : noParts);
    if (!parent && !isElsewhere) this.isSampled = sampling?.isSampled?.(beginning, this) ?? true;
    this.#hold = this.isSampled ? undefined : sampling?.hold;
    this.spanKind = kind;
    this.parentId = parent?.spanId || undefined;
    if (parent ? !isFollowed : isElsewhere || !(this.isSampled || this.#hold)) {
      this.place = parent ? toTrace(parent) : isElsewhere ? undefined : this;
      return;
    }
    this.place = this;
    const local = this.local = (parent as Partial<Trace> | undefined)?.local as ActiveSpan | undefined ?? this;
    const reading = beginning.reading ?? performance.now();
    const clock = this.#clock = local.#clock?.isSet ? local.#clock : currentSpanClock(reading);
    const units = startMs === undefined ? clock.unitsAt(reading) : Math.round((startMs - clock.msOf(0)) * 10_000);
    this.#start = startMs === undefined ? clock.inOrder(units) : units;
    this.#shift = this.#start - units;
  }

  override makeId(length: number): string {
    return makeId(length);
  }

  /** Whether the span may write an event. */
  get isRecorded(): boolean {
    return this.#clock !== undefined;
  }

  get spanStart(): number {
    return this.#clock!.msOf(this.#start);
  }

  get spanStartTicks(): number {
    return ticksOf(this.#start);
  }

  get timestampMs(): number {
    return this.#clock!.msOf(this.#end);
  }

  get ticks(): number {
    return ticksOf(this.#end);
  }

  get elapsedMs(): number {
    return (this.#end - this.#start) / 10_000;
  }

  /**
   * Ends the span. Its owner writes the event now, or when the sampler decides whether the trace is recorded.
   *
   * @param reading What `performance.now()` has just returned.
   */
  end(owner: SpanOwner, isFailed: boolean, reading: number = performance.now()): void {
    if (this.#clock === undefined) return owner.writeEnd(undefined);
    const { isSet } = this.#clock;
    const clock = isSet ? this.#clock : currentSpanClock(reading);
    this.#end = clock.inOrder(clock.unitsAt(reading) + this.#shift);
    if (!isSet) this.#start = this.#end; // the span began at a Worker's module scope, where clocks stand still
    this.#clock = clock;
    if (this.#hold === undefined) owner.writeEnd(this);
    else this.#hold(this, owner, isFailed);
  }
}

/** Writes the event of an ended span. Without ids it is an ordinary event, because a Worker's module scope cannot make ids. */
export function writeSpanEvent(logger: Logger, event: SpanEvent): void {
  const made = event.trace?.traceId === "" ? { ...event, span: undefined } : event;
  const inside = loggerInside(logger);
  if (inside === undefined) logger.write(toInit(made));
  else inside.writeSpan(made);
}

/** Decides a span's place in its trace, its start and end, and whether it writes an event. */

import { currentTrace } from "./context.ts";
import { SpanClock } from "./event/event_clock.ts";
import { type SpanEnd, SpanEvent, type SpanEventParts, type SpanKind, toInit } from "./event/span_fields.ts";
import { Trace, type TraceContext } from "./event/trace_context.ts";
import { loggerInside } from "./logger.ts";
import type { Logger } from "./logger_face.ts";
import { shared } from "./runtime/global_state.ts";
import { openTelemetry } from "./runtime/open_telemetry.ts";

/** What a caller provides to begin a span. */
export interface SpanBeginning {
  readonly kind: SpanKind;
  /** The message template, which is also the span's name. */
  readonly template: string;
  /** The parent's place in a trace; null begins a new trace. Default: the caller's span. */
  readonly parent?: TraceContext | null | undefined;
  /** When it began, in milliseconds since 1970-01-01 UTC. Default: now. */
  readonly startMs?: number | undefined;
  /** Properties known at the beginning, as input to sampling. */
  readonly properties?: object | undefined;
}

/** The state that the spans of one trace share in this process. */
export class LocalTrace extends SpanClock {
  /** The ended spans that wait for a sampling decision; only the sampler reads and writes it. */
  held: unknown;
}

/** A span that has ended before the sampler decides whether its trace is recorded. */
export interface Undecided {
  readonly local: LocalTrace;
  /** Whether it was the first span of its trace in this process; its end triggers the decision. */
  readonly isFirst: boolean;
  readonly isFailed: boolean;
  readonly elapsedMs: number;
  readonly settle: (isRecorded: boolean) => void;
}

/** Decides which traces are recorded; the entry ./tracing sets it. */
export interface Sampling {
  /** Returns whether a trace that begins here is recorded. */
  readonly isSampled?: (beginning: SpanBeginning, traceId: () => string) => boolean;
  /** Receives the ended spans of unsampled traces and decides later whether to write them. */
  readonly hold?: (span: Undecided) => void;
}

/** Returns the sampling settings of this process. */
export function samplingInForce(): { sampling?: Sampling } {
  return shared("sampling", () => ({}));
}

/**
 * Returns whether OpenTelemetry creates the spans of this process. Then this library creates none, and its events carry OpenTelemetry's
 * ids.
 */
export function isTracedElsewhere(): boolean {
  return openTelemetry()?.trace !== undefined;
}

/** A span that has begun and not yet ended. */
export class ActiveSpan {
  /** The place that events and child spans inherit; `undefined` where nothing creates traces. */
  readonly trace: Trace | undefined;
  readonly #local: LocalTrace | undefined;
  readonly #kind: SpanKind;
  readonly #parentId: string | undefined;
  readonly #start: number;
  readonly #isFirst: boolean;
  readonly #hold: Sampling["hold"];

  constructor(beginning: SpanBeginning) {
    const { kind, parent = currentTrace(), startMs } = beginning;
    const { sampling } = samplingInForce();
    const local = parent instanceof Trace ? parent.local as LocalTrace | undefined : undefined;
    const isElsewhere = isTracedElsewhere();
    let traceId = parent?.traceId;
    const isSampled = parent?.isSampled ?? sampling?.isSampled?.(beginning, () => (traceId ??= new Trace({}).traceId)) ?? true;
    this.#hold = isSampled ? undefined : sampling?.hold;
    const isRecorded = !isElsewhere && (isSampled || this.#hold !== undefined);
    this.#kind = kind;
    this.#isFirst = local === undefined;
    this.#local = isRecorded ? (local ?? new LocalTrace()) : undefined;
    this.#parentId = parent?.spanId || undefined;
    this.#start = this.#local === undefined ? 0 : startMs === undefined ? this.#local.now() : this.#local.unitsOf(startMs);
    if (isRecorded) this.trace = new Trace({ traceId, isSampled, traceState: parent?.traceState, local: this.#local });
    else if (parent) this.trace = parent instanceof Trace ? parent : new Trace(parent);
    else this.trace = isElsewhere ? undefined : new Trace({ traceId, isSampled });
  }

  /** Whether the span may write an event. */
  get isRecorded(): boolean {
    return this.#local !== undefined;
  }

  /** Ends the span. Calls `write` once with the span's fields: now, or when the sampler decides whether the trace is recorded. */
  end(write: (end: SpanEnd) => void, isFailed: boolean): void {
    const local = this.#local;
    if (local === undefined) return write({});
    const now = local.now();
    const end: SpanEnd = {
      span: { start: local.timeOf(this.#start), parentId: this.#parentId, kind: this.#kind },
      end: local.timeOf(now),
    };
    if (this.#hold === undefined) return write(end);
    const settle = (isRecorded: boolean): void => write(isRecorded ? end : {});
    this.#hold({ local, isFirst: this.#isFirst, isFailed, elapsedMs: (now - this.#start) / 10_000, settle });
  }
}

/** Writes the event of an ended span. */
export function writeSpanEvent(logger: Logger, parts: SpanEventParts): void {
  const event = new SpanEvent(parts);
  logger.write(loggerInside(logger) === undefined ? toInit(event) : event);
}

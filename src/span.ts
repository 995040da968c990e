/** Spans under way: where in a trace each stands, and when it began. */

import { currentTrace } from "./context.ts";
import { SpanClock } from "./event/event_clock.ts";
import { type SpanEnd, SpanEvent, type SpanEventParts, type SpanKind, toInit } from "./event/span_fields.ts";
import { Trace, type TraceContext } from "./event/trace_context.ts";
import { loggerInside } from "./logger.ts";
import type { Logger } from "./logger_face.ts";
import { shared } from "./runtime/global_state.ts";
import { openTelemetry } from "./runtime/open_telemetry.ts";

/** What a span is begun with. */
export interface SpanBeginning {
  readonly kind: SpanKind;
  /** The message template: what the span is called. */
  readonly template: string;
  /** The place below which it stands; null for the beginning of a new trace. Default: that of the caller. */
  readonly parent?: TraceContext | null | undefined;
  /** When it began, in milliseconds since 1970-01-01 UTC. Default: now. */
  readonly startMs?: number | undefined;
  /** What is known of it, for whoever samples. */
  readonly properties?: object | undefined;
}

/** What the spans of one trace in this process have in common. */
export class LocalTrace extends SpanClock {
  /** Where spans wait that are recorded only if something happens; its owner is whoever samples. */
  held: unknown;
}

/** A span that is over, while it is not decided whether its trace is recorded. */
export interface Undecided {
  readonly local: LocalTrace;
  /** Whether it was the first of its trace in this process, with which the decision falls. */
  readonly isFirst: boolean;
  readonly isFailed: boolean;
  readonly elapsedMs: number;
  readonly settle: (isRecorded: boolean) => void;
}

/** Which traces are recorded; the entry ./tracing sets it. */
export interface Sampling {
  /** Whether a trace that begins here is recorded. */
  readonly isSampled?: (beginning: SpanBeginning, traceId: () => string) => boolean;
  /** Takes the spans of traces that are not sampled, and decides later. */
  readonly hold?: (span: Undecided) => void;
}

/** What is in force in this process. */
export function samplingInForce(): { sampling?: Sampling } {
  return shared("sampling", () => ({}));
}

/** Whether another library makes the spans of this process: then this one makes none, and its events carry that one's ids. */
export function isTracedElsewhere(): boolean {
  return openTelemetry()?.trace !== undefined;
}

/** A span under way. */
export class ActiveSpan {
  /** Its place, which events and spans within it have; `undefined` where nobody traces. */
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

  /** Whether there may be an event of it. */
  get isRecorded(): boolean {
    return this.#local !== undefined;
  }

  /** Ends it: `write` is called once, now or when it is decided whether the trace is recorded, with what its event says of the span. */
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

/** Writes the event of a span that is over. */
export function writeSpanEvent(logger: Logger, parts: SpanEventParts): void {
  const event = new SpanEvent(parts);
  logger.write(loggerInside(logger) === undefined ? toInit(event) : event);
}

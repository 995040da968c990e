/** Decides the times of events and spans: one order for the whole process, and exact durations. */

/** 100-nanosecond units in a millisecond. */
const ticksPerMs = 10_000;
/** How far timestamps of a burst may run ahead of the clock. If they are further ahead, the clock was set back, and they follow it. */
const maxLeadMs = 1000;

/** A time: milliseconds since 1970-01-01 UTC, and 100-nanosecond units within the millisecond. */
export interface EventTime {
  readonly timestampMs: number;
  readonly ticks: number;
}

/** The time of the last event, and how often the clock was set back. */
export const eventClock = { timestampMs: 0, ticks: 0, setBacks: 0 };

/** Sets `eventClock` to a unique time for an event logged now, so that a burst keeps its order even if the clock stands still. */
export function tick(): void {
  const nowMs = Date.now();
  if (nowMs > eventClock.timestampMs) {
    eventClock.timestampMs = nowMs;
    eventClock.ticks = 0;
  } else if (isSetBack(nowMs)) {
    setBack(nowMs);
  } else if (++eventClock.ticks >= ticksPerMs) {
    eventClock.timestampMs++;
    eventClock.ticks = 0;
  }
}

const isSetBack = (nowMs: number): boolean => eventClock.timestampMs - nowMs > maxLeadMs;

function setBack(nowMs: number): void {
  eventClock.timestampMs = nowMs;
  eventClock.ticks = 0;
  eventClock.setBacks++;
}

/**
 * The clock of spans. It counts from one anchor and ignores later changes of the time of day, so that no span begins before its parent and
 * durations are exact. Until the time of day is set, the times of spans and events are in the order of the calls.
 */
export class SpanClock {
  /** The whole millisecond in which the clock began, and the value of `performance.now()` at its beginning. */
  readonly #anchorMs: number;
  readonly #anchor: number;
  /** The last time returned, in units since the anchor. */
  #last = 0;
  readonly #setBacks: number = eventClock.setBacks;

  /** @param reading What `performance.now()` returned when `Date.now()` returned `nowMs`. */
  constructor(reading: number, nowMs: number) {
    const leastMs = nowMs - reading; // Date.now() has whole milliseconds only
    const { timeOrigin } = performance;
    const originMs = timeOrigin >= leastMs && timeOrigin < leastMs + 1 ? timeOrigin : leastMs; // otherwise the time of day was set
    this.#anchorMs = Math.floor(originMs + reading);
    this.#anchor = this.#anchorMs - originMs;
  }

  /** Whether the runtime had a time of day when the clock began; a Worker's module scope has none. */
  get isSet(): boolean {
    return this.#anchorMs > 0;
  }

  /** Returns whether the clock still shows the time of day, compared in milliseconds. */
  agrees(reading: number, nowMs: number): boolean {
    const leadMs = this.#anchorMs - nowMs + reading - this.#anchor;
    return this.isSet && leadMs > -0.5 && leadMs < 1.5 && this.#setBacks === eventClock.setBacks;
  }

  /** Converts a value of `performance.now()` to units since the anchor. */
  unitsAt(reading: number): number {
    return Math.floor((reading - this.#anchor) * ticksPerMs);
  }

  /** Converts units since the anchor to whole milliseconds since 1970-01-01 UTC. */
  msOf(units: number): number {
    return this.#anchorMs + Math.floor(units / ticksPerMs);
  }

  /** Returns the time. If an earlier call or event has a later time, returns the time after that one, so that the order is kept. */
  inOrder(units: number): number {
    units = Math.max(this.#last, units);
    if (this.#setBacks === eventClock.setBacks) {
      const next = (eventClock.timestampMs - this.#anchorMs) * ticksPerMs + eventClock.ticks + 1;
      if (next > units && next - units <= maxLeadMs * ticksPerMs) units = next;
      if (units >= next) {
        eventClock.timestampMs = this.msOf(units);
        eventClock.ticks = ticksOf(units);
      }
    }
    return (this.#last = units);
  }
}

/** Returns the 100-nanosecond units of a time within its millisecond. */
export function ticksOf(units: number): number {
  return units - Math.floor(units / ticksPerMs) * ticksPerMs;
}

let spanClock: SpanClock | undefined;

/** Returns the clock of a trace that begins now: the clock of the previous trace, unless the time of day was set since. */
export function currentSpanClock(reading: number): SpanClock {
  const nowMs = Date.now();
  if (isSetBack(nowMs)) setBack(nowMs);
  if (!spanClock?.agrees(reading, nowMs)) spanClock = new SpanClock(reading, nowMs);
  return spanClock;
}

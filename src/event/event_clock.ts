/** Decides the times of events and spans: one order for the whole process, and exact durations. */

/** 100-nanosecond units in a millisecond. */
const ticksPerMs = 10_000;
/** How far timestamps of a burst may run ahead of the clock. A larger lead means that the clock was set back, and it is followed. */
const maxLeadMs = 1000;

/** A time: milliseconds since 1970-01-01 UTC, and 100-nanosecond units within the millisecond. */
export interface EventTime {
  readonly timestampMs: number;
  readonly ticks: number;
}

/** The time of the last event. */
export const eventClock = { timestampMs: 0, ticks: 0 };

/** Returns a unique time for an event logged now, so that a burst keeps its order even if the clock stands still. */
export function tick(): void {
  const nowMs = Date.now();
  if (nowMs > eventClock.timestampMs || eventClock.timestampMs - nowMs > maxLeadMs) {
    eventClock.timestampMs = nowMs;
    eventClock.ticks = 0;
  } else if (++eventClock.ticks >= ticksPerMs) {
    eventClock.timestampMs++;
    eventClock.ticks = 0;
  }
}

/**
 * The clock shared by the spans of a trace. It counts from one anchor and ignores later changes of the time of day, so that no span begins
 * before its parent and durations are exact. Until the time of day is set, its times and those of events are in the order of the calls.
 */
export class SpanClock {
  readonly #anchorMs: number;
  /** The value of `performance.now()` at the anchor. */
  #anchor: number;
  readonly #monotonicMs: () => number;
  /** The last time returned, in units since the anchor. */
  #last = 0;

  /** @param monotonicMs A clock that is never set back. */
  constructor(monotonicMs: () => number = () => performance.now()) {
    this.#monotonicMs = monotonicMs;
    this.#anchorMs = Date.now();
    const now = monotonicMs();
    const fraction = performance.timeOrigin + now - this.#anchorMs; // Date.now() has whole milliseconds only
    this.#anchor = fraction > 0 && fraction < 1 ? now - fraction : now;
  }

  /** Returns the time now, in units since the anchor. */
  now(): number {
    const { timestampMs, ticks } = eventClock;
    let now = Math.max(this.#last, Math.floor((this.#monotonicMs() - this.#anchor) * ticksPerMs));
    if (Math.abs(this.#anchorMs + now / ticksPerMs - Date.now()) <= maxLeadMs) {
      const next = (timestampMs - this.#anchorMs) * ticksPerMs + ticks + 1;
      if (next > now && next - now <= maxLeadMs * ticksPerMs) {
        if (this.#last === 0) this.#anchor -= (next - now) / ticksPerMs; // move the anchor, so that later spans keep their true duration
        now = next;
      }
      const ms = Math.floor(now / ticksPerMs);
      eventClock.timestampMs = this.#anchorMs + ms;
      eventClock.ticks = now - ms * ticksPerMs;
    }
    return (this.#last = now);
  }

  /** Converts milliseconds since 1970-01-01 UTC to units since the anchor. */
  unitsOf(timestampMs: number): number {
    return Math.round((timestampMs - this.#anchorMs) * ticksPerMs);
  }

  /** Converts units since the anchor to a time. */
  timeOf(units: number): EventTime {
    const ms = Math.floor(units / ticksPerMs);
    return { timestampMs: this.#anchorMs + ms, ticks: units - ms * ticksPerMs };
  }
}

/** When events happen: one order for all of a process, and exact durations for its spans. */

/** 100-nanosecond units in a millisecond. */
const ticksPerMs = 10_000;
/** How far the order of a burst may run ahead of the clock; beyond it the clock was set back, and is followed. */
const maxLeadMs = 1000;

/** A time: milliseconds since 1970-01-01 UTC, and 100-nanosecond units within the millisecond. */
export interface EventTime {
  readonly timestampMs: number;
  readonly ticks: number;
}

/** The time of the last event. */
export const eventClock = { timestampMs: 0, ticks: 0 };

/** The time of an event logged now: never the same twice, so that a burst keeps its order where the clock stands still. */
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
 * The clock of the spans that began together: it counts from one anchor, whatever becomes of the time of day, so that no span begins before its parent
 * or lasts shorter or longer than it did. While the time of day goes on, its times and those of events are in the order in which they were asked for.
 */
export class SpanClock {
  readonly #anchorMs: number;
  /** What `performance.now` said at the anchor. */
  #anchor: number;
  readonly #monotonicMs: () => number;
  /** The last time it gave, in units since the anchor. */
  #last = 0;

  /** @param monotonicMs A clock that is never set back. */
  constructor(monotonicMs: () => number = () => performance.now()) {
    this.#monotonicMs = monotonicMs;
    this.#anchorMs = Date.now();
    const now = monotonicMs();
    const fraction = performance.timeOrigin + now - this.#anchorMs; // the time of day has whole milliseconds only
    this.#anchor = fraction > 0 && fraction < 1 ? now - fraction : now;
  }

  /** The time now, in units since the anchor. */
  now(): number {
    const { timestampMs, ticks } = eventClock;
    let now = Math.max(this.#last, Math.floor((this.#monotonicMs() - this.#anchor) * ticksPerMs));
    if (Math.abs(this.#anchorMs + now / ticksPerMs - Date.now()) <= maxLeadMs) {
      const next = (timestampMs - this.#anchorMs) * ticksPerMs + ticks + 1;
      if (next > now && next - now <= maxLeadMs * ticksPerMs) {
        if (this.#last === 0) this.#anchor -= (next - now) / ticksPerMs; // what comes later lasts as long as it does
        now = next;
      }
      const ms = Math.floor(now / ticksPerMs);
      eventClock.timestampMs = this.#anchorMs + ms;
      eventClock.ticks = now - ms * ticksPerMs;
    }
    return (this.#last = now);
  }

  /** The units since the anchor of a time in milliseconds since 1970-01-01 UTC. */
  unitsOf(timestampMs: number): number {
    return Math.round((timestampMs - this.#anchorMs) * ticksPerMs);
  }

  /** The time of so many units since the anchor. */
  timeOf(units: number): EventTime {
    const ms = Math.floor(units / ticksPerMs);
    return { timestampMs: this.#anchorMs + ms, ticks: units - ms * ticksPerMs };
  }
}

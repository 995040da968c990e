/** Decides how long the events of a trace are held before they are shown together. */

import { type Clock, systemClock, type Timer } from "../runtime/clock.ts";
import type { CollectedEvent } from "./collected_event.ts";

/** The events of one trace so far. */
interface Group {
  readonly events: CollectedEvent[];
  /** Whether its root, a span without a parent, has ended. */
  isEnded: boolean;
  timer?: Timer;
}

/** How long a trace waits for late events: after its root has ended, and otherwise after its last event. */
const waits = { endedMs: 500, openMs: 5000 };
/** How many traces are held, and how many events of one trace. Beyond these limits, traces are shown early. */
const most = { groups: 1000, events: 5000 };

/** Groups events by trace. */
export class TraceGroups {
  readonly #groups = new Map<string, Group>();
  readonly #show: (events: readonly CollectedEvent[], traceId: string) => void;
  readonly #clock: Clock;

  /** @param show Called with the events of a trace in the order of arrival. @param clock Measures how long nothing has arrived. */
  constructor(show: (events: readonly CollectedEvent[], traceId: string) => void, clock: Clock = systemClock) {
    this.#show = show;
    this.#clock = clock;
  }

  /** Adds an event. Returns false and adds nothing if it belongs to no trace. */
  add(event: CollectedEvent): boolean {
    const { traceId, clef } = event;
    if (traceId === undefined) return false;
    const group = this.#groups.get(traceId) ?? this.#begin(traceId);
    group.events.push(event);
    group.isEnded ||= clef["@st"] !== undefined && clef["@ps"] === undefined;
    if (group.timer !== undefined) this.#clock.clearTimeout(group.timer);
    group.timer = this.#clock.setTimeout(() => this.#end(traceId), group.isEnded ? waits.endedMs : waits.openMs);
    if (group.events.length >= most.events) this.#end(traceId);
    return true;
  }

  /** Shows all traces still held. */
  end(): void {
    for (const traceId of [...this.#groups.keys()]) this.#end(traceId);
  }

  #begin(traceId: string): Group {
    const [oldest] = this.#groups.keys();
    if (this.#groups.size >= most.groups) this.#end(oldest!);
    const group: Group = { events: [], isEnded: false };
    this.#groups.set(traceId, group);
    return group;
  }

  #end(traceId: string): void {
    const group = this.#groups.get(traceId);
    if (group === undefined) return;
    if (group.timer !== undefined) this.#clock.clearTimeout(group.timer);
    this.#groups.delete(traceId);
    this.#show(group.events, traceId);
  }
}

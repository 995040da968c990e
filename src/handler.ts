/** Handlers: who listens to events. */

import { catchRejection, report } from "./diagnostic.ts";
import { readException } from "./event/exception.ts";
import type { Filter } from "./filter.ts";
import type { Formatter } from "./text_formatter.ts";
import type { CheckResult, FlushOptions, FlushResult, HandlerStats } from "./handler_stats.ts";
import type { Encoder } from "./event/plain_data.ts";
import { levels, type LevelSwitch, requireRank, type Threshold } from "./event/level.ts";
import { type EventRecord, type LogEvent, toRecord } from "./event/log_event.ts";
import { type Clock, systemClock } from "./runtime/clock.ts";

const brand = Symbol.for("@x/seqlog/handler");

/**
 * The base of every handler: it passes on the events that its level and filters let through, and keeps what `emit` throws from the caller.
 *
 * @example
 * ```ts
 * import { getLogger, Handler, type LogEvent } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * class Counter extends Handler {
 *   count = 0;
 *   emit(_event: LogEvent): void {
 *     this.count++;
 *   }
 * }
 * const counter = new Counter();
 * counter.level = "error";
 * const added = getLogger("till").addHandler(counter);
 * getLogger("till").warn("Drawer open");
 * getLogger("till").error("Drawer empty");
 * assert.equal(counter.count, 1);
 * added.dispose();
 * ```
 */
export abstract class Handler {
  static {
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /** The name under which it stands in the configuration, for diagnostics. */
  name = "";
  /** Decide about each event in turn. */
  filters: readonly Filter[] = [];
  /** Makes the text of an event, for handlers that write text. */
  formatter: Formatter | undefined;
  /** How values that JSON cannot say are taken, before any handler sees them. */
  readonly encoder: Encoder | undefined;
  #rank = 0;

  /** The least severe level that passes. Default: `"trace"`. Takes any alias and throws a TypeError for a wrong word. */
  get level(): Threshold {
    return levels[this.#rank] ?? "off";
  }

  set level(level: Threshold) {
    this.#rank = requireRank(level);
  }

  /** Whether an event of that rank passes the level. */
  accepts(rank: number): boolean {
    return rank >= this.#rank;
  }

  /** Does what the handler is for; called with the events that passed. */
  abstract emit(event: LogEvent): void;

  /** The clock by which the deadlines of `flush` and `ready` pass. Default: the runtime's. */
  get deadlineClock(): Clock {
    return systemClock;
  }

  /** Waits until what was emitted is where it should go. */
  flush(_options?: FlushOptions): Promise<FlushResult> {
    return Promise.resolve({ delivered: 0, pending: 0, lost: 0 });
  }

  /** Called when the handler is put on a logger, with the root's level: for a handler that steers it. */
  placed(_root: LevelSwitch): void {}

  /** Ends the handler; it accepts no event after that. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Called once a configuration with this handler is in force. */
  start(): void {}

  /** Waits until there is room for more events; false if that took longer than the options allow. */
  ready(_options?: FlushOptions): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Whether it has room now for so many more events of so many bytes together, and half of its room is left after them. */
  hasRoom(_events: number, _bytes: number): boolean {
    return true;
  }

  /** How the handler is doing; undefined for one that counts nothing. */
  stats(): HandlerStats | undefined {
    return undefined;
  }

  /** Finds out whether events can be delivered; undefined for one that cannot know. */
  check(): Promise<CheckResult> | undefined {
    return undefined;
  }

  /** Whether what is still queued when the handler is closed is kept for the next process. */
  get isDurable(): boolean {
    return false;
  }

  /** Takes over the queue of the handler that this one replaces; false if it cannot. */
  adopt(_old: Handler): boolean {
    return false;
  }

  /** Called once a configuration has replaced this handler: delivers what is queued, ends, and then calls `whenOver`. */
  retire(whenOver: () => void): void | Promise<void> {
    whenOver();
    return this.close();
  }

  /** Passes an event through the level and the filters to `emit`. Never throws: a failure becomes a diagnostic. */
  handle(event: LogEvent | EventRecord): void {
    try {
      const record = "own" in event ? event : toRecord(event);
      if (record.rank < this.#rank) return;
      const passed = this.filters.length === 0 ? record : applyFilters(this.filters, record, this.name);
      if (passed !== undefined) this.emitRecord(passed);
    } catch (error) {
      this.#report(error);
    }
  }

  /** For handlers that write a record without making an event of it. */
  protected emitRecord(record: EventRecord): void {
    const done: unknown = this.emit(record.event);
    catchRejection(done, (error) => this.#report(error));
  }

  #report(error: unknown): void {
    report({ code: "handler-failed", handler: this.name, message: () => `A handler failed: ${readException(error).text}` });
  }
}

/** What the filters make of an event; `undefined` if one of them stops it. A filter that throws lets it pass, and a diagnostic says so. */
export function applyFilters(filters: readonly Filter[], record: EventRecord, handler?: string): EventRecord | undefined {
  let passing = record;
  for (const filter of filters) {
    try {
      const { ofRecord } = filter;
      if (ofRecord !== undefined) {
        passing = ofRecord(passing);
        continue;
      }
      const answer: unknown = filter(passing.event);
      if (answer instanceof Promise) {
        catchRejection(answer, (error) => reportFilter(error, handler));
        throw new TypeError("It answers with a promise, and too late");
      }
      if (answer === false) return undefined;
      if (typeof answer === "object" && answer !== passing.event) passing = toRecord(answer as LogEvent, passing);
    } catch (error) {
      reportFilter(error, handler);
    }
  }
  return passing;
}

function reportFilter(error: unknown, handler: string | undefined): void {
  report({ code: "filter-failed", handler, message: () => `A filter failed, and the event passed: ${readException(error).text}` });
}

/** Whether the thing is a handler of this or another copy of the module. */
export function isHandler(thing: unknown): thing is Handler {
  return typeof thing === "object" && thing !== null && (thing as { [brand]?: unknown })[brand] === true;
}

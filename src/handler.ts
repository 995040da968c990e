/** The base class of all handlers: level, filters, and the guarded call of `emit`. */

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
 * The base class of all handlers: it passes on events that its level and filters accept, and reports what `emit` throws.
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
  /** Name in the configuration, used in diagnostics. */
  name = "";
  /** Filters that each event passes in turn. */
  filters: readonly Filter[] = [];
  /** Makes the text of an event, for handlers that write text. */
  formatter: Formatter | undefined;
  /** Converts values that JSON cannot express, before any handler sees them. */
  readonly encoder: Encoder | undefined;
  #rank = 0;

  /** Marks the object as a handler, so that other copies of this module recognise it. */
  constructor() {
    Object.defineProperty(this, brand, { value: true });
  }

  /** The least severe level that passes. Default: `"trace"`. Accepts any alias; throws a TypeError for an unknown word. */
  get level(): Threshold {
    return levels[this.#rank] ?? "off";
  }

  set level(level: Threshold) {
    this.#rank = requireRank(level);
  }

  /** Whether an event of this rank passes the level. */
  accepts(rank: number): boolean {
    return rank >= this.#rank;
  }

  /** Handles an event that passed. */
  abstract emit(event: LogEvent): void;

  /** The clock for the deadlines of `flush` and `ready`. Default: the runtime's. */
  get deadlineClock(): Clock {
    return systemClock;
  }

  /** Waits until emitted events have reached their destination. */
  flush(_options?: FlushOptions): Promise<FlushResult> {
    return Promise.resolve({ delivered: 0, pending: 0, lost: 0 });
  }

  /**
   * Called when the handler is added to a logger. Receives the root's level switch, because a handler may set the root's level.
   *
   * @internal
   */
  placed(_root: LevelSwitch): void {}

  /** Closes the handler, which then stops accepting events. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Called once a configuration with this handler is active. */
  start(): void {}

  /** Waits until there is room for more events. Returns false if that takes longer than the options allow. */
  ready(_options?: FlushOptions): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Whether the queue would stay less than half full if this many events and bytes were added. */
  hasRoom(_events: number, _bytes: number): boolean {
    return true;
  }

  /** Returns the handler's state and counts; undefined if it counts nothing. */
  stats(): HandlerStats | undefined {
    return undefined;
  }

  /** Checks whether events can be delivered; undefined if the handler cannot know. */
  check(): Promise<CheckResult> | undefined {
    return undefined;
  }

  /** Whether lines still queued at close are kept for the next process. */
  get isDurable(): boolean {
    return false;
  }

  /** Takes over the queue of the handler that this handler replaces. Returns false if that is impossible. */
  adopt(_old: Handler): boolean {
    return false;
  }

  /** Delivers the queued events, closes, then calls `whenOver`. Called once a configuration has replaced this handler. */
  retire(whenOver: () => void): void | Promise<void> {
    whenOver();
    return this.close();
  }

  /** Passes an event that level and filters accept to `emit`. Never throws: a failure becomes a diagnostic. */
  handle(event: LogEvent): void;
  /**
   * Passes on a record.
   *
   * @internal
   */
  handle(event: EventRecord): void;
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

  /**
   * Override to handle a record without creating an event object.
   *
   * @internal
   */
  protected emitRecord(record: EventRecord): void {
    const done: unknown = this.emit(record.event);
    catchRejection(done, (error) => this.#report(error));
  }

  #report(error: unknown): void {
    report({ code: "handler-failed", handler: this.name, message: () => `A handler failed: ${readException(error).text}` });
  }
}

/** Applies the filters; returns `undefined` if a filter stops the event. If a filter throws, the event passes, which is reported. */
export function applyFilters(filters: readonly Filter[], record: EventRecord, handler?: string): EventRecord | undefined {
  let passing = record;
  for (const filter of filters) {
    try {
      const { ofRecord } = filter;
      if (ofRecord !== undefined) {
        passing = ofRecord(passing);
        continue;
      }
      const decision: unknown = filter(passing.event);
      if (decision instanceof Promise) {
        catchRejection(decision, (error) => reportFilter(error, handler));
        throw new TypeError("A filter cannot return a promise");
      }
      if (decision === false) return undefined;
      if (typeof decision === "object" && decision !== passing.event) passing = toRecord(decision as LogEvent, passing);
    } catch (error) {
      reportFilter(error, handler);
    }
  }
  return passing;
}

function reportFilter(error: unknown, handler: string | undefined): void {
  report({ code: "filter-failed", handler, message: () => `A filter failed, and the event passed: ${readException(error).text}` });
}

/** Whether a value is a handler, of this or another copy of the module. */
export function isHandler(thing: unknown): thing is Handler {
  return typeof thing === "object" && thing !== null && (thing as { [brand]?: unknown })[brand] === true;
}

/** Declares what a logger can do. */

import type { Disposable } from "./diagnostic.ts";
import type { Level, Threshold } from "./event/level.ts";
import type { LogEventInit } from "./event/log_event.ts";
import type { Captured, Thrown } from "./event/properties.ts";
import type { SpanEvent } from "./event/span_fields.ts";
import type { Trace } from "./event/trace_context.ts";
import type { Handler } from "./handler.ts";
import type { LevelMethod, LogAtLevel, LogMethod } from "./log_method.ts";

/**
 * Logs under a name in the tree of loggers.
 *
 * @typeParam Bound The properties that every event of this logger carries because of `with`. A wider type, such as
 * `Logger<{ RequestId: string }>`, declares properties that `withContext` adds.
 */
export interface Logger<Bound extends object = {}> {
  /** The dotted name; `""` is the root. */
  readonly name: string;
  /** The logger's own level; `undefined` inherits the parent's. Accepts any name of a level. An unknown name throws a TypeError. */
  level: Threshold | undefined;
  /** Whether an event of the level would be logged. */
  isEnabled(level: Level): boolean;
  /** Returns a logger of the same name and level whose events carry the properties. */
  with<P extends object>(properties: P): Logger<Bound & P>;
  /** Returns the logger below this one, with its bound properties: `getLogger("a").getChild("b")` is `getLogger("a.b")`. */
  getChild(suffix: string): Logger<Bound>;
  /** Adds a handler to those that `configure` sets, until the result is disposed. Throws a TypeError if it is no Handler. */
  addHandler(handler: Handler): Disposable;
  /** Logs a single step of the program, for short-term tracing. */
  readonly trace: LogMethod<Bound>;
  /** Logs details that help to find a fault. */
  readonly debug: LogMethod<Bound>;
  /** Logs an event of normal operation. */
  readonly info: LogMethod<Bound>;
  /** Logs something unexpected that the program handles. */
  readonly warn: LogMethod<Bound>;
  /** Logs the failure of an operation. An error that comes first or among the properties becomes the event's exception. */
  readonly error: LogMethod<Bound>;
  /** Logs a failure that ends the program or makes it unusable. */
  readonly fatal: LogMethod<Bound>;
  /** Logs an event of a level given by any of its names. With an unknown name, logs at `"info"` and adds the name as a property. */
  readonly log: LogAtLevel<Bound>;
  /**
   * Logs an event at any level of the logger. Resolves once the server of every Seq handler that receives the event has acknowledged it.
   * Rejects with the reason if the event is lost, if a delivery fails (it is still retried), or if no Seq handler receives the event.
   */
  readonly audit: LevelMethod<Bound, Promise<void>>;
  /** Writes an event with its own time, level and properties, as adapters and replay need it. Never throws. */
  write(event: LogEventInit): void;
}

/** The members of a logger that only spans and the relay use. */
export interface LoggerInside {
  /** The properties that `with` bound. */
  readonly bound: Captured | undefined;
  /** The least severe rank that is logged. */
  readonly threshold: number;
  /** Captures the properties of a template as a log call does. */
  take(template: string, properties: object, error?: Thrown): Captured;
  /** Returns a logger like this one whose events belong to the trace. */
  within(trace: Trace): Logger;
  /** Writes the event of an ended span. Never throws. */
  writeSpan(event: SpanEvent): void;
}

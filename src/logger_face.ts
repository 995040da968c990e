/** What a logger can do. */

import type { Disposable } from "./diagnostic.ts";
import type { Level, Threshold } from "./event/level.ts";
import type { LogEventInit } from "./event/log_event.ts";
import type { Captured, Thrown } from "./event/properties.ts";
import type { Trace } from "./event/trace_context.ts";
import type { Handler } from "./handler.ts";
import type { LevelMethod, LogAtLevel, LogMethod } from "./log_method.ts";

/**
 * A name in the tree of loggers, to log under.
 *
 * @typeParam Bound The properties that its events carry whatever is logged: those of `with`. A type that says more, such as
 * `Logger<{ RequestId: string }>`, states what `withContext` adds.
 */
export interface Logger<Bound extends object = {}> {
  /** The dotted name; `""` is the root. */
  readonly name: string;
  /** The own level; `undefined` where it is inherited. Takes any alias and throws a TypeError for a wrong word: that is configuration, not a log call. */
  level: Threshold | undefined;
  /** Whether an event of the level would be logged. */
  isEnabled(level: Level): boolean;
  /** A logger of the same name and level whose events carry the properties. */
  with<P extends object>(properties: P): Logger<Bound & P>;
  /** The logger below this one, its bound properties kept: `getLogger("a").getChild("b")` is `getLogger("a.b")`. */
  getChild(suffix: string): Logger<Bound>;
  /** Adds a handler beside what configure has set and will set; undone when the result is disposed. Throws a TypeError if it is no Handler. */
  addHandler(handler: Handler): Disposable;
  /** Logs an event of the least severe level: each step, for a short time. */
  readonly trace: LogMethod<Bound>;
  /** Logs an event for those who look for a fault. */
  readonly debug: LogMethod<Bound>;
  /** Logs an event of normal operation. */
  readonly info: LogMethod<Bound>;
  /** Logs something unexpected that the program copes with. */
  readonly warn: LogMethod<Bound>;
  /** Logs a failure of something that was asked for; an error that comes first, or among the properties, is the exception. */
  readonly error: LogMethod<Bound>;
  /** Logs a failure that ends the program or makes it useless. */
  readonly fatal: LogMethod<Bound>;
  /** Logs an event of a level given by any of its names; a word that is none logs it as `"info"`, with the word as a property. */
  readonly log: LogAtLevel<Bound>;
  /**
   * Logs an event whatever the logger's level, and resolves when Seq has acknowledged it; where several Seq handlers take it, all of them.
   * Rejects with the reason if it is lost, if a delivery of it fails (it is then tried again all the same), or if no Seq handler takes it.
   */
  readonly audit: LevelMethod<Bound, Promise<void>>;
  /** Writes an event with its own time, level and properties: for adapters and replay. Never throws. */
  write(event: LogEventInit): void;
}

/** What spans and the relay want to know of a logger. */
export interface LoggerInside {
  /** What it was bound to by `with`. */
  readonly bound: Captured | undefined;
  /** The least rank that is logged. */
  readonly threshold: number;
  /** Takes the properties of a template as a log call does. */
  take(template: string, properties: object, error?: Thrown): Captured;
  /** The same logger, whose events belong to a trace. */
  within(trace: Trace): Logger;
}

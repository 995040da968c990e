/** Decides how tests select logged events and assert on them, with messages that show what was logged instead. */

import { countEvents } from "../diagnostic.ts";
import { type Level, parseRank } from "../event/level.ts";
import type { LogEvent } from "../event/log_event.ts";
import { capture } from "../event/properties.ts";
import { harmless, quoteForeign } from "../harmless_text.ts";
import type { MemoryHandler } from "../handlers/memory_handler.ts";
import { must, type Reader, requireOptions } from "../option_schema.ts";

/** The fields of an event that a list reads: those of a `LogEvent` or of a collector's event. */
export interface TestedEvent {
  /** Any word for a level. */
  readonly level: string;
  /** The message template. */
  readonly messageTemplate: string;
  /** The template with the properties filled in. */
  readonly message: string;
  /** The properties by name. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The logger's name; if it is absent, the property `SourceContext` is used. */
  readonly loggerName?: string;
  /** The text of the exception. */
  readonly exception?: string;
}

/** A text to match: the whole text, or a regular expression that finds a part. */
export type Wanted = string | RegExp;

const readEvents: Reader<Iterable<TestedEvent>> = must(
  "a MemoryHandler, or a list of events",
  (given: unknown) => (typeof Object(given)[Symbol.iterator] === "function" && typeof given !== "string" ? given as [] : undefined),
);

interface Step<E> {
  /** The condition in words, as a phrase that follows "events". */
  readonly what: string;
  /** The events that fulfil all earlier conditions. */
  readonly before: readonly E[];
}

/** How many events a message shows. */
const maxShown = 20;

/**
 * Events in their order. Each `with…` returns the matching events. `single()`, `none()` and similar methods assert how many there are, and
 * throw an {@linkcode EventAssertionError} that shows what was logged instead.
 */
export class EventList<E extends TestedEvent = LogEvent> implements Iterable<E> {
  readonly #events: readonly E[];
  readonly #steps: readonly Step<E>[];

  /**
   * Makes a list.
   *
   * @param events The logged events, oldest first.
   */
  constructor(events: Iterable<E>, steps: readonly Step<E>[] = []) {
    this.#events = [...requireOptions(readEvents, events, "new EventList", "events")] as E[];
    this.#steps = steps;
  }

  /** The number of events. */
  get length(): number {
    return this.#events.length;
  }

  /** Iterates over the events. */
  [Symbol.iterator](): IterableIterator<E> {
    return this.#events[Symbol.iterator]() as IterableIterator<E>;
  }

  /** The events as an array. */
  toArray(): E[] {
    return [...this.#events];
  }

  /** The messages of the events. */
  get messages(): string[] {
    return this.#events.map(({ message }) => message);
  }

  /** Returns the events that were logged with this message template. */
  withTemplate(template: Wanted): EventList<E> {
    return this.where((event) => hasText(event.messageTemplate, template), `with the template ${quote(template)}`);
  }

  /** Returns the events with this message: the template with the properties filled in. */
  withMessage(message: Wanted): EventList<E> {
    return this.where((event) => hasText(event.message, message), `with the message ${quote(message)}`);
  }

  /** Returns the events of exactly this level, given by any of its names. */
  withLevel(level: Level): EventList<E> {
    return this.where((event) => parseRank(event.level) === parseRank(level), `of level ${level}`);
  }

  /** Returns the events of this level and of more severe levels. */
  fromLevel(level: Level): EventList<E> {
    return this.where((event) => (parseRank(event.level) ?? 2) >= (parseRank(level) ?? 2), `of level ${level} or above`);
  }

  /** Returns the events of this logger and of the loggers below it. */
  fromLogger(name: string): EventList<E> {
    return this.where((event) => name === "" || `${loggerOf(event)}.`.startsWith(`${name}.`), `of the logger ${quote(name)}`);
  }

  /**
   * Returns the events that have these properties, among others.
   *
   * @param properties For each property a value, a regular expression for a text, or a function that returns whether the value matches.
   */
  withProperties(properties: Readonly<Record<string, unknown>>): EventList<E> {
    const names = Object.keys(properties);
    const fixed = capture(Object.fromEntries(Object.entries(properties).filter(([, value]) => !isRule(value)))).values;
    const has = (own: TestedEvent["properties"], name: string): boolean => {
      if (!Object.hasOwn(own, name)) return false;
      const wanted = properties[name];
      if (!isRule(wanted)) return isSame(own[name], fixed[name]);
      return typeof wanted === "function"
        ? wanted(own[name]) === true
        : typeof own[name] === "string" && finds(own[name], wanted as RegExp);
    };
    const shown = names.map((name) => `${name}=${isRule(properties[name]) ? String(properties[name]) : json(fixed[name])}`);
    return this.where((event) => names.every((name) => has(event.properties, name)), `with ${quoteForeign(shown.join(", "))}`);
  }

  /** Returns the events with an exception. If a text is given, the exception (type, message, stack and causes) must contain it. */
  withError(text: Wanted = ""): EventList<E> {
    const has = ({ exception }: E): boolean =>
      exception !== undefined && (typeof text === "string" ? exception.includes(text) : finds(exception, text));
    return this.where(has, text === "" ? "with an error" : `with an error that has ${quote(text)}`);
  }

  /**
   * Returns the events that fulfil a condition.
   *
   * @param holds Returns whether an event fulfils the condition.
   * @param what The condition in words, for messages.
   */
  where(holds: (event: E) => boolean, what = "that pass a condition"): EventList<E> {
    return new EventList(this.#events.filter(holds), [...this.#steps, { what, before: this.#events }]);
  }

  /** Returns the only event; throws if there is no event or more than one. */
  single(): E {
    return this.exactly(1).#events[0]!;
  }

  /** Returns the first event; throws if there is none. */
  first(): E {
    return this.#events[0] ?? this.#fail("an event");
  }

  /** Returns the last event; throws if there is none. */
  last(): E {
    return this.#events.at(-1) ?? this.#fail("an event");
  }

  /** Throws if there is any event. */
  none(): void {
    this.exactly(0);
  }

  /** Returns the list; throws unless it has this many events. */
  exactly(count: number): this {
    if (this.length !== count) this.#fail(count === 0 ? "no event" : count === 1 ? "a single event" : countEvents(count));
    return this;
  }

  #fail(wanted: string): never {
    const said = (steps: readonly Step<E>[]): string => steps.map(({ what }) => ` ${what}`).join("");
    const at = this.#steps.findIndex((_, i) => (this.#steps[i + 1]?.before ?? this.#events).length === 0);
    const [shown, heading] = this.length > 0 || at < 0
      ? [this.#events, ""]
      : [this.#steps[at]!.before, `Logged${said(this.#steps.slice(0, at)) || " instead"}: `];
    const found = this.length === 0 ? "there is none" : `there ${this.length === 1 ? "is" : "are"} ${this.length}`;
    const lines = shown.slice(0, maxShown).map((event) => `\n  ${describe(event)}`);
    const more = shown.length > maxShown ? `\n  … and ${shown.length - maxShown} more` : "";
    const rest = shown.length === 0
      ? `\n${nothingHint}`
      : `${heading && `\n${heading}${countEvents(shown.length)}`}${lines.join("")}${more}`;
    throw new EventAssertionError(`Expected ${wanted}${said(this.#steps)}, but ${found}.${rest}`);
  }
}

const nothingHint = "Nothing was logged. A logger without a level logs from warn on: set its level, or use recordEvents().";

/** Thrown by the assertions of an {@linkcode EventList}. */
export class EventAssertionError extends Error {
  /** Always `"EventAssertionError"`. */
  override readonly name = "EventAssertionError";
}

/**
 * Returns a list for assertions on the current events of a {@linkcode MemoryHandler} or of a collector.
 *
 * @param source The handler, or the events.
 * @returns The list.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { eventsOf } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("till").addHandler(memory);
 * getLogger("till").warn("Drawer {Drawer} is open", { Drawer: 2 });
 * added.dispose();
 * assert.deepEqual(eventsOf(memory).withTemplate("Drawer {Drawer} is open").single().properties, { Drawer: 2 });
 * ```
 */
export function eventsOf(source: MemoryHandler): EventList;
/** Returns the events of any source as a list. */
export function eventsOf<E extends TestedEvent>(source: Iterable<E>): EventList<E>;
export function eventsOf(source: MemoryHandler | Iterable<TestedEvent>): EventList<TestedEvent> {
  const { events } = Object(source) as { readonly events?: Iterable<TestedEvent> };
  return new EventList<TestedEvent>(requireOptions(readEvents, events ?? source, "eventsOf", "source"));
}

/** Returns whether the text matches. `search` is used because, unlike `test`, it ignores `lastIndex`. */
const finds = (text: string, wanted: RegExp): boolean => text.search(wanted) >= 0;
const hasText = (text: string, wanted: Wanted): boolean => typeof wanted === "string" ? text === wanted : finds(text, wanted);
const quote = (wanted: Wanted): string => quoteForeign(typeof wanted === "string" ? JSON.stringify(wanted) : String(wanted));
const isRule = (value: unknown): boolean => typeof value === "function" || isRegExp(value);
const loggerOf = ({ loggerName, properties }: TestedEvent): string => loggerName ?? String(properties["SourceContext"] ?? "");

/** Returns whether the value really is a regular expression, because another object may look like one. */
function isRegExp(value: unknown): boolean {
  try {
    return value instanceof RegExp && typeof value.source === "string";
  } catch {
    return false;
  }
}

/** Returns one line about an event. */
function describe(event: TestedEvent): string {
  const name = loggerOf(event);
  const error = event.exception === undefined ? "" : `, ${quoteForeign(event.exception.split("\n")[0]!)}`;
  return `${harmless(event.level)} ${name && `${harmless(name)} `}${quote(event.messageTemplate)} ${
    quoteForeign(json(event.properties))
  }${error}`;
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "[Cannot be shown]"; // a bigint from the collector, or a value nested too deeply
  }
}

/** Returns whether two values, both plain data, are equal. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other || Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(a);
  return Array.isArray(a) === Array.isArray(b) && names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]));
}

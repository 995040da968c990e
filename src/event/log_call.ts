/** How the arguments of a log call are read: nothing handed over is dropped. */

import { readException } from "./exception.ts";
import { Taker, threw } from "./plain_data.ts";
import { maxEntries } from "./value_limits.ts";
import { parseTemplate } from "./message_template.ts";
import { escapeTemplate, type LogEventInit } from "./log_event.ts";
import { capture, type Captured, type CaptureOptions, nothing, type Thrown } from "./properties.ts";
import { define, isBag, isError, isList, isPlain } from "./value_kind.ts";

/** The arguments of a log call, read. */
export interface Reading {
  readonly template: string;
  /** Properties by name; those of the first bag win. */
  readonly bags: readonly object[];
  /** What no hole was left for, by its index among what follows the template. */
  readonly surplus: readonly (readonly [number, unknown])[];
  readonly error?: Thrown;
}

const none: readonly never[] = [];

/**
 * Reads the arguments of a log call.
 *
 * A text first is the template; what follows is its properties: an object by name, a list or single values by position or from
 * left to right (Serilog's rules). A function is called for them. The first error fills the exception. A plain object before a
 * text is its properties (pino's order); anything else that is no text, first, is what was thrown.
 */
export function readCall(first: unknown, rest: readonly unknown[]): Reading {
  if (typeof first === "string") {
    if (rest.length === 1 && isBag(rest[0])) return { template: first, bags: rest as readonly object[], surplus: none };
    return rest.length === 0 ? { template: first, bags: none, surplus: none } : readRest(first, rest, none);
  }
  const [template, ...others] = rest;
  if (typeof template !== "string") return readThrown(first, rest);
  if (isBag(first) && isPlain(first)) return readRest(template, others, [first]);
  return readRest(template, others, none, tell(first));
}

/** An error without a template: its type and text as properties, beside whatever came with it. */
function readThrown(thrown: unknown, rest: readonly unknown[]): Reading {
  const error = tell(thrown);
  const { type, message } = error.exception;
  const bag = { ErrorType: type, ErrorMessage: message };
  const given = rest.filter((value) => value !== undefined);
  return readRest("{ErrorType}: {ErrorMessage}", given, isBag(thrown) && isPlain(thrown) ? [bag, thrown] : [bag], error);
}

/** What follows the template; the error is one that came before it. */
function readRest(template: string, rest: readonly unknown[], bags: readonly object[], error?: Thrown): Reading {
  if (rest.length === 1 && typeof rest[0] === "function") rest = [ask(rest[0] as () => unknown)];
  const listed = rest.length === 1 && isList(rest[0]);
  let values = listed ? firstOf(rest[0] as unknown[]) : rest.map((value, index) => [index, value] as const);
  const thrown = error === undefined ? values.find(([, value]) => isError(value)) : undefined;
  error ??= thrown && tell(thrown[1]);
  values = values.filter((value) => value !== thrown);
  const [first] = values;
  if (first !== undefined && !listed && isBag(first[1])) return { template, bags: [first[1], ...bags], surplus: values.slice(1), error };
  if (bags.length > 0) return { template, bags, surplus: values.filter(([, value]) => value !== undefined), error };
  return bindHoles(template, values, error, thrown);
}

/** Binds values to the holes of a template by position or from left to right, and, where a hole is left, the error. */
function bindHoles(
  template: string,
  values: readonly (readonly [number, unknown])[],
  error?: Thrown,
  thrown?: readonly [number, unknown],
): Reading {
  const { holes, positional } = parseTemplate(template);
  const bag: Record<string, unknown> = {};
  const bindable = thrown === undefined ? values : [...values, thrown];
  const isBound = bindable.map(([, value], i) => {
    const [hole] = positional ? holes.filter(({ position }) => position === i) : holes.slice(i, i + 1);
    if (hole !== undefined) define(bag, hole.name, value);
    return hole !== undefined;
  });
  const surplus = values.filter(([, value], i) => !isBound[i] && (value !== undefined || values.length > 1));
  return { template, bags: [bag], surplus, error };
}

/** The entries of a list, holes among them; of an endless one the first. */
function firstOf(list: readonly unknown[]): (readonly [number, unknown])[] {
  const length = ask(() => list.length);
  if (typeof length !== "number") return [[0, length]];
  const entries = Array.from({ length: Math.min(length, maxEntries) }, (_, i) => [i, ask(() => list[i])] as const);
  return length > maxEntries ? [...entries, [maxEntries, `[Cut: ${length - maxEntries} more]`]] : entries;
}

/** What a function answers; the reason, where it throws. */
function ask(question: () => unknown): unknown {
  try {
    return question();
  } catch (error) {
    return threw(error);
  }
}

function tell(thrown: unknown): Thrown {
  return { thrown, exception: readException(thrown) };
}

/** The properties of a call, and its error. */
export function captureReading({ bags, surplus, error }: Reading, options: CaptureOptions = {}): Captured {
  const taker = bags.length + surplus.length > 1 ? new Taker(options.encoder) : undefined;
  let own = nothing;
  const add = (bag: object): void => {
    own = own.over(capture(bag, { ...options, taker, error: own.error ?? error }));
  };
  bags.forEach(add);
  for (const [index, value] of surplus) {
    let name = `__${index}`;
    while (Object.hasOwn(own.values, name)) name = `_${name}`;
    add({ [name]: value });
  }
  return bags.length > 0 || error === undefined ? own : own.over(capture({}, options));
}

/** Reads an event that was handed in as one. */
export function readEvent({ messageTemplate, message = "", properties, error, traceId, spanId }: LogEventInit): Reading {
  return {
    template: String(messageTemplate ?? escapeTemplate(String(message))),
    bags: [{ ...(traceId && { traceId }), ...(spanId && { spanId }) }, properties ?? {}],
    surplus: [],
    error: error === undefined || error === null ? undefined : { thrown: error, exception: readException(error) },
  };
}

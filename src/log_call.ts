/** How the arguments of a log call are read: nothing handed over is dropped. */

import { type Exception, readException } from "./exception.ts";
import { isBag, isError, isPlain } from "./json.ts";
import { type Hole, parseTemplate } from "./message_template.ts";

/** The arguments of a log call, read. */
export interface Reading {
  readonly template: string;
  readonly bag?: object;
  readonly error?: { readonly thrown: unknown; readonly exception: Exception };
}

/** The constant template of an error that was logged without one. */
export const errorTemplate = "{ErrorType}: {ErrorMessage}";

/**
 * Reads the arguments of a log call.
 *
 * A text first is the template; what follows is its properties: an object by name, a list or single values by position or from
 * left to right, with the surplus as `__1` (its index among the arguments, as Serilog has it). A function is called for them.
 * The first error fills the exception. A plain object before a text is its properties (pino's order); anything else that is
 * no text, first, is what was thrown.
 */
export function readCall(first: unknown, second: unknown, rest: readonly unknown[]): Reading {
  if (typeof first === "string") {
    if (rest.length > 0) return readRest(first, [second, ...rest]);
    if (second === undefined) return { template: first };
    return isBag(second) ? { template: first, bag: second } : readRest(first, [second]);
  }
  if (typeof second !== "string") return readThrown(first, [second, ...rest]);
  if (isBag(first) && isPlain(first)) return readRest(second, rest, first);
  return { ...readRest(second, rest), error: tell(first) };
}

/** An error without a template: its type and text as properties, beside whatever came with it. */
function readThrown(thrown: unknown, rest: readonly unknown[]): Reading {
  const error = tell(thrown);
  const { type, message } = error.exception;
  const { bag } = readRest("", rest.filter((value) => value !== undefined));
  const own = isPlain(thrown) && !Array.isArray(thrown) ? thrown : {};
  return { template: errorTemplate, bag: { ErrorType: type, ErrorMessage: message, ...own, ...bag }, error };
}

/** What follows the template. */
function readRest(template: string, rest: readonly unknown[], fields?: object): Reading {
  if (rest.length === 1 && typeof rest[0] === "function") rest = [callFor(rest[0] as () => unknown)];
  if (rest.length === 1 && Array.isArray(rest[0])) rest = rest[0].slice(0, maxArguments);
  const thrown = rest.findIndex(isError);
  const error = thrown < 0 ? undefined : tell(rest[thrown]);
  const values = rest.map((value, index) => ({ value, index })).filter(({ index }) => index !== thrown);
  const bag: Record<string, unknown> = fields === undefined ? {} : { ...fields };
  const named = values[0] !== undefined && isBag(values[0].value) ? (values.shift()!.value as object) : undefined;
  const bound = named !== undefined || fields !== undefined;
  const surplus = bound ? values : bindHoles(template, values, bag, error === undefined ? [] : [rest[thrown]]);
  for (const { value, index } of surplus) if (value !== undefined || index > 0) bag[`__${index}`] = value;
  if (named === undefined) return { template, bag, error };
  return { template, bag: Object.keys(bag).length === 0 ? named : { ...named, ...bag }, error };
}

const maxArguments = 1000;

interface Argument {
  readonly value: unknown;
  readonly index: number;
}

/** Binds values to the holes, and where a hole is left, the error; returns the surplus. */
function bindHoles(
  template: string,
  values: readonly Argument[],
  bag: Record<string, unknown>,
  last: readonly unknown[],
): readonly Argument[] {
  const { holes, positional } = parseTemplate(template);
  if (positional) {
    const wanted = new Set(holes.map((hole: Hole) => hole.position));
    const all = [...values, ...last.map((value) => ({ value, index: values.length }))];
    all.forEach(({ value }, position) => wanted.has(position) && (bag[position] = value));
    return values.filter((_, position) => !wanted.has(position));
  }
  [...values.map(({ value }) => value), ...last].slice(0, holes.length).forEach((value, i) => (bag[holes[i]!.name] = value));
  return values.slice(holes.length);
}

/** What the caller's function answers; the reason, where it throws. */
function callFor(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return { __properties: `[Threw: ${readException(error).message}]` };
  }
}

function tell(thrown: unknown): { thrown: unknown; exception: Exception } {
  return { thrown, exception: readException(thrown) };
}

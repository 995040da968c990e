/** Decides what each argument of a log call means; no argument is dropped. */

import { readException, titleOf } from "./exception.ts";
import { describeThrown, PlainDataWriter, textOf } from "./plain_data.ts";
import { isHoleName } from "./hole_name.ts";
import { maxEntries } from "./value_limits.ts";
import { parseTemplate } from "./message_template.ts";
import { escapeTemplate, type LogEventInit } from "./log_event.ts";
import type { Shape } from "./bag_shape.ts";
import { capture, type Captured, type CaptureOptions, nothing, type Thrown } from "./properties.ts";
import { define, isBag, isError, isList } from "./value_kind.ts";

/** The interpreted arguments of a log call. */
export interface Reading {
  /** The template; `undefined` if an object was logged alone, because its properties then decide the message. */
  readonly template: string | undefined;
  /** Objects of properties. If two have a name in common, the first wins. */
  readonly bags: readonly object[];
  /** The values without a hole, by their index after the template. */
  readonly surplus: readonly (readonly [number, unknown])[];
  readonly error?: Thrown | undefined;
}

const none: readonly never[] = [];

/** Most properties that the message of an object shows. */
const maxObjectHoles = 20;

/**
 * Interprets the arguments of a log call.
 *
 * A text that comes first is the template. Its properties follow: an object by name, or a list or values by position or from left to right
 * (Serilog's rules); printf directives show values as well. A function is called for its result. The first error becomes the exception. An
 * object that comes first holds properties; a leading `null` or `undefined` is skipped. The exception is always an error or, at level error
 * and above, a value that is neither an object nor a text.
 */
export function readCall(first: unknown, rest: readonly unknown[], rank = 2): Reading {
  if (typeof first === "string") {
    return rest.length === 0 ? { template: first, bags: none, surplus: none } : readRest(first, withoutLeadingNothing(rest), none);
  }
  if ((first === undefined || first === null) && rest.length > 0) return readCall(rest[0], rest.slice(1), rank);
  const [template, ...others] = rest;
  const isThrown = isError(first) || (rank >= 4 && typeof first !== "object" && typeof first !== "function");
  if (isThrown) return typeof template === "string" ? readRest(template, others, none, toThrown(first)) : readThrown(first, rest);
  if (typeof first === "function") first = ask(first as () => unknown);
  if (isBag(first)) {
    if (typeof template === "string") return readRest(template, others, [first]);
    const thrown = rest.find(isError);
    return thrown === undefined
      ? { ...readRest("", rest, [first]), template: undefined }
      : readThrown(thrown, rest.filter((value) => value !== thrown), [first]);
  }
  const value = isList(first) && rest.length === 0 ? [first] : first; // the list itself is the value
  return typeof template === "string"
    ? readRest(template, isBag(others[0]) ? [...others, first] : [first, ...others], none)
    : readRest("{Value}", [value, ...rest], none);
}

/** Returns the arguments after a template, without a leading `null` or `undefined` before an object of properties. */
function withoutLeadingNothing(rest: readonly unknown[]): readonly unknown[] {
  const start = rest.findIndex((value) => value !== null && value !== undefined);
  return start > 0 && isBag(rest[start]) ? rest.slice(start) : rest;
}

/** Returns the template of an object logged alone: its message or, without one, a hole for each property, for a stable event type. */
export function templateOf({ names, kept, values }: Captured): string {
  const own = [values["msg"], values["message"]].find((text) => typeof text === "string" && text !== "") as string | undefined;
  if (own !== undefined) return parseTemplate(own).holes.every(({ name }) => Object.hasOwn(values, name)) ? own : escapeTemplate(own);
  const fields = names.map((name, i) => {
    const hole = isHoleName(name) ? `{${name}}` : "…";
    const quote = typeof kept[i] === "string" || kept[i] instanceof Date ? '"' : "";
    return `${escapeTemplate(JSON.stringify(name))}:${quote}${hole}${quote}`;
  });
  return `{{${fields.slice(0, maxObjectHoles).join(",")}${fields.length > maxObjectHoles ? ",…" : ""}}}`;
}

/** Reads an error without a template: its type and text become properties, in addition to the other arguments. */
function readThrown(thrown: unknown, rest: readonly unknown[], bags: readonly object[] = none): Reading {
  const error = toThrown(thrown);
  const { type, message } = error.exception;
  const bag = { ErrorType: type, ErrorMessage: message };
  const given = rest.filter((value) => value !== undefined && value !== null);
  return readRest("{ErrorType}: {ErrorMessage}", given, [bag, ...bags], error);
}

/** Reads the arguments after the template; `error` is an error that came before the template. */
function readRest(template: string, rest: readonly unknown[], bags: readonly object[], error?: Thrown): Reading {
  if (rest.length === 1 && typeof rest[0] === "function") rest = [ask(rest[0] as () => unknown)];
  const listed = rest.length === 1 && isList(rest[0]);
  const all = listed ? firstOf(rest[0] as unknown[]) : rest.map((value, index) => [index, value] as const);
  const thrown = error === undefined ? all.find(([, value]) => isError(value)) : undefined;
  error ??= thrown && toThrown(thrown[1]);
  const values = all.filter((value) => value !== thrown);
  const { holes, showsObjects } = parseTemplate(template);
  const isPrintf = holes.length === 0 && all.length > 0 && directive.test(template);
  const first = values[0]?.[1];
  if (!listed && isBag(first) && !(isPrintf && (values.length > 1 || showsObjects))) {
    return { template, bags: [first as object, ...bags], surplus: values.slice(1), error };
  }
  if (isPrintf) {
    const shown = all.map((value) => (value === thrown ? [value[0], titleOf(error!.exception)] as const : value));
    return bindHoles({ template: readDirectives(template), values: shown, bags, error });
  }
  if (bags.length > 0) return { template, bags, surplus: values.filter(([, value]) => value !== undefined), error };
  return bindHoles({ template, values: thrown === undefined ? values : [...values, thrown], bags, error });
}

/** Assigns values to the holes by position or from left to right. An error without a hole still becomes the exception. */
function bindHoles(
  { template, values, bags, error }: Pick<Reading, "bags" | "error"> & { template: string; values: Reading["surplus"] },
): Reading {
  const { holes, positional } = parseTemplate(template);
  const bag: Record<string, unknown> = {};
  const surplus = values.filter(([, value], i) => {
    const [hole] = positional ? holes.filter(({ position }) => position === i) : holes.slice(i, i + 1);
    if (hole !== undefined) define(bag, hole.name, value);
    return hole === undefined && (value !== undefined || values.length > 1) && value !== error?.thrown;
  });
  return { template, bags: [bag, ...bags], surplus, error };
}

/** A printf directive that consoles support. */
const directive = /%[sdifjoO]/;

/** Replaces the printf directives of a template by holes, as the console interprets them. */
export function readDirectives(template: string): string {
  let used = 0;
  return template.replace(/[{}]{1,2}|%[sdifjoO%]/g, (found) => {
    if (!found.startsWith("%")) return found.length === 2 && found[0] === found[1] ? found : escapeTemplate(found);
    return found === "%%" ? "%" : `{${used++}}`;
  });
}

/** Returns the entries of a list, including empty slots; of a very long list, only the first entries. */
function firstOf(list: readonly unknown[]): (readonly [number, unknown])[] {
  const length = ask(() => list.length);
  if (typeof length !== "number") return [[0, length]];
  const entries = Array.from({ length: Math.min(length, maxEntries) }, (_, i) => [i, ask(() => list[i])] as const);
  return length > maxEntries ? [...entries, [maxEntries, `[Cut: ${length - maxEntries} more]`]] : entries;
}

/** Returns a function's result, or the reason if it throws. */
export function ask(question: () => unknown): unknown {
  try {
    return question();
  } catch (error) {
    return describeThrown(error);
  }
}

function toThrown(thrown: unknown): Thrown {
  return { thrown, exception: readException(thrown) };
}

/**
 * Captures the properties of a call and its error.
 *
 * @param site Caches the names of the last bag from the same call site.
 */
export function captureReading({ bags, surplus, error }: Reading, options: CaptureOptions = {}, site?: { shape?: Shape }): Captured {
  const { encoder, stringified, fillsException } = options;
  const writer = bags.length + surplus.length > 1 ? new PlainDataWriter(encoder) : undefined;
  let own = nothing;
  const add = (bag: object): void => {
    own = own.over(capture(bag, { encoder, stringified, fillsException, writer, error: own.error ?? error }, site));
  };
  bags.forEach(add);
  if (surplus.length > 0) {
    const nameOf = (index: number): string => {
      let name = `__${index}`;
      while (Object.hasOwn(own.values, name)) name = `_${name}`;
      return name;
    };
    add(Object.fromEntries(surplus.map(([index, value]) => [nameOf(index), value])));
  }
  return bags.length > 0 || error === undefined ? own : own.over(capture({}, options));
}

/** Interprets an event passed to `write`. */
export function readEvent({ messageTemplate, message = "", properties, error, ...rest }: LogEventInit, isSpan: boolean): Reading {
  const { traceId, spanId, spanStart, parentId, spanKind } = rest;
  const span = { ...(spanStart && { spanStart }), ...(parentId && { parentId }), ...(spanKind && { spanKind }) };
  return {
    template: textOf(messageTemplate ?? escapeTemplate(textOf(message))),
    bags: [isSpan ? {} : { ...(traceId && { traceId }), ...(spanId && { spanId }), ...span }, properties ?? {}],
    surplus: [],
    error: error === undefined || error === null ? undefined : { thrown: error, exception: readException(error) },
  };
}

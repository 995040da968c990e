/** Decides how the arguments of another library's call become an event, by the console's rules. */

import { readException, titleOf } from "../event/exception.ts";
import { templateOf } from "../event/log_call.ts";
import { escapeTemplate, type LogEventInit } from "../event/log_event.ts";
import { toPlainData } from "../event/plain_data.ts";
import { capture } from "../event/properties.ts";
import { define, isBag, isError, isPlain } from "../event/value_kind.ts";
import { isObject } from "../option_schema.ts";
import { ask, entriesOf, fieldsOf, readText, type TextAdapterOptions } from "./adapter.ts";

type Fields = Record<string, unknown>;

/** The interpreted call. */
export interface CallEvent extends Pick<LogEventInit, "error"> {
  readonly messageTemplate: string;
  readonly properties: Fields;
}

/** What is known about a call apart from its arguments. */
export interface CallOptions extends Pick<TextAdapterOptions, "templates"> {
  /** Fields bound earlier; fields of the call's own objects win over them. */
  readonly bound?: Readonly<Fields>;
}

/** Returns whether a text looks like an error's stack, by NestJS's rule. */
export const isStack = (text: string): boolean => /^.+\n\s+at .+:\d+:\d+/.test(text);

/** The printf directives that consoles support. */
const directives = /%[sdifjoOc%]/g;

/**
 * Interprets the arguments of a call. A text that comes first is the message, the fields of objects are properties, and the first error is
 * the exception. All other values, with or without a directive (`%s`, `%d`, …), fill the holes `{0}`, `{1}`, …, by their position after the
 * text.
 */
export function readArguments(args: readonly unknown[], { templates, bound = {} }: CallOptions = {}): CallEvent {
  const given = entriesOf(args);
  const text = typeof given[0] === "string" ? given[0] : undefined;
  const values = text === undefined ? given : given.slice(1);
  const error = given.find(isError);
  const used = Math.min(values.length, (text?.match(directives) ?? []).filter((found) => found !== "%%").length);
  const own: Fields = {};
  const shown: number[] = [];
  const isOfNothing = text === undefined && values.length > 0 && values.every((value) => value === undefined);
  values.forEach((value, index) => {
    if (index < used || (value === undefined ? !isOfNothing : value === error)) return;
    if (!isBag(value)) shown.push(index);
    else if (!addFields(own, value)) own[`__${index}`] = value;
  });
  const properties = { ...bound };
  for (const name of Object.keys(own)) define(properties, name, own[name]);
  const holeOf = (index: number): string => {
    let name = String(index);
    while (Object.hasOwn(properties, name)) name = `_${name}`;
    const value = values[index];
    properties[name] = isError(value) ? titleOf(readException(value)) : value === undefined ? "undefined" : value;
    return `{${name}}`;
  };
  const start = text === undefined
    ? startOf(properties, error, isOfNothing || shown.length > 0)
    : templateOfText(text, { used, holeOf, properties, templates });
  const messageTemplate = [start, ...shown.map(holeOf)].filter((part) => part !== "").join(" ");
  return { messageTemplate, properties, ...(error !== undefined && { error }) };
}

interface TextContext extends Pick<TextAdapterOptions, "templates"> {
  readonly used: number;
  readonly holeOf: (index: number) => string;
  readonly properties: Fields;
}

function templateOfText(text: string, { used, holeOf, properties, templates }: TextContext): string {
  if (used === 0) return readText(text, properties, templates).messageTemplate ?? escapeTemplate(text);
  let at = 0;
  return text.replace(/%[sdifjoOc%]|[{}]/g, (found) => {
    if (found === "%%") return "%";
    if (!found.startsWith("%")) return escapeTemplate(found);
    if (at >= used) return found;
    return found === "%c" ? (at++, "") : holeOf(at++);
  });
}

/** Returns the message of a call without a text: the error's message, or a field that holds a message, which then is no property. */
function startOf(properties: Fields, error: Error | undefined, isShown: boolean): string {
  if (error !== undefined) return escapeTemplate(String(ask(() => error.message)));
  const name = ["msg", "message"].find((one) => typeof properties[one] === "string" && properties[one] !== "");
  if (name === undefined) return isShown ? "" : templateOf(capture(properties));
  const text = String(properties[name]);
  delete properties[name];
  return escapeTemplate(text);
}

/** Adds the fields of an object. Returns false and adds none if it has no fields, or if a name is in use already. */
function addFields(own: Fields, bag: object): boolean {
  const isOfFields = isPlain(bag) && ask(() => !("toJSON" in bag)) === true;
  const plain = isOfFields ? fieldsOf(bag) : toPlainData(bag);
  if (!isObject(plain) || Object.keys(plain).some((name) => Object.hasOwn(own, name))) return false;
  for (const name of Object.keys(plain)) define(own, name, plain[name]);
  return true;
}

/** Decides which fields of a pino record become the event's name, time, text and exception. */

import { toPlainData } from "../event/plain_data.ts";
import type { Threshold } from "../event/level.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { renderText } from "../event/message_template.ts";
import { hostProperties } from "../runtime/host_properties.ts";
import { isObject } from "../option_schema.ts";
import { isError } from "../event/value_kind.ts";
import { ask, type Moment, readMoment, readText, type TextAdapterOptions } from "./adapter.ts";

/** The fields of a record. */
export type Fields = Record<string, unknown>;

/** What pino passes to a stream about the last record, under pino's own names. */
export interface LoggerState {
  readonly lastLevel?: unknown;
  /** The object that was logged. Its fields win over pino's own fields of the same name. */
  readonly lastObj?: unknown;
  /** The time as pino has written it in the line. */
  readonly lastTime?: unknown;
  readonly lastLogger?: { readonly levels?: unknown; bindings?(): unknown } | undefined;
  /** Whether an error's fields may be spread over the record itself, as pino's browser build does. */
  readonly stackAtTop?: boolean;
}

/** Where a template is found, and whether a text is one. */
export interface TextOptions extends Pick<TextAdapterOptions, "templates"> {
  readonly templateKey?: string | undefined;
}

/** A record being interpreted. Each interpreted field is removed; the remaining fields become properties. */
export class PinoRecord {
  readonly fields: Fields;
  readonly #state: LoggerState;

  constructor(state: LoggerState, fields: Fields) {
    this.#state = state;
    this.fields = fields;
  }

  /** Removes a field and returns its value. */
  take(name: string): unknown {
    if (!Object.hasOwn(this.fields, name)) return undefined;
    const value = this.fields[name];
    delete this.fields[name];
    return value;
  }

  /** Returns the name of pino's logger. A field `name` that the program logged remains a property. */
  readName(): string {
    if (this.#isLogged("name")) {
      const bindings = ask(() => this.#state.lastLogger?.bindings?.());
      return isObject(bindings) && typeof bindings["name"] === "string" ? bindings["name"] : "";
    }
    const { name } = this.fields;
    const shows = (text: unknown): boolean => typeof text === "string" && /\{[@$]?name\W/.test(text);
    if (this.#state.lastObj === undefined && Object.values(this.fields).some(shows)) return ""; // a hole shows it
    return typeof name === "string" && name !== "" ? (this.take("name") as string) : "";
  }

  /** Returns the time: the field `time`, or the field that pino has named for the time. */
  readMoment(): Moment {
    const { lastTime } = this.#state;
    const state = typeof lastTime === "string" && lastTime !== "" ? parseJson(lastTime) : undefined;
    const moment = readMoment(state ?? this.fields["time"]);
    if (moment === undefined) return {};
    const name = state === undefined ? "time" : Object.keys(this.fields).find((one) => this.fields[one] === state && !this.#isLogged(one));
    if (name !== undefined) this.take(name);
    return moment;
  }

  /** Returns the template if the record has one, and otherwise the text. If only one of the two can be shown, both become properties. */
  readText(messageKey: string, { templateKey, templates }: TextOptions): Pick<LogEventInit, "message" | "messageTemplate"> {
    const template = templateKey === undefined ? undefined : this.fields[templateKey];
    if (typeof template === "string") return { messageTemplate: this.take(templateKey!) as string };
    const text = this.take(messageKey);
    return text === undefined ? { message: "" } : readText(renderText(text), this.fields, templates);
  }

  /**
   * Returns the exception's text from the error's field or, without such a field, from the first serialized error. That error remains as a
   * property without stacks.
   */
  readError(errorKey: string): Pick<LogEventInit, "error"> {
    const { fields } = this;
    if (isError(fields[errorKey])) return { error: fields[errorKey] }; // no serializer has converted it
    const bags = [fields, ...Object.values(fields).filter(isObject)]; // pino's option nestedKey moves all logged fields one level down
    const places = [...bags.map((bag) => [bag, errorKey] as const), ...Object.keys(fields).map((name) => [fields, name] as const)];
    const place = places.find(([bag, name]) => ask(() => Object.hasOwn(bag, name) && isSerialized(bag[name], name === errorKey)) === true);
    if (place !== undefined) {
      const [bag, name] = place;
      const error = toPlainData(bag[name]) as Fields;
      bag[name] = withoutStacks(error);
      return { error: describeError(error) };
    }
    if (this.#state.stackAtTop !== true || typeof fields["type"] !== "string" || typeof fields["stack"] !== "string") return {};
    return { error: this.take("stack") };
  }

  /** Removes the fields of process and host if they are those of this process, because its events carry them already. */
  leaveOutHost(): void {
    const { ProcessId, MachineName } = (host ??= hostProperties());
    if (this.fields["pid"] === ProcessId) this.take("pid");
    if (this.fields["hostname"] === MachineName) this.take("hostname");
  }

  /** Returns whether the program, and not pino, logged a field of this name. */
  #isLogged(name: string): boolean {
    const { lastObj } = this.#state;
    return isObject(lastObj) && Object.hasOwn(lastObj, name);
  }
}

let host: Readonly<Record<string, string | number>> | undefined;

/** Parses JSON; returns `undefined` if it is invalid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns whether the value is a serialized error. In the error's field, type and message, or a stack, suffice. */
function isSerialized(value: unknown, isExpected = true): value is Fields {
  if (!isObject(value)) return false;
  const hasStack = typeof value["stack"] === "string";
  const hasTitle = typeof value["type"] === "string" && typeof value["message"] === "string";
  return isExpected ? hasStack || hasTitle : hasStack && hasTitle;
}

/** The text that pino's serializer writes between the stack of an error and the stack of its cause. */
const causeMark = "\ncaused by: ";
const inTheText = new Set(["type", "message", "stack", "aggregateErrors"]);

/**
 * Returns a serialized error as the text of `@x`: stack, own fields, inner errors and causes. Bunyan and evlog write the type under `name`.
 */
function describeError({ aggregateErrors, cause, ...given }: Fields): string {
  const error = isSerialized(cause) || cause === undefined ? given : { ...given, cause };
  const { type = error["name"] } = error;
  const title = [type, error["message"]].filter((part) => typeof part === "string" && part !== "").join(": ");
  const [stack, ...causes] = (typeof error["stack"] === "string" && error["stack"] !== "" ? error["stack"] : title).split(causeMark);
  const fields = Object.fromEntries(
    Object.entries(error).filter(([name, value]) => !inTheText.has(name) && (name !== "name" || value !== type)),
  );
  const inner = Array.isArray(aggregateErrors) ? aggregateErrors : [];
  return [
    stack,
    ...(Object.keys(fields).length > 0 ? [`    ${JSON.stringify(withoutStacks(fields))}`] : []),
    ...inner.map((one, i) => `Inner error ${i + 1} of ${inner.length}: ${isSerialized(one) ? describeError(one) : JSON.stringify(one)}`),
    ...causes.map((cause) => `Caused by: ${cause}`),
    ...(isSerialized(cause) ? [`Caused by: ${describeError(cause)}`] : []),
  ].join("\n");
}

/** Returns the data with each serialized error stripped of its stack. */
function withoutStacks(taken: unknown): unknown {
  if (Array.isArray(taken)) return taken.map(withoutStacks);
  if (!isObject(taken)) return taken;
  const isStack = (name: string): boolean => name === "stack" && isSerialized(taken);
  return Object.fromEntries(Object.entries(taken).filter(([name]) => !isStack(name)).map(([name, value]) => [name, withoutStacks(value)]));
}

/** Returns the level of a pino number: the level of 10, 20, 30, 40, 50 or 60, whichever is nearest at or below the number. */
export function levelOfNumber(number: number): Threshold {
  const names = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
  return names[Math.min(Math.max(Math.floor(number / 10) - 1, 0), 5)] ?? "info";
}

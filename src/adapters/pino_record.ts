/** A record of pino, as its line says it and as pino itself tells of it. */

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

/** What pino tells of a record beside its line, under pino's own names. */
export interface LoggerState {
  readonly lastLevel?: unknown;
  /** The object that was logged: its fields hide those of pino that have the same names. */
  readonly lastObj?: unknown;
  /** The time, as it stands in the line. */
  readonly lastTime?: unknown;
  readonly lastLogger?: { readonly levels?: unknown; bindings?(): unknown } | undefined;
  /** Whether an error may have been laid out at the top of the record: pino's build for browsers does so. */
  readonly stackAtTop?: boolean;
}

/** Where a template stands, and whether a text is one. */
export interface TextOptions extends Pick<TextAdapterOptions, "templates"> {
  readonly templateKey?: string | undefined;
}

/** A record while it is read: what was taken of it is no longer among its fields, and what is left becomes properties. */
export class PinoRecord {
  readonly fields: Fields;
  readonly #state: LoggerState;

  constructor(state: LoggerState, fields: Fields) {
    this.#state = state;
    this.fields = fields;
  }

  /** The value of a field, which then is one no more. */
  take(name: string): unknown {
    if (!Object.hasOwn(this.fields, name)) return undefined;
    const value = this.fields[name];
    delete this.fields[name];
    return value;
  }

  /** The name of pino's logger; a field of that name which the program has logged stays one. */
  readName(): string {
    if (this.#isLogged("name")) {
      const bindings = ask(() => this.#state.lastLogger?.bindings?.());
      return isObject(bindings) && typeof bindings["name"] === "string" ? bindings["name"] : "";
    }
    const { name } = this.fields;
    const shows = (text: unknown): boolean => typeof text === "string" && /\{[@$]?name\W/.test(text);
    if (this.#state.lastObj === undefined && Object.values(this.fields).some(shows)) return ""; // a hole shows it: it is the program's
    return typeof name === "string" && name !== "" ? (this.take("name") as string) : "";
  }

  /** The time: `time`, or whatever field pino says it wrote it into. */
  readMoment(): Moment {
    const { lastTime } = this.#state;
    const state = typeof lastTime === "string" && lastTime !== "" ? parseJson(lastTime) : undefined;
    const moment = readMoment(state ?? this.fields["time"]);
    if (moment === undefined) return {};
    const name = state === undefined ? "time" : Object.keys(this.fields).find((one) => this.fields[one] === state && !this.#isLogged(one));
    if (name !== undefined) this.take(name);
    return moment;
  }

  /** The template, where the record has one, or else the text; both become properties where only one of them can be shown. */
  readText(messageKey: string, { templateKey, templates }: TextOptions): Pick<LogEventInit, "message" | "messageTemplate"> {
    const template = templateKey === undefined ? undefined : this.fields[templateKey];
    if (typeof template === "string") return { messageTemplate: this.take(templateKey!) as string };
    const text = this.take(messageKey);
    return text === undefined ? { message: "" } : readText(renderText(text), this.fields, templates);
  }

  /** The text of the exception: of the error's own field, or else of the first serialized error; it stays a property, without stacks. */
  readError(errorKey: string): Pick<LogEventInit, "error"> {
    const { fields } = this;
    if (isError(fields[errorKey])) return { error: fields[errorKey] }; // no serializer has seen it
    const bags = [fields, ...Object.values(fields).filter(isObject)]; // pino's option nestedKey puts all that is logged one level down
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

  /** Leaves out the process and the machine where they are those that run this: its events carry them already. */
  leaveOutHost(): void {
    const { ProcessId, MachineName } = (host ??= hostProperties());
    if (this.fields["pid"] === ProcessId) this.take("pid");
    if (this.fields["hostname"] === MachineName) this.take("hostname");
  }

  /** Whether the program has logged a field of that name, and not pino. */
  #isLogged(name: string): boolean {
    const { lastObj } = this.#state;
    return isObject(lastObj) && Object.hasOwn(lastObj, name);
  }
}

let host: Readonly<Record<string, string | number>> | undefined;

/** JSON as a value; `undefined` for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether it is what a serializer makes of an error; where an error is expected, its type and message, or its stack, suffice. */
function isSerialized(value: unknown, isExpected = true): value is Fields {
  if (!isObject(value)) return false;
  const hasStack = typeof value["stack"] === "string";
  const hasTitle = typeof value["type"] === "string" && typeof value["message"] === "string";
  return isExpected ? hasStack || hasTitle : hasStack && hasTitle;
}

/** What pino's serializer writes between an error's stack and that of its cause. */
const causeMark = "\ncaused by: ";
const inTheText = new Set(["type", "message", "stack", "aggregateErrors"]);

/** A serialized error as the text of `@x`: its stack, own fields, inner errors and causes. Its type may stand under `name`: bunyan and evlog write it there. */
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

/** The same data, each serialized error in it without its stack. */
function withoutStacks(taken: unknown): unknown {
  if (Array.isArray(taken)) return taken.map(withoutStacks);
  if (!isObject(taken)) return taken;
  const isStack = (name: string): boolean => name === "stack" && isSerialized(taken);
  return Object.fromEntries(Object.entries(taken).filter(([name]) => !isStack(name)).map(([name, value]) => [name, withoutStacks(value)]));
}

/** Returns the level of one of pino's numbers: that of 10, 20, 30, 40, 50 or 60, the nearest that is not above it. */
export function levelOfNumber(number: number): Threshold {
  const names = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
  return names[Math.min(Math.max(Math.floor(number / 10) - 1, 0), 5)] ?? "info";
}

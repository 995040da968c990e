/** A record of winston: an object that the program, winston and formats have written into. */

import { readException } from "../event/exception.ts";
import type { Threshold } from "../event/level.ts";
import { escapeTemplate, type LogEventInit } from "../event/log_event.ts";
import { define, isBag, isError } from "../event/value_kind.ts";
import { ask, entriesOf, fieldsOf, readMoment, readText, type TextAdapterOptions } from "./adapter.ts";

/** Where winston keeps the level that no format has coloured. */
export const levelKey: unique symbol = Symbol.for("level") as never;
/** Where winston keeps the arguments after the message. */
const splatKey = Symbol.for("splat");

/** The levels of winston's tables that are no words here: each is as severe as its neighbours there. */
export const levelsOfTables: Readonly<Record<string, Threshold>> = {
  http: "debug",
  verbose: "debug",
  silly: "trace",
  help: "info",
  data: "info",
  prompt: "debug",
  input: "trace",
};

/** What is read of a record. */
export type WinstonEvent = Pick<LogEventInit, "timestampMs" | "ticks" | "message" | "messageTemplate" | "error"> & {
  readonly properties: Record<string, unknown>;
};

/** A record while it is read. */
export class WinstonRecord {
  readonly #info: object;
  readonly #fields: Record<string, unknown>;
  readonly #splat: readonly unknown[];

  constructor(info: object) {
    this.#info = info;
    this.#fields = fieldsOf(info);
    this.#splat = entriesOf(ask(() => (info as { [splatKey]?: unknown })[splatKey]));
  }

  /** The name of the level. */
  get level(): unknown {
    return ask(() => (this.#info as { readonly [levelKey]?: unknown })[levelKey]) ?? this.#fields["level"];
  }

  /** The logger's name, if that field has one; it is then no property. */
  nameIn(field: string): string {
    const name = this.#fields[field];
    if (typeof name !== "string" || name === "") return "";
    delete this.#fields[field];
    return name;
  }

  /** Its parts. */
  read(templates?: TextAdapterOptions["templates"]): WinstonEvent {
    const { timestamp, message: own, ...fields } = this.#fields;
    const message = isError(this.#info) ? ask(() => (this.#info as Error).message) : own;
    const moment = readMoment(timestamp);
    const properties: Record<string, unknown> = fields;
    if (moment === undefined && timestamp !== undefined) properties["timestamp"] = timestamp;
    const error = this.#readError(message, properties);
    const text = this.#readText(message, properties, templates);
    return { ...moment, ...(error !== undefined && { error }), ...text, properties };
  }

  /** The first error: the record itself, its message, an argument, or a field; at the last the stack that a format has left of one. */
  #readError(message: unknown, properties: Record<string, unknown>): unknown {
    if (isError(this.#info)) return withoutFields(this.#info);
    const { stack, cause, ...others } = properties;
    if (cause === undefined) delete properties["cause"]; // winston copies it, whether there is one or not
    const error = [message, ...this.#splat, ...Object.values(others)].find(isError);
    if (error !== undefined) {
      if (stack === ask(() => error.stack)) delete properties["stack"];
      if (cause === ask(() => error.cause)) delete properties["cause"];
      return error;
    }
    if (typeof stack !== "string" || stack === "") return undefined;
    delete properties["stack"];
    if (!isError(cause)) return stack;
    delete properties["cause"];
    return `${stack}\nCaused by: ${readException(cause).text}`;
  }

  #readText(
    message: unknown,
    properties: Record<string, unknown>,
    templates: TextAdapterOptions["templates"],
  ): Pick<LogEventInit, "message" | "messageTemplate"> {
    if (isError(message)) return { message: String(ask(() => message.message)) };
    if (message === undefined) return { message: "" };
    if (typeof message !== "string") {
      properties["message"] = message;
      return { messageTemplate: "{message}" };
    }
    const stack = `\n${properties["stack"] ?? ask(() => (properties["error"] as Error | undefined)?.stack)}`;
    const whole = message.endsWith(stack) ? message.slice(0, -stack.length) : message; // winston's own text of an uncaught error has it, too
    const text = whole.replace(colours, "");
    if (this.#isUnformatted(text)) return { messageTemplate: this.#bindHoles(text, properties) };
    this.#keepSurplus(text, properties);
    return readText(text, properties, templates);
  }

  /** Keeps the arguments that neither winston nor the text shows: the fields of objects, and other values as a log call names its surplus. */
  #keepSurplus(text: string, properties: Record<string, unknown>): void {
    this.#splat.forEach((value, i) => {
      if (isError(value) || value === undefined || value === null) return;
      if (isBag(value)) {
        const isShown = text.includes("{") && text.includes(String(ask(() => JSON.stringify(value)))); // by a directive %j
        for (const [name, field] of isShown ? [] : Object.entries(fieldsOf(value))) {
          if (!Object.hasOwn(properties, name) && name !== "message" && name !== "level") define(properties, name, field);
        }
      } else if (!text.includes(shownText(value))) {
        if (typeof value === "string") readLetters(value, properties);
        let name = `__${i}`;
        while (Object.hasOwn(properties, name)) name = `_${name}`;
        properties[name] = value;
      }
    });
  }

  /** Whether directives are left in the text: no format has replaced them. One within an argument's own text is none. */
  #isUnformatted(message: string): boolean {
    const text = this.#splat.reduce<string>((text, value) => typeof value === "string" ? text.replaceAll(value, "") : text, message);
    return this.#splat.length > 0 && /%[scdjifoO]/.test(text);
  }

  /** The text as a template, whose holes show the arguments; what is left of them becomes properties, as winston's format has it. */
  #bindHoles(message: string, properties: Record<string, unknown>): string {
    let used = 0;
    const template = message.replace(/%[scdjifoO%]|[{}]/g, (found) => {
      if (found === "%%") return "%";
      if (!found.startsWith("%") || used >= this.#splat.length) return escapeTemplate(found);
      properties[used] = this.#splat[used];
      return `{${used++}}`;
    });
    for (const value of this.#splat.slice(used)) {
      if (isBag(value) && !isError(value)) Object.entries(fieldsOf(value)).forEach(([name, field]) => define(properties, name, field));
    }
    return template;
  }
}

/** What format.colorize() writes around a text. */
// deno-lint-ignore no-control-regex -- ESC begins a colour
const colours = /\x1b\[[\d;]*m/g;

/** Takes away what format.splat() makes of a text that no directive shows: a field for each letter. */
function readLetters(text: string, properties: Record<string, unknown>): void {
  const places = Object.keys(text);
  if (places.every((place) => properties[place] === text[Number(place)])) { for (const place of places) delete properties[place]; }
}

/** The error without the fields that winston has written into it: they are properties. */
function withoutFields(error: Error): Error {
  const own = ["message", "stack", "cause", "errors"].filter((name) => ask(() => name in error) === true);
  const values = own.map((name) => [name, { value: ask(() => (error as unknown as Record<string, unknown>)[name]) }]);
  return Object.create(Error.prototype, { name: { value: readException(error).type }, ...Object.fromEntries(values) });
}

/** A longer list is not looked for in a text. */
const maxShownItems = 1000;

/** Returns what winston shows of an argument that is neither an object nor an error; of a list whose text may be endless, only that it is one. */
function shownText(value: unknown): string {
  const isLong = Array.isArray(value) && (value.length > maxShownItems || value.some((item) => typeof item === "object"));
  return isLong ? "[list]" : String(ask(() => String(value)));
}

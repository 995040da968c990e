/** Decides which fields of a winston record become the event's level, name, text and exception. */

import { readException } from "../event/exception.ts";
import type { Threshold } from "../event/level.ts";
import { escapeTemplate, type LogEventInit } from "../event/log_event.ts";
import { define, isBag, isError } from "../event/value_kind.ts";
import { ask, entriesOf, fieldsOf, readMoment, readText, type TextAdapterOptions } from "./adapter.ts";

/** The symbol under which winston keeps the level without colours. */
export const levelKey: unique symbol = Symbol.for("level") as never;
/** The symbol under which winston keeps the arguments after the message. */
const splatKey = Symbol.for("splat");

/** The levels of winston's tables whose names are not names of levels in this library, each as severe as its neighbours in the table. */
export const levelsOfTables: Readonly<Record<string, Threshold>> = {
  http: "debug",
  verbose: "debug",
  silly: "trace",
  help: "info",
  data: "info",
  prompt: "debug",
  input: "trace",
};

/** The interpreted record. */
export type WinstonEvent = Pick<LogEventInit, "timestampMs" | "ticks" | "message" | "messageTemplate" | "error"> & {
  readonly properties: Record<string, unknown>;
};

/** A record being interpreted. */
export class WinstonRecord {
  readonly #info: object;
  readonly #fields: Record<string, unknown>;
  readonly #splat: readonly unknown[];

  constructor(info: object) {
    this.#info = info;
    this.#fields = fieldsOf(info);
    this.#splat = entriesOf(ask(() => (info as { [splatKey]?: unknown })[splatKey]));
  }

  /** Returns the name of the level. */
  get level(): unknown {
    return ask(() => (this.#info as { readonly [levelKey]?: unknown })[levelKey]) ?? this.#fields["level"];
  }

  /** Removes the field and returns the logger's name, if the field holds a name. */
  nameIn(field: string): string {
    const name = this.#fields[field];
    if (typeof name !== "string" || name === "") return "";
    delete this.#fields[field];
    return name;
  }

  /** Returns the parts of the record. */
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

  /**
   * Returns the first error: the record itself, its message, an argument, or a field. Without an error, returns the stack that a format has
   * kept.
   */
  #readError(message: unknown, properties: Record<string, unknown>): unknown {
    if (isError(this.#info)) return withoutFields(this.#info);
    const { stack, cause, ...others } = properties;
    if (cause === undefined) delete properties["cause"]; // winston copies it, even if it is undefined
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
    const whole = message.endsWith(stack) ? message.slice(0, -stack.length) : message; // winston adds it to an uncaught error
    const text = whole.replace(colours, "");
    if (this.#isUnformatted(text)) return { messageTemplate: this.#bindHoles(text, properties) };
    this.#keepSurplus(text, properties);
    return readText(text, properties, templates);
  }

  /**
   * Keeps the arguments that neither winston nor the text shows: fields of objects become properties, and other values get the names of
   * values without a hole.
   */
  #keepSurplus(text: string, properties: Record<string, unknown>): void {
    this.#splat.forEach((value, i) => {
      if (isError(value) || value === undefined || value === null) return;
      if (isBag(value)) {
        const isShown = text.includes("{") && text.includes(String(ask(() => JSON.stringify(value)))); // by the directive %j
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

  /** Returns whether the text has directives that no format has replaced. Directives inside an argument's text do not count. */
  #isUnformatted(message: string): boolean {
    const text = this.#splat.reduce<string>((text, value) => typeof value === "string" ? text.replaceAll(value, "") : text, message);
    return this.#splat.length > 0 && /%[scdjifoO]/.test(text);
  }

  /** Returns the text as a template whose holes show the arguments. Arguments without a hole become properties, as in winston's format. */
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

/** Removes the fields, one for each letter, that format.splat() creates from a text without a directive. */
function readLetters(text: string, properties: Record<string, unknown>): void {
  const places = Object.keys(text);
  if (places.every((place) => properties[place] === text[Number(place)])) { for (const place of places) delete properties[place]; }
}

/** Returns the error without the fields that winston added to it, because they are properties already. */
function withoutFields(error: Error): Error {
  const own = ["message", "stack", "cause", "errors"].filter((name) => ask(() => name in error) === true);
  const values = own.map((name) => [name, { value: ask(() => (error as unknown as Record<string, unknown>)[name]) }]);
  return Object.create(Error.prototype, { name: { value: readException(error).type }, ...Object.fromEntries(values) });
}

/** The text of a longer list is not searched for in a message. */
const maxShownItems = 1000;

/** Returns winston's text of an argument that is neither an object nor an error. Of a very long list, only the kind is named. */
function shownText(value: unknown): string {
  const isLong = Array.isArray(value) && (value.length > maxShownItems || value.some((item) => typeof item === "object"));
  return isLong ? "[list]" : String(ask(() => String(value)));
}

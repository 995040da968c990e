/** Decides how LogTape's records become events. */

import { isHoleName, isHolePath } from "../event/hole_name.ts";
import { escapeTemplate } from "../event/log_event.ts";
import { renderText } from "../event/message_template.ts";
import { textOf } from "../event/plain_data.ts";
import { isError, isPlain } from "../event/value_kind.ts";
import { options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, type AdapterOptions, adapterReaders, ask, entriesOf, fieldsOf } from "./adapter.ts";

/** The fields of a LogTape record that are used. */
export interface LogTapeRecord {
  /** The parts of the logger's name. */
  readonly category: readonly string[];
  /** LogTape's level. */
  readonly level: string;
  /** Texts and values in turn; the texts are unescaped. */
  readonly message: readonly unknown[];
  /** The template, or the texts of a tagged template literal. */
  readonly rawMessage: string | readonly string[];
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: number;
  /** The properties of the call, the logger and the context. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The source location, if LogTape is configured to record it. */
  readonly sourceLocation?: object;
}

const readOptions: Reader<AdapterOptions> = options(adapterReaders);

type Fields = Record<string, unknown>;

/**
 * Creates a sink for LogTape that turns each record into an event: `sinks: { seq: logtapeSink() }` in its configuration.
 *
 * The category `["my", "app"]` becomes the logger `my.app`. Placeholders become holes: `{name}` and `{user.name}` are unchanged. A
 * placeholder that is no valid hole, such as `{users[0].name}`, becomes a hole with an additional property, `{users_0_name}`. `{*}` becomes
 * one hole for each property. The values of a tagged template literal become the holes `{0}`, `{1}`, …. An error among properties or values
 * is the exception.
 *
 * @param given The logger and levels.
 * @returns The sink. It never throws.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { logtapeSink } from "@x/seqlog/adapters";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("shop").addHandler(memory);
 * const sink = logtapeSink();
 * const rawMessage = "Order {OrderId} is late";
 * const message = ["Order ", 42, " is late"];
 * sink({ category: ["shop", "orders"], level: "warning", message, rawMessage, timestamp: Date.now(), properties: { OrderId: 42 } });
 * added.dispose();
 * const [event] = memory.events;
 * assert.equal(event?.loggerName, "shop.orders");
 * assert.equal(event?.messageTemplate, "Order {OrderId} is late");
 * assert.deepEqual(event?.properties, { OrderId: 42 });
 * ```
 */
export function logtapeSink(given: AdapterOptions = {}): (record: LogTapeRecord) => void {
  const adapter = new Adapter("LogTape", requireOptions(readOptions, given, "logtapeSink"));
  return (record) =>
    adapter.guard(() => {
      const level = adapter.levelOf(record.level);
      const logger = adapter.loggerOf(entriesOf(record.category).filter((part) => part !== "").map((part) => textOf(part)).join("."));
      if (level === "off" || !logger.isEnabled(level ?? "info")) return;
      const given = ask(() => fieldsOf(record.properties)); // a property that a program computes for a record may throw
      const { sourceLocation, timestamp: timestampMs } = record;
      const fields: Fields = {
        ...(level === undefined && { level: record.level }),
        ...(sourceLocation !== undefined && { sourceLocation }),
        ...(typeof given === "string" ? { __properties: given } : given),
      };
      const { template, values } = readTemplate(record, fields);
      logger.write({
        level: level ?? "info",
        ...adapter.inOrder({ timestampMs }),
        messageTemplate: template,
        properties: { ...fields, ...values },
      });
    });
}

/** Returns the template, and the values of holes that are not yet properties. */
function readTemplate(record: LogTapeRecord, properties: Fields): { readonly template: string; readonly values: Fields } {
  const values: Fields = {};
  const raw = ask(() => record.rawMessage);
  const parts = entriesOf(ask(() => record.message));
  if (parts.length === 0) return { template: escapeTemplate(typeof raw === "string" ? raw : ""), values };
  const keys = typeof raw === "string" ? keysOf(raw) : [];
  const bind = (wanted: string, value: unknown): string => {
    let name = wanted;
    while (Object.hasOwn(properties, name) || Object.hasOwn(values, name)) name = `_${name}`;
    values[name] = value;
    return `{${name}}`;
  };
  const template = parts.map((part, i) => {
    if (i % 2 === 0) return escapeTemplate(renderText(part));
    const key = keys[(i - 1) / 2];
    return key === undefined ? bind(`${(i - 1) / 2}`, part) : holeOf(key, part, properties, bind);
  });
  return { template: template.join(""), values };
}

/** Returns the keys of the placeholders by LogTape's rules. */
function keysOf(raw: string): string[] {
  return [...raw.slice(0, raw.lastIndexOf("}") + 1).matchAll(/\{\{|\}\}|\{([^}]*)\}/g)].flatMap(([, key]) => key ?? []);
}

/** Returns whether a hole without dots can have this name or number. */
const isName = (text: string): boolean => isHoleName(text) || /^\p{Nd}+$/u.test(text);

/** Returns a placeholder as a hole. */
function holeOf(key: string, value: unknown, properties: Fields, bind: (name: string, value: unknown) => string): string {
  const name = key.trim();
  if (name === "*" && !Object.hasOwn(properties, "*") && !Object.hasOwn(properties, key)) return holesOfAll(properties, bind);
  const isOther = key !== name && Object.hasOwn(properties, key);
  if (isName(name) && !isOther && (value === undefined || Object.hasOwn(properties, name))) return `{${name}}`;
  if (isHolePath(name) && !isOther && (value === undefined || reaches(properties, name, value))) return `{${name}}`;
  if (value === undefined) return escapeTemplate(`{${key}}`); // shown as written, like a hole without a property
  return bind(wordOf(name), value);
}

/** Returns `{*}` as one hole for each property. */
function holesOfAll(properties: Fields, bind: (name: string, value: unknown) => string): string {
  const holes = Object.keys(properties).map((name) =>
    `${escapeTemplate(name)}=${isName(name) ? `{${name}}` : bind(wordOf(name), properties[name])}`
  );
  return holes.join(" ");
}

/** Returns a valid hole name that replaces an invalid one. */
function wordOf(name: string): string {
  const word = name.replace(/[^\p{L}\p{Nd}_]+/gu, "_").replace(/^_+|_+$/g, "");
  return isName(word) ? word : `_${word.replace(/[^\w]/g, "_")}`;
}

/** Returns whether a dotted hole shows exactly this value once the properties are captured as plain data. */
function reaches(properties: Fields, path: string, value: unknown): boolean {
  if (Object.hasOwn(properties, path)) return true;
  let at: unknown = properties;
  for (const part of path.split(".")) {
    if ((!isPlain(at) && !isError(at)) || !Object.hasOwn(at as object, part) || (part === "stack" && isError(at))) return false;
    at = ask(() => (at as Fields)[part]);
  }
  return Object.is(at, value);
}

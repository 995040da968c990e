/** Records of LogTape as events: a sink for it. */

import { escapeTemplate } from "../event/log_event.ts";
import { renderText } from "../event/message_template.ts";
import { textOf } from "../event/plain_data.ts";
import { isError, isPlain } from "../event/value_kind.ts";
import { options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, type AdapterOptions, adapterReaders, ask, entriesOf, fieldsOf } from "./adapter.ts";

/** A record of LogTape, as far as it is read. */
export interface LogTapeRecord {
  /** The parts of the logger's name. */
  readonly category: readonly string[];
  /** LogTape's level. */
  readonly level: string;
  /** Texts and values in turn; texts are unescaped. */
  readonly message: readonly unknown[];
  /** The template, or the texts of a tagged template literal. */
  readonly rawMessage: string | readonly string[];
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: number;
  /** The properties of the call, the logger and the context. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Where it was logged, if LogTape was asked to find out. */
  readonly sourceLocation?: object;
}

const readOptions: Reader<AdapterOptions> = options(adapterReaders);

type Fields = Record<string, unknown>;

/**
 * A sink for LogTape that makes an event of each record: `sinks: { seq: logtapeSink() }` in its configuration.
 *
 * The category `["my", "app"]` is the logger `my.app`. Placeholders become holes: `{name}` and `{user.name}` stay as they are; one that no
 * hole can name, such as `{users[0].name}`, becomes a hole with a property of its own, `{users_0_name}`, and `{*}` becomes one hole for each
 * property. The values of a tagged template literal are the holes `{0}`, `{1}`, …. An error among the properties or values is the exception.
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
  const adapter = new Adapter("LogTape", requireOptions(readOptions, given));
  return (record) =>
    adapter.guard(() => {
      const level = adapter.levelOf(record.level);
      const logger = adapter.loggerOf(entriesOf(record.category).filter((part) => part !== "").map((part) => textOf(part)).join("."));
      if (level === "off" || !logger.isEnabled(level ?? "info")) return;
      const given = ask(() => fieldsOf(record.properties)); // what a program computes for a record may throw
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

/** The template, and the values of the holes that are no properties yet. */
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

/** The keys of the placeholders, read as LogTape does. */
function keysOf(raw: string): string[] {
  return [...raw.slice(0, raw.lastIndexOf("}") + 1).matchAll(/\{\{|\}\}|\{([^}]*)\}/g)].flatMap(([, key]) => key ?? []);
}

/** Names that a hole may bear, dotted or not. */
const nameRule = /^(?:\p{Nd}+|[\p{L}_][\p{L}\p{Nd}_]*)$/u;
const pathRule = /^[\p{L}_][\p{L}\p{Nd}_]*(?:\.[\p{L}_][\p{L}\p{Nd}_]*)+$/u;

/** A placeholder as a hole. */
function holeOf(key: string, value: unknown, properties: Fields, bind: (name: string, value: unknown) => string): string {
  const name = key.trim();
  if (name === "*" && !Object.hasOwn(properties, "*") && !Object.hasOwn(properties, key)) return holesOfAll(properties, bind);
  const isOther = key !== name && Object.hasOwn(properties, key);
  if (nameRule.test(name) && !isOther && (value === undefined || Object.hasOwn(properties, name))) return `{${name}}`;
  if (pathRule.test(name) && !isOther && (value === undefined || reaches(properties, name, value))) return `{${name}}`;
  if (value === undefined) return escapeTemplate(`{${key}}`); // as a hole without a property: it stays as it is written
  return bind(wordOf(name), value);
}

/** `{*}`: one hole for each property. */
function holesOfAll(properties: Fields, bind: (name: string, value: unknown) => string): string {
  const holes = Object.keys(properties).map((name) =>
    `${escapeTemplate(name)}=${nameRule.test(name) ? `{${name}}` : bind(wordOf(name), properties[name])}`
  );
  return holes.join(" ");
}

/** A name that a hole may bear, in place of one that it may not. */
function wordOf(name: string): string {
  const word = name.replace(/[^\p{L}\p{Nd}_]+/gu, "_").replace(/^_+|_+$/g, "");
  return nameRule.test(word) ? word : `_${word.replace(/[^\w]/g, "_")}`;
}

/** Whether a dotted hole shows just that value: it is there in the same way once the properties are taken as plain data. */
function reaches(properties: Fields, path: string, value: unknown): boolean {
  if (Object.hasOwn(properties, path)) return true;
  let at: unknown = properties;
  for (const part of path.split(".")) {
    if ((!isPlain(at) && !isError(at)) || !Object.hasOwn(at as object, part) || (part === "stack" && isError(at))) return false;
    at = ask(() => (at as Fields)[part]);
  }
  return Object.is(at, value);
}

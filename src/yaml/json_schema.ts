/** Generates the JSON Schema of a configuration file from the readers that configure() reads by. */

import { levelNames, levelWords } from "../event/level.ts";
import { readDurableOptions } from "../durable/durable_options.ts";
import { readSeqOptions } from "../seq/seq_options.ts";
import {
  type About,
  camelCase,
  describe,
  flag,
  isObject,
  mapValues,
  type Reader,
  requireOptions,
  text,
  threshold,
} from "../option_schema.ts";
import { commonOptions, longReaders, readParts } from "../config/grammar.ts";
import type { ConfigParts } from "../config/logging_config.ts";
import { pythonParts } from "./register_yaml_classes.ts";
import { type Classes, registry } from "../config/built_in_classes.ts";
import { seqConflicts } from "../config/shorthand.ts";

/** A JSON Schema of draft 7, which editors support. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A text with a variable to expand. */
const filled: JsonSchema = { type: "string", pattern: "\\$\\{" };
const numeral: JsonSchema = { type: "string", pattern: "^\\s*[-+]?\\d*\\.?\\d+([eE][-+]?\\d+)?\\s*$" };
/** Everything that the shorthand accepts. */
const shorthandReaders: Readonly<Record<string, Reader<unknown>>> = {
  ...readSeqOptions.about?.options,
  ...Object.fromEntries(Object.entries(longReaders).filter(([name]) => seqConflicts.includes(name))),
  serverUrl: text,
  level: threshold,
  console: describe<unknown>((given) => given, { type: "level", or: flag }),
};

/**
 * Returns the JSON Schema of a configuration file, by which editors complete and check it.
 *
 * `src/yaml/logging.schema.json` is the schema of the built-in classes and Python's. If you register your own classes, call this function.
 *
 * @param parts Classes by name, as for {@linkcode configureFromFile}.
 * @returns The schema (draft 7).
 * @example
 * ```ts
 * import { jsonSchema } from "@x/seqlog/yaml";
 * import { MemoryHandler } from "@x/seqlog";
 *
 * const text = JSON.stringify(jsonSchema({ handlers: { list: () => new MemoryHandler() } }));
 * console.log(text.includes('"list"')); // true
 * ```
 */
export function jsonSchema(parts: ConfigParts = {}): JsonSchema {
  return shareRepeated(wholeSchema(requireOptions(readParts, parts, "jsonSchema", "parts")));
}

/** Returns the schema without shared definitions; descriptions are added to this form. */
export function wholeSchema(parts: ConfigParts = {}): JsonSchema {
  const classes = registry({
    handlers: { ...pythonParts.handlers, ...parts.handlers },
    filters: { ...pythonParts.filters, ...parts.filters },
    formatters: { ...pythonParts.formatters, ...parts.formatters },
  });
  const described = {
    handlers: { additionalProperties: ofClasses(classes.handlers, undefined, commonOptions.about?.options) },
    filters: { additionalProperties: ofClasses(classes.filters, "name") },
    formatters: { additionalProperties: ofClasses(classes.formatters, classes.standardFormatter) },
  };
  const long = ofOptions(longReaders);
  const properties = { ...(long["properties"] as object), ...mapValues(described, (one) => ({ type: ["object", "null"], ...one })) };
  const ignored = { "^x-": {}, "^\\$schema$": {} };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Configuration of @x/seqlog",
    description: "The grammar of Python's logging.config.dictConfig, or, with a server URL at the top, the options of one Seq handler.",
    if: { anyOf: [{ required: ["server_url"] }, { required: ["serverUrl"] }] },
    then: { ...ofOptions(shorthandReaders), patternProperties: ignored },
    else: { ...long, properties, patternProperties: ignored },
  };
}

/** Describes an object by its class and that class's options. */
function ofClasses({ known }: Classes<unknown>, standard: string | undefined, common: About["options"] = {}): JsonSchema {
  const names = Object.keys(known);
  const basics = {
    class: { anyOf: [{ enum: names }, { type: "string", pattern: "#" }] },
    "()": { type: "string" },
    ".": { type: "object" },
  };
  const cases = Object.entries(known).filter(([, { about }]) => about !== undefined).map(([name, { about }]) => {
    const { properties } = ofOptions({ ...common, ...about!.options });
    const isThis = { properties: { class: { const: name } }, ...(name !== standard && { required: ["class"] }), not: { required: ["()"] } };
    return { if: isThis, then: { properties: { ...basics, ...(properties as object) }, additionalProperties: false } };
  });
  const required = standard === undefined && { anyOf: [{ required: ["class"] }, { required: ["()"] }] };
  return { type: "object", properties: basics, ...required, allOf: cases };
}

/** Describes an object with these options, each in camelCase and snake_case; null counts as absent. */
function ofOptions(readers: Readonly<Record<string, Reader<unknown>>>): JsonSchema {
  const described = Object.entries(readers).map(([name, reader]) =>
    [name, ["queue", "buffer"].includes(name) ? readDurableOptions : reader] as const
  );
  const usable = described.filter(([, { about }]) => about?.type !== "function");
  const properties = usable.flatMap(([name, reader]) => {
    const forms = formsOf(reader);
    const schema = forms.length === 0 ? {} : { anyOf: [...forms, { type: "null" }] };
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [...new Set([snake, name])].map((one) => [one, schema]);
  });
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

/** Returns the forms that a value may have, except null; an empty list if nothing is known about the value. */
function formsOf({ about = {} }: Reader<unknown>): JsonSchema[] {
  const own = ofKind(about);
  return about.or === undefined ? own : [...own, ...formsOf(about.or)];
}

function ofReader(reader: Reader<unknown>): JsonSchema {
  const forms = formsOf(reader);
  return forms.length === 0 ? {} : forms.length === 1 ? forms[0]! : { anyOf: forms };
}

function ofKind({ type, words, options, items, values, least, most, isWhole }: About): JsonSchema[] {
  if (words !== undefined) return [{ enum: words }, filled];
  if (options !== undefined) return [ofOptions(options)];
  if (items !== undefined) return [{ type: "array", items: ofReader(items) }];
  if (values !== undefined) return [{ type: "object", additionalProperties: ofReader(values) }];
  const maximum = most !== Number.MAX_VALUE && { maximum: most };
  switch (type) {
    case "text":
      return [{ type: "string" }];
    case "flag":
      return [{ anyOf: [{ type: "boolean" }, { enum: ["true", "yes", "on", "false", "no", "off"] }, filled] }];
    case "number":
      return [{ anyOf: [{ type: isWhole ? "integer" : "number", minimum: least, ...maximum }, numeral, filled] }];
    case "level": {
      const word = { type: "string", pattern: anyCase(levelNames()) };
      return [{ anyOf: [{ enum: levelWords }, word, { type: "number" }, { const: false }, filled] }];
    }
    default:
      return [];
  }
}

/** Returns a pattern for words in any case, because JSON Schema has no flag for it. */
function anyCase(words: readonly string[]): string {
  const letters = (word: string): string => word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  return `^\\s*(${words.map(letters).join("|")}|[-+]?\\d+)?\\s*$`;
}

/** A shorter schema is not shared, because a reference to it would hardly be shorter. */
const minSharedLength = 60;

/** Moves each repeated schema to `definitions`, named after the first option it describes. */
export function shareRepeated(whole: JsonSchema): JsonSchema {
  const counts = new Map<string, number>();
  const count = (schema: unknown): void => {
    const text = JSON.stringify(schema);
    const known = counts.get(text) ?? 0;
    counts.set(text, known + 1);
    if (known === 0) mapSchemas(schema, (one) => (count(one), one));
  };
  count(whole);
  const definitions: Record<string, unknown> = { flag: undefined, level: undefined };
  const names = new Map([[JSON.stringify(ofReader(flag)), "flag"], [JSON.stringify(ofReader(threshold)), "level"]]);
  const share = (schema: unknown, option: string): unknown => {
    const text = JSON.stringify(schema);
    if (counts.get(text)! < 2 || text.length < minSharedLength) return mapSchemas(schema, share, option);
    let name = names.get(text) ?? option;
    for (let n = 2; !names.has(text) && Object.hasOwn(definitions, name); n++) name = `${option}${n}`;
    names.set(text, name);
    if (definitions[name] === undefined) {
      definitions[name] = {}; // reserves the name
      definitions[name] = mapSchemas(schema, share, option);
    }
    return { $ref: `#/definitions/${name}` };
  };
  const shared = share(whole, "configuration") as JsonSchema;
  return { ...shared, definitions };
}

/** Maps the schemas directly below a schema; each comes with the name of the option that it describes. */
function mapSchemas(schema: unknown, map: (schema: unknown, name: string) => unknown, name: string = ""): unknown {
  if (!isObject(schema)) return schema;
  const mapOne = (key: string, value: unknown): unknown => {
    if (key === "properties" || key === "patternProperties") {
      return mapValues(value as Record<string, unknown>, (one, option) => map(one, camelCase(option)));
    }
    if (["anyOf", "allOf"].includes(key)) return (value as unknown[]).map((one) => map(one, name));
    return ["then", "else", "items", "additionalProperties"].includes(key) && isObject(value) ? map(value, name) : value;
  };
  return mapValues(schema, (value, key) => mapOne(key, value));
}

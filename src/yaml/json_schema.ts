/** The JSON Schema of a configuration file, made from the readers that configure reads by. */

import { levelNames, levelWords } from "../event/level.ts";
import { readDurableOptions } from "../durable/durable_options.ts";
import { readSeqOptions } from "../seq/seq_options.ts";
import { type About, describe, flag, mapValues, orNull, type Reader, text, threshold } from "../option_schema.ts";
import { commonOptions, longReaders } from "../config/grammar.ts";
import type { ConfigParts } from "../config/logging_config.ts";
import { pythonParts } from "../python/register_python.ts";
import { type Classes, registry } from "../config/built_in_classes.ts";
import { besideSeq } from "../config/shorthand.ts";

/** A JSON Schema (draft 7, which editors know). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A text that is filled in from the environment. */
const filled: JsonSchema = { type: "string", pattern: "\\$\\{" };
const numeral: JsonSchema = { type: "string", pattern: "^\\s*[-+]?\\d*\\.?\\d+([eE][-+]?\\d+)?\\s*$" };
const definitions: Readonly<Record<string, () => JsonSchema>> = {
  flag: () => ({ anyOf: [{ type: "boolean" }, { enum: ["true", "yes", "on", "false", "no", "off"] }, filled] }),
  level: () => {
    const word = { type: "string", pattern: anyCase(levelNames()) };
    return { anyOf: [{ enum: levelWords }, word, { type: "number", minimum: 0, maximum: 50 }, { const: false }, filled] };
  },
};

/** All that the shorthand takes. */
const shorthandReaders: Readonly<Record<string, Reader<unknown>>> = {
  ...readSeqOptions.about?.options,
  ...Object.fromEntries(Object.entries(longReaders).filter(([name]) => besideSeq.includes(name))),
  serverUrl: orNull(text),
  level: threshold,
  console: describe<unknown>((given) => given, { type: "level", or: flag }),
};

/**
 * The JSON Schema of a configuration file, by which editors complete and check it.
 *
 * The one for the built-in classes and Python's stands in `src/yaml/logging.schema.json`; with classes of one's own this makes another.
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
  const properties = { ...(long.properties as object), ...mapValues(described, (one) => ({ type: ["object", "null"], ...one })) };
  const ignored = { "^x-": {}, "^\\$schema$": {} };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Configuration of @x/seqlog",
    description: "The grammar of Python's logging.config.dictConfig, or, with a server URL at the top, the options of one Seq handler.",
    definitions: mapValues(definitions, (make) => make()),
    if: { anyOf: [{ required: ["server_url"] }, { required: ["serverUrl"] }] },
    then: { ...ofOptions(shorthandReaders), patternProperties: ignored },
    else: { ...long, properties, patternProperties: ignored },
  };
}

/** What describes a thing by its class and the options of that. */
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

/** An object with these options, each under both its names. */
function ofOptions(readers: Readonly<Record<string, Reader<unknown>>>): JsonSchema {
  const described = Object.entries(readers).map(([name, reader]) =>
    [name, ["queue", "buffer"].includes(name) ? readDurableOptions : reader] as const
  );
  const usable = described.filter(([, { about }]) => about?.type !== "function");
  const properties = usable.flatMap(([name, reader]) => {
    const schema = ofReader(reader);
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [...new Set([snake, name])].map((one) => [one, schema]);
  });
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

function ofReader({ about = {} }: Reader<unknown>): JsonSchema {
  const { or, orNull } = about;
  const own = ofKind(about);
  const all = [...own, ...(or === undefined ? [] : [ofReader(or)]), ...(orNull ? [{ type: "null" }] : [])];
  return own.length === 0 ? {} : all.length === 1 && !("$ref" in all[0]!) ? all[0]! : { anyOf: all };
}

/** The forms that a value may take; none means that nothing is known of it. */
function ofKind({ type, words, options, items, values, least, most, isWhole }: About): JsonSchema[] {
  if (words !== undefined) return [{ enum: words }, filled];
  if (options !== undefined) return [ofOptions(options)];
  if (items !== undefined) return [{ type: "array", items: ofReader(items) }];
  if (values !== undefined) return [{ type: "object", additionalProperties: ofReader(values) }];
  switch (type) {
    case "text":
      return [{ type: "string" }];
    case "flag":
      return [{ $ref: "#/definitions/flag" }];
    case "number":
      return [
        { type: isWhole ? "integer" : "number", minimum: least, ...(most !== Number.MAX_VALUE && { maximum: most }) },
        numeral,
        filled,
      ];
    case "level":
      return [
        { enum: ["trace", "debug", "info", "warn", "error", "fatal", "off"] },
        { type: "string", pattern: anyCase(levelNames()) },
        {
          type: "number",
          minimum: 0,
          maximum: 50,
        },
        { const: false },
        filled,
      ];
    default:
      return [];
  }
}

/** A pattern for words in any case: JSON Schema has no flag for it. */
function anyCase(words: readonly string[]): string {
  const letters = (word: string): string => word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  return `^\\s*(${words.map(letters).join("|")}|\\d+)\\s*$`;
}

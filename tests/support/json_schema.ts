/**
 * The JSON Schema as it is published: that of the code, with the comments of the options as descriptions.
 *
 *     tsx tests/support/json_schema.ts     writes src/yaml/logging.schema.json
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type JsonSchema, shareRepeated, wholeSchema } from "../../src/yaml/json_schema.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Where it stands. */
export const schemaPath: string = join(root, "src/yaml/logging.schema.json");

/** The interfaces whose comments describe options, the later ones first where two have the same name. */
const sources: readonly string[] = [
  "src/config/logging_config.ts",
  "src/seq/seq_options.ts",
  "src/file/file_options.ts",
  "src/durable/durable_options.ts",
  "src/handlers/console_handler.ts",
  "src/handlers/memory_handler.ts",
  "src/handlers/stream_handler.ts",
  "src/python/python_formatter.ts",
];

/** What the comments say of the options, by name. */
function commentsOf(path: string): [string, string][] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/\/\*\* ([^\n]*?) \*\/\s*readonly (\w+)\??:/g)].map(([, comment = "", name = ""]) => [name, comment]);
}

/** The schema with the descriptions, as it is written. */
export function publishedSchema(): string {
  const comments = new Map(sources.flatMap(commentsOf));
  const describe = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(describe);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === "properties" ? describeAll(one) : describe(one)]));
  };
  const describeAll = (properties: Record<string, object>): unknown =>
    Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => {
        const comment = comments.get(name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
        return [name, { ...(comment !== undefined && !("const" in schema) && { description: comment }), ...describe(schema) as object }];
      }),
    );
  return `${JSON.stringify(shareRepeated(describe(wholeSchema()) as JsonSchema), null, 1)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaPath, publishedSchema());

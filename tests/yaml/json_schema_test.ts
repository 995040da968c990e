/** The JSON Schema: it follows the code, and agrees with configure() on right and wrong configurations. */

import { parse } from "@std/yaml";
import { Ajv } from "ajv";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ConfigError, configure, type LoggingConfig, MemoryHandler, shutdown } from "../../mod.ts";
import { jsonSchema, pythonParts } from "../../src/yaml/yaml.ts";
import { publishedSchema, schemaPath } from "../support/json_schema.ts";
import { hearConsole } from "../support/seq.ts";

const validate = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(readFileSync(schemaPath, "utf8")));

/** What the schema says of a configuration: nothing, or where it is wrong. */
function complaintsOf(config: unknown): string[] {
  validate(config);
  return (validate.errors ?? []).map(({ instancePath, keyword, message }) => `${instancePath} ${keyword} ${message}`);
}

test("logging.schema.json is what the code makes (npx tsx tests/support/json_schema.ts writes it)", () => {
  assert.equal(readFileSync(schemaPath, "utf8"), publishedSchema());
});

for (const name of ["flask-gunicorn.yml", "workers.yml"]) {
  test(`logging.schema.json takes ${name}`, () => {
    assert.deepEqual(complaintsOf(parse(readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8"))), []);
  });
}

const seq = { class: "seq", serverUrl: "http://seq.test" };

/** Configurations, and whether they are right. */
const cases: readonly (readonly [string, unknown, boolean])[] = [
  ["the shorthand", { serverUrl: "http://seq.test", level: "INFO", console: true, loggers: { a: "debug" } }, true],
  ["the shorthand in snake_case", { server_url: "http://seq.test", batch_size: "10", capture_console: "yes" }, true],
  ["the shorthand for the console", { serverUrl: null, console: "warn" }, true],
  ["a level in any case, by Python's number, and off as YAML reads it", {
    serverUrl: null,
    level: 30,
    loggers: { a: "cRiTical", b: false },
  }, true],
  ["a level that is none", { serverUrl: null, level: "loud" }, false],
  ["levels beyond Python's: one mutes, the other lets all pass", { serverUrl: null, level: 99, loggers: { a: -1 } }, true],
  ["an option that is none", { server_url: "http://seq.test", batchsize: 5 }, false],
  ["a number that is too small", { server_url: "http://seq.test", batch_size: 0 }, false],
  ["a fraction where a whole number is needed", { server_url: "http://seq.test", batch_size: 1.5 }, false],
  ["a flag that is none", { server_url: "http://seq.test", preserve_dotted_property_names: "perhaps" }, false],
  ["one of some words", { server_url: "http://seq.test", overflow: "drop-newest" }, true],
  ["another word", { server_url: "http://seq.test", overflow: "drop-all" }, false],
  ["the long form", { version: 1, root: { level: "INFO", handlers: ["seq"] }, handlers: { seq } }, true],
  ["a name at the top that is none", { version: 1, handelrs: {} }, false],
  ["a logger's option that is none", { loggers: { a: { levle: "info" } } }, false],
  ["a handler without a class", { handlers: { a: { level: "info" } } }, false],
  ["a handler of a class that is none", { handlers: { a: { class: "sek" } } }, false],
  ["a handler's option that its class does not have", { handlers: { a: { class: "console", serverUrl: "http://seq.test" } } }, false],
  ["a handler with what all handlers have", { handlers: { a: { class: "memory", level: "WARN", filters: [], formatter: null } } }, true],
  ["Python's handlers", { handlers: { a: { class: "logging.StreamHandler", stream: "ext://sys.stdout" } } }, true],
  ["a filter by name", { filters: { a: { name: "shop" } } }, true],
  ["a filter of ours", { filters: { a: { class: "sample", rate: 0.5 } } }, true],
  ["a filter's option that is none", { filters: { a: { class: "sample", ratio: 0.5 } } }, false],
  ["Python's formatter", { formatters: { a: { format: "%(message)s", datefmt: "%H:%M", style: "%", validate: false } } }, true],
  ["a style that is none", { formatters: { a: { style: "#" } } }, false],
  ["properties of any kind", { properties: { A: 1, B: null, C: { D: [1] } } }, true],
  ["null for every option, and levels from empty variables", {
    server_url: "http://seq.test",
    batch_size: null,
    overflow: null,
    level: "",
    console: null,
    capture_console: null,
    queue: null,
  }, true],
  ["null in the long form", {
    version: null,
    incremental: null,
    root: { level: "", handlers: null, filters: null, propagate: null },
    handlers: { a: { class: "memory", capacity: null, level: null, filters: null }, b: { ...seq, fallback: null, batch_size: null } },
    filters: { a: { class: "sample", rate: 0.5, max_level: null } },
    formatters: { a: { format: null, style: null, validate: null } },
  }, true],
  ["an empty configuration", {}, true],
];

for (const [name, config, isRight] of cases) {
  test(`logging.schema.json and configure() agree on ${name}`, async () => {
    using _ = hearConsole();
    const complaints = complaintsOf(config);
    assert.equal(complaints.length === 0, isRight, complaints.join("\n"));
    const apply = (): unknown => configure(config as LoggingConfig, pythonParts);
    if (isRight) apply();
    else assert.throws(apply, ConfigError);
    await shutdown({ timeoutMs: 0 });
  });
}

test("logging.schema.json takes what only a file may say: variables, modules, and names of one's own", () => {
  const config = {
    "$schema": "./logging.schema.json",
    "x-own": { any: "thing" },
    version: 1,
    root: { level: "${LEVEL:-info}", handlers: ["slack"] },
    handlers: { slack: { class: "./slack.js#SlackHandler", channel: "#ops" }, seq: { ...seq, batch_size: "${BATCH}" } },
  };
  assert.deepEqual(complaintsOf(config), []);
});

test("jsonSchema() knows the classes it is given", () => {
  const config = { handlers: { list: { class: "list", any: "option" } } };
  const own = new Ajv({ strict: false }).compile(jsonSchema({ handlers: { list: () => new MemoryHandler() } }));
  assert.equal(own(config), true);
  assert.ok(complaintsOf(config).length > 0);
});

test("jsonSchema() describes its options with their comments", () => {
  const { then, definitions } = JSON.parse(readFileSync(schemaPath, "utf8"));
  const { $ref } = then.properties.batch_size;
  assert.match(definitions[$ref.replace("#/definitions/", "")].description, /Most events in one request/);
  assert.deepEqual(then.properties.batchSize, { $ref });
});

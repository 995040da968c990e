/** consolaReporter(): logs of the real consola arrive as events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConsolaInstance, createConsola } from "consola";
import { type ConsolaOptions, consolaReporter } from "../../src/adapters/adapters.ts";
import { factsOf, hear, type Heard } from "./hear.ts";

const consolaOf = ({ name }: Heard, options: ConsolaOptions = {}, more: object = {}): ConsolaInstance =>
  createConsola({ level: Infinity, reporters: [consolaReporter({ logger: name, ...options })], ...more });

const types = {
  ...{ fatal: "fatal", error: "error", fail: "error", warn: "warn", log: "info", info: "info", success: "info", ready: "info" },
  ...{ start: "info", box: "info", debug: "debug", trace: "trace", verbose: "trace" },
} as const;

test("consolaReporter() maps each type, and keeps those that say more than their level", () => {
  using heard = hear();
  const consola = consolaOf(heard);
  for (const type of Object.keys(types) as (keyof typeof types)[]) consola[type](type);
  consola.silent("silent");
  assert.deepEqual(Object.fromEntries(heard.events.map(({ level, message }) => [message, level])), types);
  const said = heard.events.flatMap(({ properties }) => properties.type ?? []);
  assert.deepEqual(said, ["fail", "success", "ready", "start", "box", "verbose"]);
});

test("consolaReporter({ levels }) overrides; a type of the program's own is read by its number", () => {
  using heard = hear();
  const consola = consolaOf(heard, { levels: { success: "debug", box: "off" } }, {
    types: { audit: { level: 1 }, success: { level: 3 }, box: { level: 3 } },
  });
  for (const type of ["audit", "success", "box"]) (consola as unknown as Record<string, (text: string) => void>)[type]!(type);
  assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), [["audit", "warn"], ["success", "debug"]]);
});

test("consolaReporter() makes tags the logger's name, and properties of defaults, objects and values", () => {
  using heard = hear();
  const consola = consolaOf(heard).withDefaults({ RequestId: "r1" } as never).withTag("app").withTag("db");
  consola.info("Query of {table} took", 350, { table: "orders" });
  assert.deepEqual(factsOf(heard.event), {
    level: "info",
    loggerName: `${heard.name}.app.db`,
    messageTemplate: "Query of {table} took {0}",
    message: "Query of orders took 350",
    properties: { RequestId: "r1", table: "orders", 0: 350 },
  });
  assert.ok(Math.abs(heard.event.timestampMs - Date.now()) < 60_000);
});

test("consolaReporter() makes the exception of an error, alone or with a text; a log object is its message", () => {
  using heard = hear();
  const consola = consolaOf(heard);
  consola.error(new TypeError("no paper"));
  consola.error("failed", new TypeError("no paper"));
  consola.info({ message: "an object", additional: "more" });
  assert.deepEqual(heard.events.map(({ message }) => message), ["no paper", "failed", "an object \nmore"]);
  assert.deepEqual(heard.events.map(({ exception }) => exception?.split("\n")[0]), [
    "TypeError: no paper",
    "TypeError: no paper",
    undefined,
  ]);
});

/** tslogTransport(): records of the real tslog arrive as events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Logger } from "tslog";
import { type TslogOptions, tslogTransport } from "../../src/adapters/adapters.ts";
import { hear, type Heard } from "./hear.ts";

function loggerOf({ name }: Heard, options: TslogOptions = {}, bound?: Record<string, unknown>): Logger<Record<string, unknown>> {
  const logger = new Logger<Record<string, unknown>>({ type: "hidden", name: "main" }, bound);
  logger.attachTransport(tslogTransport({ logger: name, ...options }));
  return logger;
}

test("tslogTransport() maps each level, those of the options, and a custom one by its number", () => {
  using heard = hear();
  const logger = loggerOf(heard, { levels: { DEBUG: "off", 7: "warn" } });
  for (const level of ["silly", "trace", "debug", "info", "warn", "error", "fatal"] as const) logger[level](level);
  logger.log(7, "AUDIT", "audit");
  logger.log(9, "LOUD", "loud");
  assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), [
    ...[["silly", "trace"], ["trace", "trace"], ["info", "info"], ["warn", "warn"], ["error", "error"], ["fatal", "fatal"]],
    ...[["audit", "warn"], ["loud", "fatal"]],
  ]);
});

test("tslogTransport() makes names the logger's name, and properties of its own object, objects and values", () => {
  using heard = hear();
  const logger = loggerOf(heard, {}, { App: "shop" }).getSubLogger({ name: "db" }, { Pool: 3 });
  logger.info("Query of {table} took", 350, { table: "orders" });
  logger.warn({ Id: 42, message: "an object" });
  const [first, second] = heard.events;
  const { sourceLocation, ...properties } = first!.properties;
  assert.deepEqual([first!.loggerName, first!.message], [`${heard.name}.main.db`, "Query of orders took 350"]);
  assert.deepEqual(properties, { Pool: 3, table: "orders", 0: 350, ...("App" in properties && { App: "shop" }) });
  assert.match(String(sourceLocation), /tslog_transport_test/);
  assert.deepEqual([second!.message, second!.properties.Id], ["an object", 42]);
});

test("tslogTransport() makes the exception of an error, alone or beside a text", () => {
  using heard = hear();
  const error = new TypeError("no paper", { cause: new Error("no tree") });
  loggerOf(heard).error(error);
  loggerOf(heard).error("failed", error);
  assert.deepEqual(heard.events.map(({ message }) => message), ["no paper", "failed"]);
  for (const { exception, properties } of heard.events) {
    assert.match(exception!, /^TypeError: no paper\n.*\nCaused by: Error: no tree\n/s);
    assert.deepEqual(Object.keys(properties), ["sourceLocation"]);
  }
});

test("tslogTransport() keeps the time, and reads the records of tslog 4", () => {
  using heard = hear();
  const _meta = { logLevelId: 4, logLevelName: "WARN", date: new Date(1767225600000), name: "old", parentNames: ["older"] };
  tslogTransport({ logger: heard.name })({ 0: "by version 4", _meta });
  const { loggerName, timestampMs, level, properties } = heard.event;
  assert.deepEqual([loggerName, timestampMs, level, { ...properties }], [`${heard.name}.older.old`, 1767225600000, "warn", {}]);
});

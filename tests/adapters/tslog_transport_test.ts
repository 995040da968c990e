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

test("tslogTransport() makes the exception of an error, alone or with a text", () => {
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

test("tslogTransport() reads a prefix in brackets into the message, which stays a template", () => {
  using heard = hear();
  const logger = new Logger({ type: "hidden", name: "main", prefix: ["[shop]"], stack: { capture: "off" } });
  logger.attachTransport(tslogTransport({ logger: heard.name }));
  const child = logger.getSubLogger({ name: "db", prefix: ["<orders>"] }).getSubLogger({ name: "pool" });
  child.info("Query {Id} took", { Id: 7 });
  child.info("%s took", "Query", 350);
  child.info("done");
  child.info({ Id: 8 });
  logger.info("Items", "apple");
  assert.deepEqual(heard.events.map(({ messageTemplate, message }) => [messageTemplate, message]), [
    ["[shop] <orders> Query {Id} took", "[shop] <orders> Query 7 took"],
    ["[shop] <orders> {0} took {1}", "[shop] <orders> Query took 350"],
    ["[shop] <orders> done", "[shop] <orders> done"],
    ["[shop] <orders>", "[shop] <orders>"],
    ["[shop] Items {0}", "[shop] Items apple"],
  ]);
  assert.deepEqual(heard.events.map(({ loggerName }) => loggerName), [
    ...Array(4).fill(`${heard.name}.main.db.pool`),
    `${heard.name}.main`,
  ]);
  assert.equal(heard.events[3]!.properties.Id, 8);
});

test("tslogTransport() makes properties of bindings and of the context, also when an error is logged", () => {
  using heard = hear();
  const logger = new Logger({ type: "hidden", bindings: { App: "shop" }, stack: { capture: "off" } });
  logger.attachTransport(tslogTransport({ logger: heard.name }));
  logger.runInContext({ RequestId: "r1" }, () => {
    logger.info("Order {Id}", { Id: 1 });
    logger.error(new Error("no paper"));
  });
  assert.deepEqual(heard.events.map(({ message, properties }) => [message, { ...properties }]), [
    ["Order 1", { App: "shop", RequestId: "r1", Id: 1 }],
    ["no paper", { App: "shop", RequestId: "r1" }],
  ]);
});

test("tslogTransport() reads the arguments where they have a name of their own", () => {
  using heard = hear();
  const logger = new Logger({ type: "hidden", argumentsArrayName: "args", bindings: { Tags: ["a"] }, stack: { capture: "off" } });
  logger.attachTransport(tslogTransport({ logger: heard.name }));
  logger.warn("Print {Id} failed", { Id: 1 }, new Error("no paper"));
  const { message, properties, exception } = heard.event;
  assert.deepEqual([message, { ...properties }], ["Print 1 failed", { Tags: ["a"], Id: 1 }]);
  assert.match(exception!, /^Error: no paper\n/);
});

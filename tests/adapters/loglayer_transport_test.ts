/** loglayerTransport(): calls of the real LogLayer arrive as events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LogLayer, type LogLayerConfig } from "loglayer";
import { type LogLayerOptions, loglayerTransport } from "../../src/adapters/adapters.ts";
import { factsOf, hear, type Heard } from "./hear.ts";

const loggerOf = ({ name }: Heard, options: LogLayerOptions = {}, config: Partial<LogLayerConfig> = {}): LogLayer =>
  new LogLayer({ ...config, transport: loglayerTransport({ logger: name, ...options }) });

test("loglayerTransport() maps each level, and those of the options", () => {
  using heard = hear();
  const logger = loggerOf(heard, { levels: { info: "off", fatal: "error" } });
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) logger[level](level);
  assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), [
    ...[["trace", "trace"], ["debug", "debug"], ["warn", "warn"], ["error", "error"], ["fatal", "error"]],
  ]);
});

test("loglayerTransport() makes properties of context and metadata, of children too, and one of them the logger's name", () => {
  using heard = hear();
  const logger = loggerOf(heard, { loggerNameKey: "module" }).withContext({ module: "shop.orders", RequestId: "r1" });
  logger.child().withContext({ UserId: 7 }).withPrefix("[p]").withMetadata({ Id: 42 }).info("Order {Id}", "shipped");
  assert.deepEqual(factsOf(heard.event), {
    level: "info",
    loggerName: `${heard.name}.shop.orders`,
    messageTemplate: "[p] Order {Id} {0}",
    message: "[p] Order 42 shipped",
    properties: { RequestId: "r1", UserId: 7, Id: 42, 0: "shipped" },
  });
});

test("loglayerTransport() makes the exception of an error, also where it is serialized, and alone", () => {
  using heard = hear();
  const error = new TypeError("no paper", { cause: new Error("no tree") });
  loggerOf(heard).withError(error).error("failed");
  loggerOf(heard).errorOnly(error);
  loggerOf(heard, {}, { errorSerializer: () => ({ code: 5 }), errorFieldName: "failure" }).withError(error).warn("serialized");
  assert.deepEqual(heard.events.map(({ message, properties }) => [message, { ...properties }]), [
    ["failed", {}],
    ["no paper", {}],
    ["serialized", { failure: { code: 5 } }],
  ]);
  for (const { exception } of heard.events) assert.match(exception!, /^TypeError: no paper\n.*\nCaused by: Error: no tree\n/s);
});

test("loglayerTransport() shows metadata alone, and what is nested by the configuration", () => {
  using heard = hear();
  loggerOf(heard).metadataOnly({ Id: 42 });
  loggerOf(heard, {}, { contextFieldName: "ctx", metadataFieldName: "meta" }).withContext({ a: 1 }).withMetadata({ b: 2 }).info("nested");
  assert.deepEqual(heard.events.map(({ message, properties }) => [message, { ...properties }]), [
    ['{"Id":42}', { Id: 42 }],
    ["nested", { ctx: { a: 1 }, meta: { b: 2 } }],
  ]);
});

test("loglayerTransport().enabled turns it off", () => {
  using heard = hear();
  const transport = loglayerTransport({ logger: heard.name });
  const logger = new LogLayer({ transport });
  transport.enabled = false;
  logger.info("off");
  transport.enabled = true;
  logger.info("on");
  assert.equal(heard.event.message, "on");
});

/** nestLogger(): calls of the real NestJS become events, and arguments are read in Nest's order. */

import "reflect-metadata";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ConsoleLogger, Logger, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { nestLogger, type NestOptions } from "../../src/adapters/adapters.ts";
import { hear, type Heard } from "./hear.ts";

afterEach(() => Logger.overrideLogger(new ConsoleLogger()));

function use({ name }: Heard, options: NestOptions = {}): void {
  Logger.overrideLogger(nestLogger({ logger: name, ...options }));
}

test("nestLogger() maps each level, and those of the options by Nest's names", () => {
  using heard = hear();
  use(heard, { levels: { verbose: "debug", debug: "off" } });
  for (const level of ["verbose", "debug", "log", "warn", "error", "fatal"] as const) new Logger()[level](level);
  assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), [
    ...[["verbose", "debug"], ["log", "info"], ["warn", "warn"], ["error", "error"], ["fatal", "fatal"]],
  ]);
});

const error = new TypeError("no paper");
const stack = "Error: by text\n    at pay (file:///shop.js:1:2)";

/** Calls, and the context, message, properties and first line of the exception that they become. */
const calls: readonly (readonly [
  method: "log" | "error",
  args: unknown[],
  context: string,
  message: string,
  properties: object,
  exception?: string,
])[] = [
  ["log", ["text"], "", "text", {}],
  ["log", ["text", "Context"], "Context", "text", {}],
  ["log", ["Order {Id}", { Id: 42 }, "Context"], "Context", "Order 42", { Id: 42 }],
  ["log", ["Order", { Id: 42 }], "", "Order", { Id: 42 }],
  ["log", ["text", 5, "Context"], "Context", "text 5", { 0: 5 }],
  ["log", [{ message: "of an object", Id: 42 }, "Context"], "Context", "of an object", { Id: 42 }],
  ["log", [class Orders {}], "", "Orders", {}],
  ["log", [() => "by a function", "Context"], "Context", "by a function", {}],
  ["error", ["text"], "", "text", {}],
  ["error", ["text", "Context"], "Context", "text", {}],
  ["error", ["text", stack], "", "text", {}, "Error: by text"],
  ["error", ["text", stack, "Context"], "Context", "text", {}, "Error: by text"],
  ["error", ["text", undefined, "Context"], "Context", "text", {}],
  ["error", ["text", { Id: 42 }, stack, "Context"], "Context", "text", { Id: 42 }, "Error: by text"],
  ["error", ["text", error, "Context"], "Context", "text", {}, "TypeError: no paper"],
  ["error", [error], "", "no paper", {}, "TypeError: no paper"],
  ["error", [error, undefined, "Context"], "Context", "no paper", {}, "TypeError: no paper"],
  ["error", [error, error.stack, "Context"], "Context", "no paper", {}, "TypeError: no paper"],
];

/** An argument in a few words. */
const wordOf = (value: unknown): string =>
  value === stack || value === error.stack ? "a stack" : value === error ? "an error" : JSON.stringify(value) ?? String(value);

for (const [method, args, context, message, properties, exception] of calls) {
  test(`nestLogger() reads ${method}(${args.map(wordOf).join(", ")}) as Nest does`, () => {
    using heard = hear();
    nestLogger({ logger: heard.name })[method](args[0], ...args.slice(1));
    const event = heard.event;
    assert.equal(event.loggerName, context === "" ? heard.name : `${heard.name}.${context}`);
    assert.deepEqual([event.message, { ...event.properties }, event.exception?.split("\n")[0]], [message, properties, exception]);
  });
}

test("nestLogger() reads the calls of Nest's loggers with a context, whose errors have no stack between", () => {
  using heard = hear();
  use(heard);
  const logger = new Logger("OrdersService");
  logger.log("Order {Id} shipped", { Id: 42 });
  logger.error("failed");
  logger.error("failed", stack);
  logger.error(error);
  Logger.warn("static", "Statics");
  assert.deepEqual(heard.events.map(({ loggerName, message }) => `${loggerName.slice(heard.name.length + 1)}: ${message}`), [
    ...["OrdersService: Order 42 shipped", "OrdersService: failed", "OrdersService: failed", "OrdersService: no paper", "Statics: static"],
  ]);
  assert.deepEqual(heard.events.map(({ exception }) => exception?.split("\n")[0]), [
    ...[undefined, undefined, "Error: by text", "TypeError: no paper", undefined],
  ]);
});

test("nestLogger() is what an application logs by, its buffered start too", async () => {
  using heard = hear();
  class App {}
  Module({})(App);
  const app = await NestFactory.createApplicationContext(App, { bufferLogs: true });
  app.useLogger(nestLogger({ logger: heard.name }));
  app.flushLogs();
  await app.close();
  const started = heard.events.find(({ message }) => message === "Starting Nest application...");
  assert.equal(started?.loggerName, `${heard.name}.NestFactory`);
});

test("nestLogger().setLogLevels() lets those levels pass, and those above", () => {
  using heard = hear();
  use(heard);
  const logger = new Logger();
  const log = () => (["verbose", "debug", "log", "warn", "error", "fatal"] as const).forEach((level) => logger[level](level));
  for (const levels of [["error", "warn"], ["debug", "log"], []] as const) {
    Logger.overrideLogger([...levels]);
    log();
    log();
  }
  const heardOnce = ["warn", "error", "fatal", "warn", "error", "fatal"];
  assert.deepEqual(heard.events.slice(0, 6).map(({ message }) => message), heardOnce);
  assert.deepEqual(heard.events.slice(6, 11).map(({ message }) => message), ["debug", "log", "warn", "error", "fatal"]);
  assert.equal(heard.events.length, 16);
});

/** evlogDrain(): wide events of the real evlog arrive as events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, createRequestLogger, initLogger, log } from "evlog";
import { evlogDrain, type EvlogOptions } from "../../src/adapters/adapters.ts";
import { hear, type Heard } from "./hear.ts";

function init({ name }: Heard, options: EvlogOptions = {}): void {
  const env = { service: "shop", environment: "test" };
  initLogger({ env, silent: true, pretty: false, minLevel: "debug", drain: evlogDrain({ logger: name, ...options }) });
}

/** Evlog's own fields of every event. */
const own = { service: "shop", environment: "test" };

test("evlogDrain() maps each level, and those of the options; the tag is the logger's name", () => {
  using heard = hear();
  init(heard, { levels: { info: "debug" } });
  for (const level of ["debug", "info", "warn", "error"] as const) log[level]("auth", level);
  assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), [
    ...[["debug", "debug"], ["info", "debug"], ["warn", "warn"], ["error", "error"]],
  ]);
  assert.equal(heard.events[0]!.loggerName, `${heard.name}.auth`);
  assert.deepEqual({ ...heard.events[0]!.properties }, own);
});

test("evlogDrain() makes properties of what was set, and of a request a template", () => {
  using heard = hear();
  init(heard);
  const request = createRequestLogger({ method: "GET", path: "/cart", requestId: "r1" });
  request.set({ user: { id: 1 } });
  request.emit({ status: 200 } as never);
  const { messageTemplate, message, properties, timestampMs } = heard.event;
  assert.equal(messageTemplate, "{method} {path} responded {status} in {durationMs} ms");
  assert.match(message, /^GET \/cart responded 200 in \d+ ms$/);
  const { durationMs: _, duration: __, ...rest } = properties;
  assert.deepEqual(rest, { method: "GET", path: "/cart", requestId: "r1", user: { id: 1 }, status: 200, ...own });
  assert.ok(Math.abs(timestampMs - Date.now()) < 60_000);
});

test("evlogDrain() makes the exception of an error with its cause; its text is the message where there is none", () => {
  using heard = hear();
  init(heard);
  const logger = createLogger({ JobId: 1 });
  logger.error(new TypeError("no paper", { cause: new Error("no tree") }), { step: "print" });
  logger.emit();
  log.error({ message: "Bill {Id} failed", Id: 42, error: new TypeError("no paper") });
  const [wide, plain] = heard.events;
  assert.deepEqual([wide!.message, wide!.level, wide!.properties.step, wide!.properties.JobId], ["no paper", "error", "print", 1]);
  assert.match(wide!.exception!, /^TypeError: no paper\n.*\nCaused by: Error: no tree\n/s);
  assert.equal(plain!.messageTemplate, "Bill {Id} failed");
  assert.match(plain!.exception!, /^TypeError: no paper\n/);
});

test("evlogDrain() shows the fields of what has neither; it accepts batches", () => {
  using heard = hear();
  const drain = evlogDrain({ logger: heard.name });
  drain([{ event: { level: "info", action: "checkout" } }, { event: { level: "warn", message: "second" } }]);
  assert.deepEqual(heard.events.map(({ message }) => message), ['{"action":"checkout"}', "second"]);
});

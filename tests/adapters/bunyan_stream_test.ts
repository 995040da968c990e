/** bunyanStream(): records of the real bunyan arrive as events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import bunyan from "bunyan";
import { type BunyanOptions, type BunyanStream, bunyanStream } from "../../src/adapters/adapters.ts";
import { factsOf, hear, type Heard } from "./hear.ts";

function loggerOf({ name }: Heard, options: BunyanOptions = {}, more: object = {}): bunyan {
  const streams = [{ type: "raw", stream: bunyanStream({ logger: name, ...options }), level: "trace" as const }];
  return bunyan.createLogger({ name: "db", streams, serializers: bunyan.stdSerializers, ...more });
}

test("bunyanStream() maps each level, its own numbers too, and those of the options", () => {
  using heard = hear();
  const logger = loggerOf(heard, { levels: { debug: "off", 60: "error" } });
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) logger[level](level);
  bunyanStream<BunyanStream>({ logger: heard.name }).write({ level: 35, msg: "custom" });
  bunyanStream<BunyanStream>({ logger: heard.name }).write({ level: "loud", msg: "unknown" });
  assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), [
    ...[["trace", "trace"], ["info", "info"], ["warn", "warn"], ["error", "error"], ["fatal", "error"]],
    ...[["custom", "info"], ["unknown", "info"]],
  ]);
  assert.equal(heard.events.at(-1)!.properties.level, "loud");
});

test("bunyanStream() makes the name the logger, keeps time, fields and those of children, and leaves out this process", () => {
  using heard = hear();
  const time = new Date(1767225600123);
  loggerOf(heard, {}, { build: 7 }).child({ widget: { id: 1 } }).info({ ms: 350, time }, "Query of %s {ms}", "Ada");
  assert.deepEqual(factsOf(heard.event), {
    level: "info",
    loggerName: `${heard.name}.db`,
    messageTemplate: "Query of Ada {ms}",
    message: "Query of Ada 350",
    properties: { build: 7, widget: { id: 1 }, ms: 350 },
  });
  assert.equal(heard.event.timestampMs, 1767225600123);
});

test("bunyanStream() makes the exception of err, serialized or not, of a raw record or a line", () => {
  using heard = hear();
  const error = new TypeError("no paper");
  loggerOf(heard).error(error, "failed");
  loggerOf(heard, {}, { serializers: {} }).error({ err: error }, "unserialized");
  const stream = bunyanStream<NodeJS.WritableStream>({ logger: heard.name });
  bunyan.createLogger({ name: "db", stream }).error(error);
  assert.deepEqual(heard.events.map(({ message }) => message), ["failed", "unserialized", "no paper"]);
  for (const { exception } of heard.events) assert.match(exception!, /^TypeError: no paper\n {4}at [^{]*$/);
  assert.deepEqual(heard.events[0]!.properties, { err: { name: "TypeError", message: "no paper" } });
});

test("bunyanStream().write reads lines, and a line that is no record as a text", () => {
  using heard = hear();
  const { write } = bunyanStream<BunyanStream>({ logger: heard.name });
  assert.equal(write('{"name":"x","level":50,"msg":"one","v":0}\nno record\n\n'), true);
  assert.deepEqual(heard.events.map(({ level, loggerName, message }) => [level, loggerName, message]), [
    ["error", `${heard.name}.x`, "one"],
    ["info", heard.name, "no record"],
  ]);
});

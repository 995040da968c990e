/** debugLog(): what the real package debug logs arrives as events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import createDebug, { type Debugger } from "debug";
import { debugLog, type DebugOptions } from "../../src/adapters/adapters.ts";
import { factsOf, hear, type Heard } from "./hear.ts";

function debuggerOf({ name }: Heard, options: DebugOptions = {}, namespace = "app:db"): Debugger & { useColors?: boolean } {
  const debug = createDebug(namespace);
  debug.enabled = true;
  debug.log = debugLog({ logger: name, ...options });
  return debug;
}

for (const useColors of [true, false]) {
  test(`debugLog() makes the namespace the logger's name and leaves out what frames the text, ${useColors ? "with" : "without"} colours`, () => {
    using heard = hear();
    const debug = debuggerOf(heard);
    debug.useColors = useColors;
    debug("Connected to %s\nin %d ms", "primary", 5, { Pool: 3 });
    assert.deepEqual(factsOf(heard.event), {
      level: "debug",
      loggerName: `${heard.name}.app.db`,
      messageTemplate: "Connected to {0}\nin {1} ms",
      message: "Connected to primary\nin 5 ms",
      properties: { 0: "primary", 1: 5, Pool: 3 },
    });
  });
}

test("debugLog() leaves out what debug writes in browsers", () => {
  using heard = hear();
  const log = debugLog({ logger: heard.name });
  log.call({ namespace: "a:b" }, "%ca:b %cHello %s%c +12ms", "color: red", "color: inherit", "Ada", "color: red");
  log.call({ namespace: "a:b" }, "a:b Hello %s +12ms", "Ada");
  assert.deepEqual(heard.events.map(({ message, loggerName }) => [message, loggerName]), Array(2).fill(["Hello Ada", `${heard.name}.a.b`]));
});

test("debugLog({ level }) is the level of its events", () => {
  using heard = hear();
  debuggerOf(heard, { level: "trace" })("fine");
  debuggerOf(heard, { level: "off" })("off");
  assert.equal(heard.event.level, "trace");
});

test("debugLog() makes the exception of an error, and keeps objects as data where debug does not format them", () => {
  using heard = hear();
  const debug = debuggerOf(heard);
  debug(new TypeError("no paper"));
  debug("failed", new TypeError("no paper"));
  const { o, O } = createDebug.formatters;
  delete createDebug.formatters.o;
  delete createDebug.formatters.O;
  debug("Order %o", { Id: 42 });
  Object.assign(createDebug.formatters, { o, O });
  const [alone, beside, data] = heard.events;
  assert.deepEqual([alone!.message, beside!.message], ["TypeError: no paper", "failed"]);
  for (const { exception } of [alone!, beside!]) assert.match(exception!, /^TypeError: no paper\n {4}at /);
  assert.deepEqual([data!.messageTemplate, { ...data!.properties }], ["Order {0}", { 0: { Id: 42 } }]);
});

test("debugLog() may be called without a debugger", () => {
  using heard = hear();
  const log = debugLog({ logger: heard.name });
  log("bare %s", 1);
  assert.deepEqual([heard.event.message, heard.event.loggerName], ["bare 1", heard.name]);
});

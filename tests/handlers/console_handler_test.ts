/** ConsoleHandler: a readable line by the method of the console that is meant for its level. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleHandler, getLogger, type Level } from "../../mod.ts";
import { hearConsole } from "../support/seq.ts";

const methods: Readonly<Record<Level, string>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  fatal: "error",
};

test("ConsoleHandler writes each level by its method, without colour where it is configured so, and counts nothing while somebody reads", () => {
  using onConsole = hearConsole();
  const handler = new ConsoleHandler({ colour: false });
  const logger = getLogger("console.test");
  logger.level = "trace";
  using _ = logger.addHandler(handler);
  for (const [level, method] of Object.entries(methods)) {
    onConsole.heard.length = 0;
    logger[level as Level]("Drawer {Drawer} is open", { Drawer: 2, Till: "a" });
    assert.deepEqual(onConsole.heard.map((one) => one.method), [method]);
    assert.match(onConsole.heard[0]!.text, /^[\d:.]{12} [A-Z]+ {1,2}console\.test Drawer 2 is open Till=a$/);
  }
  logger.level = undefined;
  assert.equal(handler.stats(), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import { ConsoleOutput } from "../../src/handlers/console_output.ts";
import { hearConsole } from "../support/seq.ts";

test("ConsoleOutput prints each event by the console's method of its level, in colours only where it is told so", () => {
  using hearing = hearConsole();
  const logger = getLogger("output");
  for (const colour of [false, true]) {
    using _added = logger.addHandler(new ConsoleOutput(colour));
    logger.warn("{Left} items left", { Left: 3 });
    logger.error("None");
  }
  assert.deepEqual(hearing.heard.map(({ method }) => method), ["warn", "error", "warn", "error"]);
  assert.match(hearing.heard[0]!.text, /^\d\d:\d\d:\d\d\.\d{3} WARN {2}output 3 items left$/);
  assert.ok(hearing.heard[2]!.text.includes("\x1b["));
});

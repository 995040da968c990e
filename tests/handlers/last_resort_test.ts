/** Events that reach no handler. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, onDiagnostic } from "../../mod.ts";
import { levels } from "../../src/event/level.ts";
import { hearConsole, observe, remember } from "../support/seq.ts";

test("unconfigured, warnings and above go to the console, and nothing else does", () => {
  using onConsole = hearConsole();
  using _ = onDiagnostic(() => {}); // an earlier test's shutdown is reported
  for (const level of levels) {
    getLogger("last.resort")[level]("{Level} speaks", { Level: level });
  }
  getLogger().write({ message: "info is not written" });
  assert.deepEqual(onConsole.heard.map(({ method }) => method), ["warn", "error", "error"]);
  for (const [i, level] of ["warn", "error", "fatal"].entries()) {
    assert.match(
      onConsole.heard[i]!.text,
      new RegExp(`last\\.resort.*${level} speaks`),
    );
  }
});

test("unconfigured, a lower level does not bring more than warnings to the console", () => {
  using onConsole = hearConsole();
  const logger = getLogger("last.lower");
  logger.level = "trace";
  logger.info("not heard");
  logger.debug("not heard");
  logger.warn("heard");
  logger.level = undefined;
  assert.equal(onConsole.heard.length, 1);
});

test("unconfigured, the console shows nothing of a logger that has a handler", () => {
  using onConsole = hearConsole();
  using seen = remember(getLogger("last.handled"));
  getLogger("last.handled.below").error("x");
  assert.deepEqual([seen.messages, onConsole.heard], [["x"], []]);
});

test("unconfigured again after shutdown(), the console shows warnings", async () => {
  using onConsole = hearConsole();
  using _ = onDiagnostic(() => {});
  {
    await using observed = observe();
    getLogger("last.again").warn("to Seq");
    assert.equal((await observed.events()).length, 1);
  }
  getLogger("last.again").info("not heard");
  getLogger("last.again").warn("to the console");
  assert.equal(getLogger("last.again").isEnabled("info"), false);
  assert.deepEqual(onConsole.heard.map(({ method }) => method), ["warn"]);
  assert.match(onConsole.heard[0]!.text, /to the console/);
});

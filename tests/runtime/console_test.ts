/** The console as the library writes to it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isConsoleGone, ownCalls, writeConsole } from "../../src/runtime/console.ts";
import { hearConsole } from "../support/seq.ts";

test("writeConsole() writes by the method of now, marks its call as the library's own, and says that it has written", () => {
  using onConsole = hearConsole();
  assert.equal(writeConsole("warn", "one"), true);
  assert.deepEqual(onConsole.heard, [{ method: "warn", text: "one" }]);
  assert.equal(ownCalls().count, 0);
  assert.deepEqual([isConsoleGone("log"), isConsoleGone("error")], [false, false]);
});

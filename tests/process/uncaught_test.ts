/** Errors that nobody catches: what is listened to, and that nothing is left; tests/runtimes has programs that end by them. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { onUncaught } from "../../src/process/uncaught.ts";

const names = ["uncaughtException", "uncaughtExceptionMonitor", "unhandledRejection", "newListener", "removeListener"];

test("onUncaught() leaves no listener behind, however often it begins and ends", () => {
  const count = (): number[] => names.map((name) => process.listenerCount(name as "exit"));
  const before = count();
  for (let round = 0; round < 3; round++) onUncaught(() => {})();
  assert.deepEqual(count(), before);
});

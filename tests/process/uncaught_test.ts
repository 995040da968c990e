/** Uncaught errors: the listeners, and that none remains; tests/runtimes has programs that end by such errors. */

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

/** The events of the process; tests/runtimes has programs that really end. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { countListeners, decides, hasParentChannel, isProcessOurs, onProcess, rejectionMode } from "../../src/runtime/process_events.ts";

test("onProcess() listens before the others, and can be undone", () => {
  const order: string[] = [];
  const name = "seqlog-test" as "exit";
  const late = (): void => void order.push("late");
  process.on(name, late);
  const undo = onProcess(name, () => void order.push("first"));
  assert.equal(countListeners(name), 2);
  process.emit(name, 0);
  undo();
  process.emit(name, 0);
  process.off(name, late);
  assert.deepEqual(order, ["first", "late", "late"]);
  assert.equal(countListeners(name), 0);
});

test("the main thread may handle its end; Node's module domain decides nothing; no pm2 has started this", () => {
  assert.equal(isProcessOurs(), true);
  assert.deepEqual([decides(function domainUncaughtExceptionClear() {}), decides(() => {})], [false, true]);
  assert.equal(hasParentChannel(), false);
  assert.match(rejectionMode(), /^(?:throw|end)$/);
});

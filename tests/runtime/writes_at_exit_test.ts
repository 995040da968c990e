/** The very end of the process, as the runtime announces it. */

// own process: it calls the listeners of the end that are added while it runs
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { processEnding } from "../../src/runtime/writes_at_exit.ts";

test("processEnding() is one for the process, lets its writers write when it exits, and is over if the process continues", async () => {
  const before = process.listeners("exit").length;
  const ending = processEnding();
  assert.equal(processEnding(), ending);
  assert.ok(process.listeners("exit").length >= before);
  const written: boolean[] = [];
  const writer = {
    end(isFinal: boolean): void {
      written.push(isFinal && ending.isNow && ending.isFinal);
    },
  };
  ending.writers.add(writer);
  for (const listener of process.listeners("exit").slice(before)) (listener as (code: number) => void)(0);
  ending.writers.delete(writer);
  assert.deepEqual(written, [true]);
  await Promise.resolve();
  assert.equal(ending.isNow, false);
});

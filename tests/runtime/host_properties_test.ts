/** What the machine, the process and the thread are called. */

import assert from "node:assert/strict";
import { hostname } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { currentThread, hostProperties, processId, programArguments } from "../../src/runtime/host_properties.ts";

test("the main thread has the names of machine and process, and has no number of its own", () => {
  assert.deepEqual(hostProperties(), { MachineName: hostname(), ProcessId: process.pid });
  assert.equal(processId(), process.pid);
  assert.deepEqual(currentThread(), { id: 0, name: "MainThread" });
  assert.match(programArguments()[0]!, /host_properties_test/);
});

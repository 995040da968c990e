/** How a process is ended: in processes of their own, on this runtime. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { setExitCode } from "../../src/runtime/end_process.ts";

test("setExitCode() sets the code with which the process ends by itself", () => {
  const before = process.exitCode;
  try {
    setExitCode(3);
    assert.equal(process.exitCode, 3);
  } finally {
    process.exitCode = before ?? 0; // Bun keeps the code where it is set to undefined
  }
});

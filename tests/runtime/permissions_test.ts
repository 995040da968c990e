/** What Deno permits: everything here, as on the other runtimes; tests/runtimes/deno has programs with less. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { environmentVariable, isGranted, missingEnvironmentPermission, missingNetPermission } from "../../src/runtime/permissions.ts";

test("where all is granted nothing is missing", () => {
  assert.equal(isGranted({ name: "env", variable: "PATH" }), true);
  assert.equal(missingNetPermission("https://seq.test/path"), undefined);
  assert.equal(missingEnvironmentPermission("PATH"), undefined);
  assert.equal(environmentVariable("PATH"), process.env.PATH);
  assert.equal(environmentVariable("SEQLOG_NO_SUCH_VARIABLE"), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../../support/runtimes.ts";

for (const runtime of ["bun"] as const) {
  test(`the smoke program runs on ${runtime}`, async () => {
    const { code, stdout, stderr } = await runProgram(runtime, "tests/runtimes/smoke.ts");
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "ok\n", stderr: "" });
  });
}

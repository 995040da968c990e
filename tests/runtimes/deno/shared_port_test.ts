import assert from "node:assert/strict";
import { test } from "node:test";
import { serveCollector } from "../../support/collector.ts";
import { eventually } from "../../support/fake_clock.ts";
import { assertTwoEventsEach, freePort, Load } from "../../support/load.ts";
import { findRuntime, runtimePath, startCommand } from "../../support/runtimes.ts";

test("deno: three threads of `deno serve --parallel` log every request once, and which of them it was", {
  timeout: 600_000,
  skip: findRuntime("deno") === undefined,
}, async () => {
  await using seq = await serveCollector({ port: 0 });
  const port = await freePort();
  const flags = ["serve", "-A", "--no-check", "--parallel", "--host", "127.0.0.1", "--port", `${port}`];
  const program = startCommand([runtimePath("deno"), ...flags, "tests/runtimes/programs/shares_port.ts"], {
    env: { SEQ_URL: seq.url, DENO_JOBS: "3" },
    timeoutMs: 300_000,
  });
  let said = "";
  program.child.stderr?.on("data", (text: string) => said += text);
  await eventually(() => said.includes("with 3 threads"), "it listens");
  const load = new Load(port, seq);
  await load.run(() => load.last >= 300);
  program.kill("SIGTERM");
  await eventually(() => program.output().match(/is done/g)?.length === 3, "each thread has delivered");
  program.kill("SIGKILL");
  await program.ended;
  assert.deepEqual([load.failed, load.since().size], [[], 1], "one process");
  assertTwoEventsEach(seq, load, "InstanceId");
});

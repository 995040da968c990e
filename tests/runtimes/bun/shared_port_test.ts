import assert from "node:assert/strict";
import { test } from "node:test";
import { serveCollector } from "../../support/collector.ts";
import { assertTwoEventsEach, freePort, Load } from "../../support/load.ts";
import { findRuntime, startProgram } from "../../support/runtimes.ts";
import { range } from "../../support/shipping.ts";

test("bun: three processes that share a port by reusePort log every request once, and which of them it was", {
  timeout: 600_000,
  skip: findRuntime("bun") === undefined,
}, async () => {
  await using seq = await serveCollector({ port: 0 });
  const port = await freePort();
  const env = { SEQ_URL: seq.url, PORT: `${port}` };
  const programs = range(1, 3).map(() => startProgram("bun", "tests/runtimes/programs/shares_port.ts", { env, timeoutMs: 300_000 }));
  await Promise.all(programs.map((program) => program.waitFor("Ready")));
  const load = new Load(port, seq);
  await load.run(() => load.last >= 300);
  for (const program of programs) program.kill("SIGTERM");
  for (const { ended } of programs) assert.equal((await ended).code, 0);
  assert.deepEqual([load.failed, load.since().size], [[], 3]);
  assertTwoEventsEach(seq, load, "ProcessId");
});

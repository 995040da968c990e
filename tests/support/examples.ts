/** Runs the programs of examples/ as a reader would. */

import assert from "node:assert/strict";
import { serveCollector } from "../../src/collector/serve.ts";
import { type ProgramOptions, runProgram, type RuntimeName, runtimePath, startCommand, startProgram } from "./runtimes.ts";

/** A server of examples/ logs what it is asked for; stopped at once, it delivers what is still queued, and ends well. */
export async function serves(runtime: RuntimeName, file: string, options: ProgramOptions = {}): Promise<void> {
  const seq = await serveCollector({ port: 0 });
  try {
    const program = startProgram(runtime, file, { ...options, env: { SEQ_URL: seq.url, PORT: "0" } });
    await program.waitFor("Listening on ");
    await program.waitFor("\n");
    const [url = ""] = /http:\/\/localhost:\d+/.exec(program.output()) ?? [];
    for (const path of ["/orders/1", "/orders/2"]) assert.equal(await (await fetch(url + path)).text(), "Shipped\n");
    program.kill("SIGTERM");
    const { code, signal, stderr } = await program.ended;
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
    assert.deepEqual(seq.events.map(({ properties }) => properties.Path), ["/orders/1", "/orders/2"]);
    assert.ok(
      seq.events.every(({ message, properties }) => message.startsWith("GET /orders/") && properties.SourceContext === "shop.orders"),
    );
  } finally {
    await seq.close();
  }
}

/** `npm start` without a Seq: 31 events are logged, and shown as they arrive. */
export async function starts(runtime: RuntimeName): Promise<string> {
  const { code, stdout, stderr } = await runProgram(runtime, "examples/start.ts", { env: { SEQ_URL: undefined, SEQ_API_KEY: undefined } });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const shown = [...stdout.matchAll(/^\d\d:\d\d:\d\d\.\d{3} INF api\.test: Log to Seq: {"request":(\d+)} .*Application="start"$/gm)];
  assert.deepEqual(shown.map(([, request]) => Number(request)), Array.from({ length: 31 }, (_, i) => i + 1));
  assert.match(stdout, /^31 events logged, 31 arrived, in \d+ requests of [\d +]+ events\.\n$/m);
  return stdout;
}

/** examples/yaml.ts logs by its YAML file, to Seq and to the console, and says where the events go. */
export async function logsByYaml(runtime: RuntimeName, options: ProgramOptions = {}): Promise<void> {
  const seq = await serveCollector({ port: 0 });
  try {
    const { code, stdout } = await runProgram(runtime, "examples/yaml.ts", { ...options, env: { SEQ_URL: seq.url, LEVEL: undefined } });
    assert.equal(code, 0);
    assert.match(stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO {5}shop\.orders: Order 42 shipped to Oslo$/m);
    assert.match(stdout, /^Logger "shop\.audit" logs from debug on, its own level\.$/m);
    assert.deepEqual(seq.events.map(({ message, properties }) => [message, properties.LoggerName, properties.AccessToken]), [
      ["Order 42 shipped to Oslo", "shop.orders", "[Redacted]"],
      ["Order 42 was checked by ada", "shop.audit", undefined],
    ]);
  } finally {
    await seq.close();
  }
}

/** The tests of examples/testing.ts pass with this command of the runtime. */
export async function passes(runtime: RuntimeName, ...command: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await startCommand([runtimePath(runtime), ...command, "./examples/testing.ts"]).ended;
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout + stderr, /\b3 pass|\bpass 3/);
}

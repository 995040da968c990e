/** Runs the programs of examples/ as a reader would. */

import assert from "node:assert/strict";
import { type CollectedEvent, serveCollector } from "../../src/collector/serve.ts";
import { linkPackages } from "./link_packages.ts";
import { type ProgramOptions, runProgram, type RuntimeName, runtimePath, startCommand, startProgram } from "./runtimes.ts";

/** A server of examples/ logs each request, and what it logs for it; stopped at once, it delivers what is still queued, and ends well. */
export async function serves(runtime: RuntimeName, file: string, options: ProgramOptions = {}): Promise<void> {
  linkPackages();
  await using seq = await serveCollector({ port: 0 });
  // NODE_ENV silences what Express prints of an error
  const program = startProgram(runtime, file, { ...options, env: { SEQ_URL: seq.url, PORT: "0", NODE_ENV: "test" } });
  await program.waitFor("Listening on ");
  await program.waitFor("\n");
  const [url = ""] = /http:\/\/localhost:\d+/.exec(program.output()) ?? [];
  const isFramework = !/\/(?:node|bun|deno)\.ts$/.test(file);
  for (const path of ["/orders/1", "/orders/2"]) assert.equal(await (await fetch(url + path)).text(), "Shipped\n");
  if (isFramework) {
    const broken = await fetch(`${url}/broken`);
    assert.deepEqual([broken.status, typeof await broken.text()], [500, "string"]);
  }
  program.kill("SIGTERM");
  const { code, signal, stderr } = await program.ended;
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
  verifyServed(seq.events, isFramework);
}

function verifyServed(events: readonly CollectedEvent[], isFramework: boolean): void {
  const of = (name: string): readonly CollectedEvent[] => events.filter(({ properties }) => properties.SourceContext === name);
  const told = of("http.access").map(({ level, message, exception = "" }) =>
    `${level} ${message.replace(/ in .*/, "")} ${exception.split("\n")[0]}`
  );
  assert.deepEqual(told, [
    "Information HTTP GET /orders/1 responded 200 ",
    "Information HTTP GET /orders/2 responded 200 ",
    ...(isFramework ? ["Error HTTP GET /broken responded 500 Error: No carrier"] : []),
  ]);
  const inner = of("shop.orders").map(({ message, properties }) => [message, properties.RequestId]);
  const ids = of("http.access").map(({ properties }) => properties.RequestId);
  assert.deepEqual(inner, [["Order 1 shipped", ids[0]], ["Order 2 shipped", ids[1]]]);
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

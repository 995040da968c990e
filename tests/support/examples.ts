/** Runs the programs of examples/ as a reader would. */

import assert from "node:assert/strict";
import { type CollectedEvent, serveCollector } from "./collector.ts";
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
  assert.match(
    stdout,
    /\n31 events logged, 31 arrived, in \d+ requests of [\d +]+ events\.\nTo see events in a page: .*http:\/\/127\.0\.0\.1:5341.*\n$/,
  );
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

/** examples/capture.ts ships what other libraries log. */
export async function captures(runtime: RuntimeName): Promise<void> {
  linkPackages();
  await using seq = await serveCollector({ port: 0 });
  const { code, stdout, stderr } = await runProgram(runtime, "examples/capture.ts", { env: { SEQ_URL: seq.url } });
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "Listening on port 8000\n", stderr: "" });
  assert.deepEqual(seq.events.map(({ level, message, properties }) => [level, properties.SourceContext ?? "", message]), [
    ["Warning", "db", "Slow query"],
    ["Information", "", "Order 42 shipped to Oslo"],
    ["Error", "shop.users", "User ada is blocked"],
    ["Information", "console", "Listening on port 8000"],
  ]);
}

/** examples/relay.ts takes the events of a page, and those of no other origin. */
export async function relays(runtime: RuntimeName, options: ProgramOptions): Promise<void> {
  await using seq = await serveCollector({ port: 0, apiKeys: ["key-1"] });
  const env = { SEQ_URL: seq.url, SEQ_API_KEY: "key-1", PORT: "0" };
  const program = startProgram(runtime, "examples/relay.ts", { ...options, env });
  await program.waitFor("Listening on ");
  await program.waitFor("\n");
  const [url = ""] = /http:\/\/localhost:\d+/.exec(program.output()) ?? [];
  assert.match(await (await fetch(url)).text(), /Shop/);
  const body = `{"@t":"${new Date().toISOString()}","@mt":"Page {Path} opened","Path":"/cart","SourceContext":"shop.page"}`;
  const send = async (origin: string): Promise<number> => {
    const answer = await fetch(`${url}/seq/api/events/raw?clef`, { method: "POST", body, headers: { origin, "user-agent": "tests" } });
    await answer.text();
    return answer.status;
  };
  assert.deepEqual([await send(url), await send("https://evil.test")], [201, 403]);
  program.kill("SIGTERM");
  const { code } = await program.ended;
  assert.equal(code, 0);
  const told = seq.events.filter(({ properties }) => properties.SourceContext === "browser.shop.page");
  assert.deepEqual(told.map(({ message, properties }) => [message, properties.UserAgent]), [["Page /cart opened", "tests"]]);
  assert.equal(seq.events.filter(({ properties }) => properties.SourceContext === "http.access").length, 3);
}

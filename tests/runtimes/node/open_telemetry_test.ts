/** Deliveries in a program that OpenTelemetry watches: none is part of a trace. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import process from "node:process";
import { test } from "node:test";
import { bundleLibrary } from "../../support/build.ts";
import { findRuntime, startCommand } from "../../support/runtimes.ts";

const timeout = 120_000;
const deno = findRuntime("deno");

/** Runs the program beside a server that fails once. Returns what it printed, and which of its requests carried a trace. */
async function runTraced(
  command: readonly string[],
): Promise<{ readonly printed: string; readonly deliveries: unknown[]; readonly own: unknown[] }> {
  const deliveries: unknown[] = [];
  const own: unknown[] = [];
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith("/v1/")) return void response.end(); // where Deno exports to
    const list = request.method === "POST" ? deliveries : own;
    list.push(request.headers.traceparent);
    response.writeHead(deliveries.length === 1 ? 503 : 201).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const env = { SEQ_URL: url, LIBRARY: bundleLibrary(), OTEL_DENO: "true", OTEL_EXPORTER_OTLP_ENDPOINT: url };
  const { code, stdout, stderr } = await startCommand(command, { cwd: "tests/runners", env, timeoutMs: timeout / 2 }).ended;
  server.closeAllConnections();
  server.close();
  assert.equal(code, 0, `${stdout}${stderr}`);
  return { printed: stdout.trim(), deliveries, own };
}

test(
  "with OpenTelemetry's SDK and its instrumentation of undici and http no delivery is a span or carries a trace",
  { timeout },
  async () => {
    const { printed, deliveries, own } = await runTraced([process.execPath, "open_telemetry.mjs"]);
    assert.deepEqual([printed, deliveries], ['["GET","request"]', [undefined, undefined, undefined]]);
    assert.match(String(own), /^00-/);
  },
);

test("with Deno's own OpenTelemetry no delivery carries a trace", { timeout, skip: deno === undefined }, async () => {
  const { deliveries, own } = await runTraced([deno ?? "", "run", "-A", "--no-check", "open_telemetry.mjs"]);
  assert.deepEqual(deliveries, [undefined, undefined, undefined]);
  assert.match(String(own), /^00-/);
});

/** Deliveries in a program that OpenTelemetry watches: none is part of a trace. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import process from "node:process";
import { test } from "node:test";
import { bundleLibrary } from "../../support/build.ts";
import { findRuntime, startCommand } from "../../support/runtimes.ts";

const timeout = 120_000;
const deno = findRuntime("deno");

/** Runs the program with a server that fails once. Returns what it printed, and which of its requests carried a trace. */
async function runTraced(
  command: readonly string[],
): Promise<
  { readonly printed: string; readonly deliveries: unknown[]; readonly own: unknown[]; readonly lines: Record<string, unknown>[] }
> {
  const lines: Record<string, unknown>[] = [];
  const deliveries: unknown[] = [];
  const own: unknown[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece: string) => body += piece).on("end", () => {
      if (request.method === "POST" && request.headers["content-type"]?.includes("clef")) {
        for (const line of body.split("\n").filter(Boolean)) lines.push(JSON.parse(line));
      }
    });
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
  return { printed: stdout.trim(), deliveries, own, lines };
}

/** Every event carries the ids of the span that it was logged in, and is no span. */
function verifyIds(lines: readonly Record<string, unknown>[]): void {
  const own = lines.filter((line) => "Ids" in line);
  assert.ok(own.length >= 2);
  for (const line of own) assert.deepEqual([`${line["@tr"]} ${line["@sp"]}`, "@st" in line], [line["Ids"], false]);
}

test(
  "with OpenTelemetry's SDK and its instrumentation of undici and http no delivery is a span or carries a trace, and events carry the ids of its active span",
  { timeout },
  async () => {
    const { printed, deliveries, own, lines } = await runTraced([process.execPath, "open_telemetry.mjs"]);
    assert.deepEqual([printed, deliveries], ['["GET","request"]', [undefined, undefined, undefined]]);
    assert.match(String(own), /^00-/);
    verifyIds(lines);
  },
);

test("with Deno's own OpenTelemetry no delivery carries a trace, and events carry the ids of its active span", {
  timeout,
  skip: deno === undefined,
}, async () => {
  const { deliveries, own, lines } = await runTraced([deno ?? "", "run", "-A", "--no-check", "open_telemetry.mjs"]);
  assert.deepEqual(deliveries, [undefined, undefined, undefined]);
  assert.match(String(own), /^00-/);
  verifyIds(lines);
});

/** One request, seen across three services on three runtimes: one trace. */

import { test } from "node:test";
import { serveCollector } from "../../support/collector.ts";
import { findRuntime, type RuntimeName } from "../../support/runtimes.ts";
import { type RunningService, startService, stopServices, verifyTrace } from "../trace_services.ts";

const runtimes: readonly RuntimeName[] = ["node", "deno", "bun"];
const missing = runtimes.filter((name) => findRuntime(name) === undefined);

test(
  "services on Node, Deno and Bun that call one another and hand a job over make one trace, with every event in its span",
  { timeout: 120_000, skip: missing.length > 0 && `not installed: ${missing.join(", ")}` },
  async () => {
    await using seq = await serveCollector({ port: 0 });
    const services: RunningService[] = [];
    const start = async (runtime: RuntimeName, env: Record<string, string>): Promise<string> => {
      const service = await startService(runtime, { SEQ_URL: seq.url, ...env });
      services.push(service);
      return service.url;
    };
    try {
      const JOBS = await start("bun", { NAME: "worker" });
      const NEXT = await start("deno", { NAME: "stock", JOBS });
      await verifyTrace(seq, await start("node", { NAME: "shop", NEXT }));
    } finally {
      await stopServices(services);
    }
  },
);

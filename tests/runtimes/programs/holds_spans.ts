/** Ends while a span and a request wait for the end of their trace. Arguments: the options as JSON, and how it ends. */

import process from "node:process";
import { configure, getLogger, logRequests } from "../../../mod.ts";
import { configureTracing } from "../../../src/tracing/sampling.ts";
import { startSpan, withSpan } from "../../../src/tracing/start_span.ts";

/** How the program ends. */
export type HoldsEnd = "beforeExit" | "exit" | "throw" | "SIGTERM";

const [, , options = "", end] = process.argv;
configure(JSON.parse(options));
configureTracing({ sample: 0, keepErrors: true });
const logger = getLogger("holds");
const serve = logRequests((_request: Request) => new Response("x"));
void withSpan(logger, "never ends", async (outer) => {
  startSpan(logger, "child", {}, { parent: outer }).end();
  await serve(new Request("http://localhost/inner"));
  logger.info("Ready");
  if (end === "exit") process.exit(0);
  if (end === "throw") setTimeout(() => JSON.parse("Boom"), 0);
  if (end === "SIGTERM") setTimeout(() => process.kill(process.pid, "SIGTERM"), 0);
  if (end === "SIGTERM") setInterval(() => {}, 1000);
  await new Promise(() => {});
});

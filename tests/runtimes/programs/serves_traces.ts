/** A service of several: it works within spans, asks the next one, and hands a job over by its payload; until SIGTERM. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { configure, getLogger, logNodeRequests, logRequests } from "../../../mod.ts";
import { tracedFetch, traceHeaders, withSpan, withTrace } from "../../../src/tracing/tracing.ts";

const { SEQ_URL, NAME = "", NEXT, JOBS } = process.env;
configure({ serverUrl: SEQ_URL, handleSignals: true, resource: { "service.name": NAME } });
const logger = getLogger(NAME);
const ask = tracedFetch();

/** A job as a broker would hand it over: the trace stands beside its payload. */
interface Job {
  readonly id: number;
  readonly traceparent: string;
}

/** Works, asks the next service, and hands a job over. */
async function work(): Promise<string> {
  logger.info("{Service} begins", { Service: NAME });
  return await withSpan(logger, "Work of {Service}", { Service: NAME }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (JOBS !== undefined) {
      await withSpan(logger, "Job handed over", {}, { kind: "Producer" }, async () => {
        await (await fetch(JOBS, { method: "POST", body: JSON.stringify({ id: 7, ...traceHeaders() }) })).text();
      });
    }
    logger.info("{Service} has worked", { Service: NAME });
    return NEXT === undefined ? "end" : await (await ask(NEXT)).text();
  });
}

/** Does a job later, outside of the request that brought it. */
function doLater(job: Job): void {
  setTimeout(() =>
    withTrace({ ...job }, () =>
      withSpan(logger, "Job {Id} done", { Id: job.id }, { kind: "Consumer" }, async () => {
        await null;
        logger.info("Job {Id} runs", { Id: job.id });
      })), 1);
}

const listening = (port: number): void => console.log(`Listening on http://127.0.0.1:${port}/`);
/** The servers that runtimes have of their own. */
const { Deno: deno, Bun: bun } = globalThis as unknown as {
  readonly Deno?: { serve(options: object, handler: (request: Request) => unknown): { readonly addr: { readonly port: number } } };
  readonly Bun?: { serve(options: object): { readonly port: number } };
};
const fetchHandler = logRequests(async (request: Request): Promise<Response> => {
  if (request.method !== "POST") return new Response(await work());
  doLater(await request.json() as Job);
  return new Response("accepted", { status: 202 });
});

if (deno !== undefined) listening(deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, fetchHandler).addr.port);
else if (bun !== undefined) listening(bun.serve({ port: 0, hostname: "127.0.0.1", fetch: fetchHandler }).port);
else {
  const server = createServer(logNodeRequests((request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece: string) => body += piece).on("end", () => { // a listener, in the context of its request
      if (request.method !== "POST") return void work().then((text) => response.end(text));
      doLater(JSON.parse(body));
      response.writeHead(202).end("accepted");
    });
  }));
  server.listen(0, "127.0.0.1", () => listening((server.address() as AddressInfo).port));
}

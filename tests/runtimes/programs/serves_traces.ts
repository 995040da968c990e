/** A service of several, behind the runtime's own server; until SIGTERM. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { configure, logNodeRequests, logRequests } from "../../../mod.ts";
import { createService, type Job } from "./trace_service.ts";

const { SEQ_URL, NAME, NEXT, JOBS } = process.env;
configure({ serverUrl: SEQ_URL, handleSignals: true, resource: { "service.name": NAME } });
const { work, doJob } = createService({ NAME, NEXT, JOBS });

const doLater = (job: Job): unknown => setTimeout(() => doJob(job), 1);
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

/** A server whose requests are measured. Arguments: `node:http`, `Bun.serve` or `Deno.serve`; `bare`, `seqlog` or `pino`; the URL of the receiver. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { pino } from "pino";
import { configure, flush, logNodeRequests, logRequests } from "../../mod.ts";

declare const Bun: { serve(options: object): { readonly port: number } };

const [server = "", logs = "", serverUrl = ""] = process.argv.slice(2);
// the receiver counts the property OrderId
const properties = { Application: "shop", OrderId: 1 };
if (logs === "seqlog") configure({ serverUrl, properties, queueSize: 1_000_000, maxQueueBytes: 1_073_741_824 });
let lines = 0;
const logger = pino({ name: "http.access", base: { pid: process.pid, Application: "shop" } }, { write: () => void lines++ });

/** What is answered after a while. */
async function answer(url: string): Promise<string> {
  await null;
  if (!url.endsWith("/usage")) return "Shipped\n";
  await flush();
  const { user, system } = process.cpuUsage();
  return String(user + system);
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const listener: Listener = async (request, response) => void response.end(await answer(request.url!));

/** What pino-http does, without its other costs. */
const withPino = (inner: Listener): Listener => (request, response) => {
  const startedMs = performance.now();
  const { method, url, headers } = request;
  response.once("close", () => {
    const { statusCode } = response;
    const what = { RequestId: crypto.randomUUID(), RequestMethod: method, RequestPath: url, StatusCode: statusCode };
    const more = { Elapsed: performance.now() - startedMs, UserAgent: headers["user-agent"], ClientIp: request.socket.remoteAddress };
    logger.info({ ...what, ...more }, "request completed");
  });
  return inner(request, response);
};

const isUsage = ({ path }: { readonly path: string }): boolean => path === "/usage";
const serve = async (request: Request): Promise<Response> => new Response(await answer(request.url));
const fetch = logs === "seqlog" ? logRequests(serve, { skip: isUsage }) : serve;
const say = (port: number): void => console.log(`http://127.0.0.1:${port}`);

if (server === "Bun.serve") say(Bun.serve({ port: 0, hostname: "127.0.0.1", fetch }).port);
else if (server === "Deno.serve") say(Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, fetch).addr.port);
else {
  const wrapped = logs === "seqlog" ? logNodeRequests(listener, { skip: isUsage }) : logs === "pino" ? withPino(listener) : listener;
  const listening = createServer(wrapped).listen(0, "127.0.0.1", () => say((listening.address() as AddressInfo).port));
}

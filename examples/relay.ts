/**
 * A server that passes on the events of pages, so that no page has an API key: `deno run --allow-net --allow-env examples/relay.ts`, then open
 * http://localhost:8000. In the page, configure with the path: `configure({ serverUrl: new URL("/seq", location.href).href })`.
 *
 * Without a Seq, start the collector first: `deno task collector`.
 */

import { configure, logRequests, shutdown } from "@x/seqlog";
import { relayEvents } from "@x/seqlog/relay";

configure({
  serverUrl: Deno.env.get("SEQ_URL") ?? "http://localhost:5341",
  apiKey: Deno.env.get("SEQ_API_KEY"), // which stays here
  loggers: { browser: "info" }, // the least severe level of pages' events; the relay reports it to the pages
});

const relay = relayEvents({
  properties: (request) => ({ UserAgent: request.headers.get("user-agent") }), // added to every event
});

const server = Deno.serve(
  {
    port: Number(Deno.env.get("PORT") ?? 8000),
    onListen: ({ port }) => console.log(`Listening on http://localhost:${port}`),
  },
  logRequests((request: Request, info: Deno.ServeHandlerInfo) => {
    if (new URL(request.url).pathname.startsWith("/seq/")) return relay(request, info);
    return new Response("<!doctype html><title>Shop</title>", { headers: { "content-type": "text/html" } });
  }),
);

Deno.addSignalListener("SIGTERM", async () => {
  await server.shutdown();
  await shutdown();
  Deno.exit();
});

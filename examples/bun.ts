/**
 * Requests of Bun's HTTP server: `bun examples/bun.ts`, then `curl http://localhost:8000/orders/42`.
 *
 * Without a Seq, start the collector first: `bun src/collector/serve.ts`.
 */

import process from "node:process";
import { configure, getLogger, logRequests, shutdown } from "@x/seqlog";

/** What this example uses of Bun; a project of your own takes the package `@types/bun` instead. */
declare const Bun: {
  serve(options: { port: number; fetch(request: Request): Response | Promise<Response> }): { readonly url: URL; stop(): Promise<void> };
};

configure({
  serverUrl: process.env.SEQ_URL ?? "http://localhost:5341",
  apiKey: process.env.SEQ_API_KEY,
  properties: { Application: "shop" },
});
const logger = getLogger("shop.orders");

const server = Bun.serve({
  port: Number(process.env.PORT ?? 8000),
  fetch: logRequests((request: Request) => {
    logger.info("Order {OrderId} shipped", { OrderId: new URL(request.url).pathname.slice(8) });
    return new Response("Shipped\n");
  }),
});
console.log(`Listening on ${server.url}`);

// At Ctrl+C, or when the container stops: finish the requests under way, then deliver queued events.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await server.stop();
    await shutdown();
    process.exit();
  });
}

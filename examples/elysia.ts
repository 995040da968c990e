/**
 * Requests of Elysia: `bun examples/elysia.ts`, after `npm install --no-save elysia`; then
 * `curl http://localhost:8000/orders/42`, and `/broken`.
 *
 * Without a Seq, start the collector first: `bun src/collector/serve.ts`.
 */

import { Elysia } from "elysia";
import process from "node:process";
import { configure, enrichRequest, getLogger, logRequests, shutdown } from "@x/seqlog";

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

const app = new Elysia()
  .onError(({ error }) => void enrichRequest({ error })) // Elysia itself replies when a handler throws, so that logRequests does not see it
  .get("/orders/:id", ({ params }) => {
    logger.info("Order {OrderId} shipped", { OrderId: params.id });
    return "Shipped\n";
  })
  .get("/broken", () => {
    throw new Error("No carrier");
  });

const server = Bun.serve({ port: Number(process.env.PORT ?? 8000), fetch: logRequests((request: Request) => app.fetch(request)) });
console.log(`Listening on ${server.url}`);

// At Ctrl+C, or when the container stops: finish the requests under way, then deliver queued events.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await server.stop();
    await shutdown();
    process.exit();
  });
}

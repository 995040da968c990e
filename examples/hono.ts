/**
 * Requests of Hono, here on Node: `npx tsx examples/hono.ts`, after `npm install --no-save hono @hono/node-server`; then
 * `curl http://localhost:8000/orders/42`, and `/broken`.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import { serve } from "@hono/node-server"; // on Bun and Deno: Bun.serve({ fetch }), Deno.serve(fetch)
import { Hono } from "hono";
import process from "node:process";
import { configure, enrichRequest, getLogger, logRequests, shutdown } from "@x/seqlog";

configure({
  serverUrl: process.env.SEQ_URL ?? "http://localhost:5341",
  apiKey: process.env.SEQ_API_KEY,
  properties: { Application: "shop" },
});
const logger = getLogger("shop.orders");

const app = new Hono();
app.get("/orders/:id", (context) => {
  logger.info("Order {OrderId} shipped", { OrderId: context.req.param("id") });
  return context.text("Shipped\n");
});
app.get("/broken", () => {
  throw new Error("No carrier");
});
app.onError((error, context) => {
  enrichRequest({ error }); // Hono itself replies when a handler throws, so that logRequests does not see the error
  return context.text("Sorry\n", 500);
});

const server = serve({ fetch: logRequests(app.fetch), port: Number(process.env.PORT ?? 8000) }, ({ port }) => {
  console.log(`Listening on http://localhost:${port}`);
});

// At Ctrl+C, or when the container stops: finish the requests under way, then deliver queued events.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(async () => {
      await shutdown();
      process.exit();
    });
  });
}

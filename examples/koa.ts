/**
 * Requests of Koa: `npx tsx examples/koa.ts`, after `npm install --no-save koa`; then
 * `curl http://localhost:8000/orders/42`, and `/broken`.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import Koa, { type Context } from "koa";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { configure, enrichRequest, getLogger, logNodeRequests, shutdown } from "@x/seqlog";

configure({
  serverUrl: process.env.SEQ_URL ?? "http://localhost:5341",
  apiKey: process.env.SEQ_API_KEY,
  properties: { Application: "shop" },
});
const logger = getLogger("shop.orders");

const app = new Koa();
app.use((context: Context) => {
  if (context.path === "/broken") throw new Error("No carrier");
  logger.info("Order {OrderId} shipped", { OrderId: context.path.slice(8) });
  context.body = "Shipped\n";
});
// Koa itself replies to a request whose handler throws, so that logNodeRequests does not see the error.
app.on("error", (error: Error) => enrichRequest({ error }));

const server = createServer(logNodeRequests(app.callback()));
server.listen(Number(process.env.PORT ?? 8000), () => {
  console.log(`Listening on http://localhost:${(server.address() as AddressInfo).port}`);
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

/**
 * Requests of Fastify: `npx tsx examples/fastify.ts`, after `npm install --no-save fastify`; then
 * `curl http://localhost:8000/orders/42`, and `/broken`.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import Fastify from "fastify";
import { createServer, type RequestListener } from "node:http";
import process from "node:process";
import { configure, enrichRequest, getLogger, logNodeRequests, shutdown } from "@x/seqlog";

configure({
  serverUrl: process.env.SEQ_URL ?? "http://localhost:5341",
  apiKey: process.env.SEQ_API_KEY,
  properties: { Application: "shop" },
});
const logger = getLogger("shop.orders");

const app = Fastify({ serverFactory: (handler) => createServer(logNodeRequests(handler as RequestListener)) });
app.get<{ Params: { id: string } }>("/orders/:id", ({ params }) => {
  logger.info("Order {OrderId} shipped", { OrderId: params.id });
  return "Shipped\n";
});
app.get("/broken", () => {
  throw new Error("No carrier");
});
// Fastify itself replies to a request whose handler throws, so that logNodeRequests does not see the error.
app.addHook("onError", (_request, _reply, error, done) => {
  enrichRequest({ error });
  done();
});

const url = await app.listen({ port: Number(process.env.PORT ?? 8000) });
console.log(`Listening on ${url.replace("[::1]", "localhost").replace("127.0.0.1", "localhost")}`);

// At Ctrl+C, or when the container stops: finish the requests under way, then deliver queued events.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await app.close();
    await shutdown();
    process.exit();
  });
}

/**
 * Requests of Node's HTTP server: `npx tsx examples/node.ts`, then `curl http://localhost:8000/orders/42`.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { configure, getLogger, logNodeRequests, shutdown } from "@x/seqlog";

configure({
  serverUrl: process.env.SEQ_URL ?? "http://localhost:5341",
  apiKey: process.env.SEQ_API_KEY,
  properties: { Application: "shop" },
});
const logger = getLogger("shop.orders");

const server = createServer(logNodeRequests((request, response) => {
  logger.info("Order {OrderId} shipped", { OrderId: request.url?.slice(8) });
  response.end("Shipped\n");
}));
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

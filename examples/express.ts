/**
 * Requests of Express: `npx tsx examples/express.ts`, after `npm install --no-save express`; then
 * `curl http://localhost:8000/orders/42`, and `/broken`.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import express, { type NextFunction, type Request, type Response } from "express";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { configure, enrichRequest, getLogger, logNodeRequests, shutdown } from "@x/seqlog";

configure({ serverUrl: process.env.SEQ_URL ?? "http://localhost:5341", apiKey: process.env.SEQ_API_KEY });
const logger = getLogger("shop.orders");

const app = express();
app.get("/orders/:id", (request: Request, response: Response) => {
  logger.info("Order {OrderId} shipped", { OrderId: request.params.id });
  response.send("Shipped\n");
});
app.get("/broken", () => {
  throw new Error("No carrier");
});
app.use((error: Error, _request: Request, _response: Response, next: NextFunction) => { // after all routes
  enrichRequest({ error }); // Express itself replies to a request whose handler throws, so that logNodeRequests does not see the error
  next(error);
});

const server = createServer(logNodeRequests(app));
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

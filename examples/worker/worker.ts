/**
 * Logging from a Cloudflare Worker: `npx wrangler dev` in this folder, then `curl http://localhost:8787/orders/42`.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import { env, waitUntil } from "cloudflare:workers";
import { configure, getLogger, logRequests } from "@x/seqlog";

// Once, when the Worker starts. With waitUntil, the library sends events after the response, and no handler has to call flush.
configure({
  serverUrl: env.SEQ_URL,
  apiKey: env.SEQ_API_KEY,
  properties: { Application: "shop" },
  waitUntil,
});
const logger = getLogger("shop.orders");

const worker: { fetch(request: Request): Response } = {
  fetch: logRequests((request) => {
    logger.info("{Method} {Path}", { Method: request.method, Path: new URL(request.url).pathname });
    return new Response("Shipped\n");
  }),
};

export default worker;

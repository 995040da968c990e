/**
 * A shop that asks the stock, the other program of this folder: one request is one trace across both.
 *
 * Start `stock.ts`, then this: `npx tsx examples/traces/stock.ts`, `npx tsx examples/traces/shop.ts` (or with `deno run -A`, or `bun`), and ask
 * `curl http://localhost:8000/orders/42`. Both log to `SEQ_URL`, by default http://localhost:5341.
 */

import { configure, getLogger, logNodeRequests } from "@x/seqlog";
import { tracedFetch, withSpan } from "@x/seqlog/tracing";
import { createServer } from "node:http";
import process from "node:process";

const { SEQ_URL = "http://localhost:5341", STOCK_URL = "http://localhost:8001", PORT = "8000" } = process.env;
configure({ serverUrl: SEQ_URL, handleSignals: true, resource: { "service.name": "shop" } });
const logger = getLogger("shop.orders");
const fetch = tracedFetch(); // its requests are spans, and carry the trace

async function place(order: string): Promise<string> {
  return await withSpan(logger, "Order {OrderId} placed", { OrderId: order }, async (span) => {
    const left = Number(await (await fetch(`${STOCK_URL}/items/${order}`)).text());
    span.set({ Left: left });
    logger.info("{Left} items left of {OrderId}", { Left: left, OrderId: order }); // belongs to the span
    return `Order ${order} placed, ${left} left\n`;
  });
}

const server = createServer(logNodeRequests((request, response) => {
  const [, order] = /^\/orders\/(\w+)$/.exec(request.url ?? "") ?? [];
  if (order === undefined) response.writeHead(404).end("Not found\n");
  else place(order).then((text) => response.end(text), () => response.writeHead(502).end("No stock\n"));
}, { trustTrace: false })); // the edge: a stranger's trace is not continued
server.listen(Number(PORT), () => console.log(`Listening on http://localhost:${(server.address() as { port: number }).port}`));

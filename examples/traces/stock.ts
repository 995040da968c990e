/**
 * The stock that the shop asks, the other program of this folder. See `shop.ts` for how to run both.
 */

import { configure, getLogger, logNodeRequests } from "@x/seqlog";
import { withSpan } from "@x/seqlog/tracing";
import { createServer } from "node:http";
import process from "node:process";

const { SEQ_URL = "http://localhost:5341", PORT = "8001" } = process.env;
configure({ serverUrl: SEQ_URL, handleSignals: true, resource: { "service.name": "stock" } });
const logger = getLogger("stock.items");

async function count(item: string): Promise<number> {
  return await withSpan(logger, "Items of {Item} counted", { Item: item }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 20)); // a database
    logger.info("{Item} is on shelf {Shelf}", { Item: item, Shelf: 3 });
    return 7;
  });
}

const server = createServer(logNodeRequests(async (request, response) => {
  response.end(String(await count(request.url?.split("/").at(-1) ?? "")));
}));
server.listen(Number(PORT), () => console.log(`Listening on http://localhost:${(server.address() as { port: number }).port}`));

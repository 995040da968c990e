/**
 * A function for AWS Lambda, which freezes the process between calls: events are delivered before the reply.
 *
 * Bundle it with `npx esbuild examples/lambda.ts --bundle --platform=node --format=esm --outfile=lambda.mjs`, and set SEQ_URL and SEQ_API_KEY.
 */

import process from "node:process";
import { configure, flushAfter, getLogger } from "@x/seqlog";

configure({
  serverUrl: process.env.SEQ_URL ?? "http://localhost:5341",
  apiKey: process.env.SEQ_API_KEY,
  properties: { Application: "shop", FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? null },
});
const logger = getLogger("shop.orders");

async function ship(event: { OrderId: number }): Promise<{ statusCode: number }> {
  await Promise.resolve();
  logger.info("Order {OrderId} shipped", event);
  return { statusCode: 200 };
}

/** What Lambda calls. */
export const handler: typeof ship = flushAfter(ship);

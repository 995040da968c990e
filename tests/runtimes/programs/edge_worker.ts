/** A handler for Vercel's Edge runtime, which logs the number that the query has as `n`. */

import { configure, getLogger, logRequests } from "../../../mod.ts";

declare const SERVER_URL: string;

configure({ serverUrl: SERVER_URL });
const logger = getLogger("edge");

type Handle = (request: Request, beside?: { waitUntil(work: Promise<unknown>): void }) => Promise<Response>;

(globalThis as unknown as { handle: Handle }).handle = logRequests(async (request) => {
  await null;
  logger.info("Event {N}", { N: Number(new URL(request.url).searchParams.get("n")) });
  return new Response("Shipped\n");
});

/** Redirects one request. On Node, later requests of the process get a redirect at the first attempt. */

import { serveCollector } from "./collector.ts";
import { ship } from "./shipping.ts";

/** Returns what the library said, how often it asked, and how many requests followed the redirect. */
export async function redirectOnce(): Promise<
  { readonly lastError: string | undefined; readonly asked: number; readonly followed: number }
> {
  await using elsewhere = await serveCollector({ port: 0 });
  await using seq = await ship({ minBackoffMs: 60_000, maxBackoffMs: 60_000 });
  seq.collector.fail({ status: 307, headers: { location: `${elsewhere.url}/ingest/clef` }, times: Infinity });
  seq.log();
  await seq.failed(1);
  return { lastError: seq.seq.stats().lastError, asked: seq.collector.requests.length, followed: elsewhere.requests.length };
}

/**
 * A Worker that logs: at module scope, and once per request, as `Event {N}` with the query's `n`. What it does after that is the path:
 * `/log` nothing, `/wait` flushes under ctx.waitUntil, `/flush` awaits the flush and answers with its result, `/drop` begins a flush and
 * leaves it at once, `/leave` does so once another request has gone to `/go`, `/stats` answers with the statistics.
 */

import { configure, flush, getLogger, onDiagnostic, stats } from "../../../mod.ts";

declare const SERVER_URL: string;
declare const REQUEST_TIMEOUT_MS: string;

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

let mayLeave = false;
const told: string[] = [];
onDiagnostic(({ code, message }) => told.push(`${code}: ${message}`));
configure({ serverUrl: SERVER_URL, requestTimeoutMs: Number(REQUEST_TIMEOUT_MS), minBackoffMs: 50, maxBackoffMs: 50 });
const log = getLogger("worker");
log.info("Event {N}", { N: 0 });

export default {
  async fetch(request: Request, _: unknown, ctx: Context): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const n = searchParams.get("n");
    const timeoutMs = Number(searchParams.get("timeoutMs") ?? 60_000);
    if (n !== null) log.info("Event {N}", { N: Number(n) });
    if (pathname === "/wait") ctx.waitUntil(flush({ timeoutMs }));
    if (pathname === "/drop") void flush({ timeoutMs });
    if (pathname === "/go") mayLeave = true;
    if (pathname === "/leave") {
      mayLeave = false;
      void flush({ timeoutMs });
      while (!mayLeave) await new Promise((resolve) => setTimeout(resolve, 5)); // a promise of another request must not be awaited here
    }
    if (pathname === "/flush") return Response.json(await flush({ timeoutMs }));
    if (pathname === "/stats") return Response.json({ ...stats().seq, told });
    return new Response("ok");
  },
};

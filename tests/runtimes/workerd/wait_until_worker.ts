/** A Worker that hands over waitUntil once, and never flushes. Each request logs `Event {N}` with the query's `n`. */

import { waitUntil } from "cloudflare:workers";
import { configure, getLogger, onDiagnostic } from "../../../mod.ts";

declare const SERVER_URL: string;
declare const REQUEST_TIMEOUT_MS: string;

const told: string[] = [];
onDiagnostic(({ code, message }) => told.push(`${code}: ${message}`));
configure({ serverUrl: SERVER_URL, waitUntil, requestTimeoutMs: Number(REQUEST_TIMEOUT_MS), minBackoffMs: 50, maxBackoffMs: 50 });
const log = getLogger("worker");
log.info("Event {N}", { N: 0 });

export default {
  fetch(request: Request): Response {
    const n = new URL(request.url).searchParams.get("n");
    if (n !== null) log.info("Event {N}", { N: Number(n) });
    return Response.json(told);
  },
};

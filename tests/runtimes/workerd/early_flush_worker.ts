/** A Worker that flushes at module scope, where no I/O, timer or random value is allowed; a request tells what came of it, and flushes. */

import { configure, flush, type FlushResult, getLogger } from "../../../mod.ts";

declare const SERVER_URL: string;
declare const REQUEST_TIMEOUT_MS: string;

configure({ serverUrl: SERVER_URL, requestTimeoutMs: Number(REQUEST_TIMEOUT_MS), minBackoffMs: 50, maxBackoffMs: 50 });
getLogger("worker").info("Event {N}", { N: 0 });

let early: FlushResult | undefined;
let thrown: unknown;
try {
  flush().then((result) => early = result, (error) => thrown = `rejected: ${error}`);
} catch (error) {
  thrown = `thrown: ${error}`;
}

export default {
  async fetch(): Promise<Response> {
    return Response.json({ early, thrown, late: await flush() });
  },
};

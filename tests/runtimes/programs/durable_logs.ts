/**
 * Logs to a Seq with a queue on disk.
 *
 * Arguments: the URL of Seq; the folder; how many events are logged; `exits`, or `waits` until it is killed, or `ends` by flushing and shutting
 * down: it says what came of both, and how the handler is doing; how many milliseconds both may take; and `claimAfterMs`, default 1000.
 */

import process from "node:process";
import { configure, flush, getLogger, onDiagnostic, type SeqHandler, shutdown } from "../../../mod.ts";
import { durableQueue } from "../../../src/durable/durable_queue.ts";
import { sameServer } from "./same_server.ts";

const [url = "", path = "", count = "0", does = "", timeoutMs = "0", claimAfter = "1000"] = process.argv.slice(2);
onDiagnostic(({ code }) => code === "unreachable" || console.log(`told ${code}`));
const queue = durableQueue({ path, claimAfterMs: Number(claimAfter) });
const { handlers } = configure({ serverUrl: "http://seq.test", fetch: sameServer(url), minBackoffMs: 100, maxBackoffMs: 100, queue });
for (let n = 1; n <= Number(count); n++) getLogger("durable").warn("Event {N}", { N: n });
if (does === "exits") process.exit(3);
if (does === "ends") {
  const flushed = await flush({ timeoutMs: Number(timeoutMs) });
  const { queued, lost } = (handlers.seq as SeqHandler).stats();
  const ended = await shutdown({ timeoutMs: Number(timeoutMs) });
  console.log(JSON.stringify({ flushed, stats: { queued, lost }, ended }));
  process.exit(0);
}
setInterval(() => {}, 1000);
setTimeout(() => console.log("logged"));

/**
 * Logs to a Seq with a queue on disk.
 *
 * Arguments: the URL of Seq; the folder; how many events are logged; `exits`, or `waits` until it is killed.
 */

import process from "node:process";
import { configure, getLogger, onDiagnostic } from "../../../mod.ts";
import { durableQueue } from "../../../src/delivery/durable_queue.ts";

const [serverUrl = "", path = "", count = "0", does = ""] = process.argv.slice(2);
onDiagnostic(({ code }) => code === "unreachable" || console.log(`told ${code}`));
configure({ serverUrl, minBackoffMs: 100, maxBackoffMs: 100, queue: durableQueue({ path, claimAfterMs: 1000 }) });
for (let n = 1; n <= Number(count); n++) getLogger("durable").warn("Event {N}", { N: n });
if (does === "exits") process.exit(3);
setInterval(() => {}, 1000);
setTimeout(() => console.log("logged"));

/**
 * Logs and ends, while the server does what the test decides.
 *
 * Arguments: the options of the shorthand as JSON; "memory" or "disk"; the folder of a queue on disk; how many events are logged; and how it
 * ends: "naturally", by "process.exit", by "SIGTERM" from another process, or by an "uncaught error".
 */

import process from "node:process";
import { configure, getLogger } from "../../../mod.ts";
import { durableQueue } from "../../../src/durable/durable_queue.ts";

const [given = "", kind, path = "", count = "0", ends = "naturally"] = process.argv.slice(2);
configure({ ...JSON.parse(given), ...(kind === "disk" && { queue: durableQueue({ path }) }) });
for (let n = 1; n <= Number(count); n++) getLogger("ends").info("Event {N}", { N: n });
console.log("Ready");
if (ends === "process.exit") setTimeout(() => process.exit(0));
if (ends === "SIGTERM") setInterval(() => {}, 1000);
if (ends === "an uncaught error") {
  setTimeout(() => {
    throw new Error("Boom");
  });
}

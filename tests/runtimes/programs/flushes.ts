/** Logs, awaits flush and prints its result. Arguments: the options as JSON, how many events, the flush's options as JSON. */

import process from "node:process";
import { configure, flush, getLogger } from "../../../mod.ts";

const [options = "", count = "1", flushOptions = "{}"] = process.argv.slice(2);
configure(JSON.parse(options));
for (let n = 1; n <= Number(count); n++) {
  getLogger("flushes").info("Event {N}", { N: n });
}
console.log(JSON.stringify(await flush(JSON.parse(flushOptions))));

/** Logs whenever it is about to end, which without a limit would keep it alive for ever. Argument: the options as JSON. */

import process from "node:process";
import { configure, getLogger } from "../../../mod.ts";

configure(JSON.parse(process.argv[2] ?? ""));
let n = 0;
process.on("beforeExit", () => getLogger("end").info("Event {N}", { N: ++n }));
getLogger("end").info("Event {N}", { N: ++n });
console.log("The last line");

/**
 * Logs an event, waits until it is delivered, logs another, which has to wait for its period, and a third as it ends once more. Argument: the options
 * as JSON.
 */

import process from "node:process";
import { configure, flush, getLogger } from "../../../mod.ts";

configure(JSON.parse(process.argv[2] ?? ""));
getLogger("late").info("Event {N}", { N: 1 });
await flush();
getLogger("late").info("Event {N}", { N: 2 });
let ends = 0;
process.on("beforeExit", () => ++ends === 2 && getLogger("late").info("Event {N}", { N: 3 })); // after the library's listener
console.log("The last line");

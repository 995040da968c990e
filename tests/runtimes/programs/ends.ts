/**
 * Logs, and ends by itself: no flush, no shutdown.
 *
 * Arguments: the options of the shorthand as JSON, or a list of them, one configure after another; how many events are logged under each.
 */

import process from "node:process";
import { configure, getLogger, type SeqOptions } from "../../../mod.ts";

const [given = "", count = "0"] = process.argv.slice(2);
const configurations: SeqOptions[] = [JSON.parse(given)].flat();
let n = 0;
for (const options of configurations) {
  configure(options);
  for (let i = 0; i < Number(count); i++) getLogger("ends").info("Event {N}", { N: ++n });
}
console.log("The last line");

/** Is run on the lowest versions promised, and on all others by the suites beside it. */

import { configure } from "../../mod.ts";

if (typeof configure !== "function") {
  throw new TypeError("configure is not a function");
}
console.log("ok");

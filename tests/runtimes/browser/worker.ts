/** A Web Worker that logs, and throws what nobody catches; the address of its Seq is in its own. */

import { configure, getLogger } from "../../../mod.ts";

const serverUrl = new URL(location.href).searchParams.get("seq")!;
configure({ serverUrl, handleUncaught: true, periodMs: 0 });
getLogger("worker").info("Worker {N}", { N: 1 });
setTimeout(() => {
  throw new Error("No paper");
});

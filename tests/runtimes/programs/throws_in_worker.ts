/** Starts itself as a worker thread that wants to handle what it does not catch, twice, and throws; says what the worker said, and what was heard of its error. */

import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { flush, onDiagnostic } from "../../../mod.ts";
import { handleUncaught } from "../../../src/process/exit_hooks.ts";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on("message", (text) => console.log(text));
  worker.on("error", ({ message }: Error) => console.log(`Heard ${/Crash/.exec(message)?.[0]}`));
} else {
  onDiagnostic(({ message }) => parentPort!.postMessage(message));
  handleUncaught(flush);
  handleUncaught(flush);
  setTimeout(() => {
    throw new Error("Crash");
  });
}

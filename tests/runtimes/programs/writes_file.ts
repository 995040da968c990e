/**
 * Logs to a file, and ends in some way in the same tick.
 *
 * Arguments: the options of the handler as JSON; how it ends, a name of `endings`; how many events are logged.
 */

import { rmSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { ConfigError, getLogger } from "../../../mod.ts";
import { FileHandler } from "../../../src/file/file_handler.ts";

const endings: Readonly<Record<string, () => void>> = {
  naturally: () => {},
  "process.exit": () => process.exit(3),
  "Deno.exit": () => (globalThis as unknown as { Deno: { exit(code: number): void } }).Deno.exit(3),
  throw: () => {
    throw new Error("Crash");
  },
  reject: () => void Promise.reject(new Error("Crash")),
  "SIGTERM in the next tick": () => void setTimeout(() => process.kill(process.pid, "SIGTERM")),
  "loses its file": () => {
    rmSync(dirname(JSON.parse(options).filename), { recursive: true });
    process.exit(3);
  },
  "logging after a flush": () => {
    void handlers[0]?.flush();
    log(2);
    process.exit(3);
  },
  "logging as it exits": () => {
    process.on("exit", () => log(2));
    process.exit(3);
  },
};

const [options = "", ending = "", count = "1", late = ""] = process.argv.slice(2);
const listeners = process.listenerCount("exit");
let handlers: readonly FileHandler[] = [];
let n = 0;
function log(count: number): void {
  for (let i = 0; i < count; i++) getLogger("files").warn("Event {N}", { N: ++n });
}

try {
  handlers = [JSON.parse(options)].flat().map((one) => new FileHandler(one));
  for (const handler of handlers) {
    handler.formatter = ({ message }) => message;
    getLogger("files").addHandler(handler);
  }
  const run = (): void => {
    log(Number(count));
    if (handlers.length > 1) console.log(`${process.listenerCount("exit") - listeners} listeners`);
    endings[ending]!();
  };
  if (late === "late") setTimeout(run);
  else run();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.log(error.message);
}

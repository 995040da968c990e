/** What a thread of threads.ts does: it configures by itself, logs three events, of which two have to wait for the period, and ends in its way. */

import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { configure, flush, getLogger, shutdown } from "../../../mod.ts";

/** How a thread ends once it has logged. */
export type Ending = "naturally" | "after shutdown" | "process.exit" | "throw" | "terminated" | "closed" | "never";

/** The instructions for a thread. */
export interface Task {
  readonly serverUrl: string;
  readonly ending: Ending;
}

const web = globalThis as unknown as { onmessage: unknown; postMessage(data: unknown): void; close(): void };

async function work({ serverUrl, ending }: Task): Promise<void> {
  configure({ serverUrl });
  const logger = getLogger("thread").with({ Ending: ending });
  logger.info("Event {N}", { N: 1 });
  await flush();
  for (const N of [2, 3]) logger.info("Event {N}", { N });
  if (ending === "after shutdown") await shutdown();
  if (ending === "process.exit") process.exit(3);
  if (ending === "throw") throw new Error("Crash");
  if (ending === "terminated" || ending === "never") setInterval(() => {}, 1000);
  if (parentPort !== null && workerData !== null) parentPort.postMessage("logged");
  else web.postMessage("logged");
  if (ending === "closed") web.close();
}

if (workerData?.serverUrl !== undefined) await work(workerData);
else {
  web.onmessage = ({ data }: { data: Task }) => {
    web.onmessage = null; // else Bun, too, waits for more
    void work(data);
  };
}

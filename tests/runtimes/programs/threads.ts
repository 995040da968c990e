/**
 * Starts threads, and says how each has ended.
 *
 * Arguments: the URL of Seq; `threads` (node:worker_threads) or `web` (Web Workers); how they end.
 */

import process from "node:process";
import { Worker as Thread } from "node:worker_threads";
import type { Ending, Task } from "./thread.ts";

type WebWorker = EventTarget & { postMessage(data: unknown): void; terminate(): void };
const { Worker } = globalThis as unknown as { Worker: new (url: URL, options: object) => WebWorker };

const [serverUrl = "", kind = "", ...endings] = process.argv.slice(2) as [string?, string?, ...Ending[]];
const url = new URL("thread.ts", import.meta.url);

function startThread(task: Task): void {
  const { ending } = task;
  const thread = new Thread(url, { workerData: task });
  thread.on("message", () => ending === "terminated" && thread.terminate());
  thread.on("error", ({ message }: Error) => console.log(`${ending}: ${/Crash/.exec(message)?.[0]}`));
  thread.on("exit", (code) => console.log(`${ending}: ended with ${code}`));
}

function startWebWorker(task: Task): void {
  const { ending } = task;
  const worker = new Worker(url, { type: "module" });
  worker.addEventListener("message", () => {
    console.log(`${ending}: logged`);
    if (ending === "terminated") worker.terminate();
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault(); // else it is the end of all on Deno
    console.log(`${ending}: ${/Crash/.exec((event as Event & { message: string }).message)?.[0]}`);
  });
  worker.addEventListener("close", (event) => console.log(`${ending}: ended with ${(event as Event & { code?: number }).code}`));
  worker.postMessage(task);
}

for (const ending of endings) (kind === "web" ? startWebWorker : startThread)({ serverUrl, ending });

/** Reads the names and numbers of the machine, the process and the thread. */

import { builtin, deno, isWorkerd, world } from "./detect.ts";
import { isGranted } from "./permissions.ts";

let instanceId: string | undefined;

/**
 * The names of the machine, the process, the `node:cluster` worker and the thread, if the runtime has and permits them. Empty in Workers
 * and browsers.
 */
export function hostProperties(): Record<string, string | number> {
  const properties: Record<string, string | number> = {};
  if (isWorkerd() || world.process === undefined) return properties;
  if (isGranted({ name: "sys", kind: "hostname" })) {
    const hostname = deno?.hostname() ?? builtin<{ hostname(): string }>("node:os")?.hostname();
    if (hostname) properties["MachineName"] = hostname;
  }
  const { pid, send } = world.process;
  if (pid) properties["ProcessId"] = pid;
  const cluster = send === undefined ? undefined : builtin<{ readonly worker?: { readonly id: number } }>("node:cluster"); // no child
  if (cluster?.worker) properties["WorkerId"] = cluster.worker.id;
  const { id } = currentThread();
  if (id > 0) properties["ThreadId"] = id;
  // each of Deno's workers claims to be thread 0
  else if (deno && world.WorkerGlobalScope) properties["InstanceId"] = instanceId ??= crypto.randomUUID().slice(0, 8);
  return properties;
}

/** The process id; 0 if there is none. */
export function processId(): number {
  return (!isWorkerd() && world.process?.pid) || 0;
}

/** The id of the process's user; `undefined` if there is none or Deno has not granted access. */
export function userId(): number | undefined {
  return isGranted({ name: "sys", kind: "uid" }) ? world.process?.geteuid?.() : undefined;
}

/** The current thread: its number (0 is the main thread), and its name as Python would write it. */
export function currentThread(): { readonly id: number; readonly name: string } {
  const { threadId = 0 } = builtin<{ readonly threadId?: number }>("node:worker_threads") ?? {};
  return { id: threadId, name: threadId === 0 ? "MainThread" : `Thread-${threadId}` };
}

/** The program's path, then its arguments. */
export function programArguments(): readonly string[] {
  return world.process?.argv?.slice(1) ?? [];
}

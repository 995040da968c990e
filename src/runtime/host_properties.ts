/** What the machine, the process and the thread are called. */

import { builtin, isWorkerd, world } from "./detect.ts";
import { isGranted } from "./permissions.ts";

let instanceId: string | undefined;

/**
 * The names of the machine, the process, the worker of a `node:cluster` and the thread, where the runtime has them and allows the question: empty in
 * Workers and browsers.
 */
export function hostProperties(): Record<string, string | number> {
  const properties: Record<string, string | number> = {};
  if (isWorkerd() || world.process === undefined) return properties;
  if (isGranted({ name: "sys", kind: "hostname" })) {
    const hostname = world.Deno?.hostname() ?? builtin<{ hostname(): string }>("node:os")?.hostname();
    if (hostname) properties["MachineName"] = hostname;
  }
  const { pid, send } = world.process;
  if (pid) properties["ProcessId"] = pid;
  const cluster = send === undefined ? undefined : builtin<{ readonly worker?: { readonly id: number } }>("node:cluster"); // only a child has one
  if (cluster?.worker) properties["WorkerId"] = cluster.worker.id;
  const { id } = currentThread();
  if (id > 0) properties["ThreadId"] = id;
  else if (world.Deno && world.WorkerGlobalScope) properties["InstanceId"] = instanceId ??= crypto.randomUUID().slice(0, 8); // each says it is thread 0
  return properties;
}

/** The process's number; 0 where there is none. */
export function processId(): number {
  return (!isWorkerd() && world.process?.pid) || 0;
}

/** The user that the process runs as; `undefined` where there is none, or Deno has not granted the question. */
export function userId(): number | undefined {
  return isGranted({ name: "sys", kind: "uid" }) ? world.process?.geteuid?.() : undefined;
}

/** The thread that runs this, by number and by the name that Python would give it: the main one is 0. */
export function currentThread(): { readonly id: number; readonly name: string } {
  const { threadId = 0 } = builtin<{ readonly threadId?: number }>("node:worker_threads") ?? {};
  return { id: threadId, name: threadId === 0 ? "MainThread" : `Thread-${threadId}` };
}

/** The arguments of the program, without the runtime and the file; the file's path comes first. */
export function programArguments(): readonly string[] {
  return world.process?.argv?.slice(1) ?? [];
}

/** The processes of the benchmark: one for each measurement, and the receiver. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { commandLine, type Program, type RuntimeName, startCommand } from "../support/runtimes.ts";
import type { Arrival, Task } from "./order.ts";

/** A stage: where the compiled programs are, and the runtime that they run on. */
export interface Stage {
  readonly folder: string;
  readonly runtime: RuntimeName;
}

const timeoutMs = 120_000;

/** The command line of a compiled program; the Node that runs us takes it without tsx. */
function command({ folder, runtime }: Stage, name: string, args: readonly string[]): string[] {
  const file = join(folder, `${name}.mjs`);
  return runtime === "node20" ? [process.execPath, file, ...args] : commandLine(runtime, file, { args });
}

/** Measures in a process of its own; rejects if that breaks or if the subject has lost an event. */
export async function measure<Figures>(stage: Stage, task: Task): Promise<Figures> {
  const { code, signal, stdout, stderr } = await startCommand(command(stage, "worker", [JSON.stringify(task)]), { timeoutMs }).ended;
  if (code !== 0) throw new Error(`Measuring ${JSON.stringify(task)} ended with ${code ?? signal}:\n${stdout}${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

/** The other end. */
export interface Receiver {
  readonly url: string;
  /** What has arrived since this was last asked. */
  arrival(): Promise<Arrival>;
  stop(): void;
}

/** Starts the receiver, always on the Node that runs us. */
export async function startReceiver(folder: string): Promise<Receiver> {
  const program: Program = startCommand(command({ folder, runtime: "node20" }, "receiver", []), { timeoutMs: 600_000 });
  await program.waitFor("\n");
  const url = program.output().trim();
  return { url, arrival: async () => (await fetch(`${url}/arrival`)).json() as Promise<Arrival>, stop: () => program.kill("SIGKILL") };
}

/** A URL at which nothing listens. */
export async function refusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

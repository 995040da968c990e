/** What a request costs the process that serves it: bare, logged by this library, and logged with pino by hand. */

import { Agent, request } from "node:http";
import { join } from "node:path";
import { commandLine, findRuntime, type Program, type RuntimeName, startCommand } from "../support/runtimes.ts";
import { install } from "../support/install.ts";
import { type Receiver, type Stage, startReceiver } from "./processes.ts";
import { judge } from "./goals.ts";
import { formatNumber, formatTable, inTurns, median, type Target } from "./report.ts";

const rounds = 3;
const warmUp = 20_000;
const count = 20_000;
const concurrency = 20;

const notes = `
  The serving process's CPU time, user and system, in microseconds per request of 20 at a time over kept connections; the medians of ${rounds} processes.
  The handler waits once and answers a short text. seqlog ships its events to another process; pino writes a line like them, and drops it.`;

/** What is measured: a server, how it logs, and where. */
const serversOn = (runtime: RuntimeName): (readonly [server: string, logs: string, runtime: RuntimeName])[] => [
  ["node:http", "bare", runtime],
  ["node:http", "pino", runtime],
  ["node:http", "seqlog", runtime],
  ["Bun.serve", "bare", "bun"],
  ["Bun.serve", "seqlog", "bun"],
  ["Deno.serve", "bare", "deno"],
  ["Deno.serve", "seqlog", "deno"],
];

/** Serves a lot of requests in each way, and prints what that cost. */
export async function benchRequests({ folder, runtime }: Stage): Promise<Target[]> {
  console.log("\nOne request, in microseconds of CPU\n");
  await install("tests/runtimes");
  const receiver = await startReceiver(folder);
  try {
    const there = serversOn(runtime).filter(([, , name]) => findRuntime(name) !== undefined).map((server) => server.join(" "));
    const costs = await inTurns(there, rounds, (server) => serve(folder, receiver, server.split(" ")));
    const rows = [...costs].map(([server, runs]) => {
      const [name = "", , runtime = ""] = server.split(" ");
      const [cost, bare] = [runs, costs.get(`${name} bare ${runtime}`)!].map((figures) => median(figures));
      return [server.replace(/(\w+) (\w+) (\w+)/, `$1 on ${runtime}, $2`), formatNumber(cost!), formatNumber(cost! - bare!)];
    });
    console.log(`${formatTable([["", "each", "more than bare"], ...rows])}\n${notes}`);
    const [bare, byHand, logged] = ["bare", "pino", "seqlog"].map((logs) => median(costs.get(`node:http ${logs} ${runtime}`)!));
    return judge("request, to pino by hand", (logged! - bare!) / (byHand! - bare!), runtime);
  } finally {
    receiver.stop();
  }
}

/** One process; rejects if a request or an event gets lost. */
async function serve(folder: string, receiver: Receiver, [name = "", logs = "", runtime = "node20"]: readonly string[]): Promise<number> {
  const command = commandLine(runtime as RuntimeName, join(folder, "server.mjs"), { args: [name, logs, receiver.url] });
  const program: Program = startCommand(command, { timeoutMs: 60_000 });
  try {
    await program.waitFor("\n");
    const url = program.output().trim();
    await sendAll(url, warmUp);
    const before = await usage(url);
    await sendAll(url, count);
    const after = await usage(url);
    const { events } = await receiver.arrival();
    const wanted = logs === "seqlog" ? warmUp + count : 0;
    if (events !== wanted) throw new Error(`Of ${wanted} requests of ${name} on ${runtime}, ${events} were logged`);
    return (after - before) / count;
  } finally {
    program.kill("SIGKILL");
    await program.ended;
  }
}

/** The microseconds that the process has used, when all it has logged is sent. */
const usage = async (url: string): Promise<number> => Number(await (await fetch(`${url}/usage`)).text());

async function sendAll(url: string, total: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < total) await send(`${url}/orders/${next++}`, agent);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  agent.destroy();
}

function send(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: { "user-agent": "bench" } }, (response) => {
      response.resume().on("end", resolve).on("error", reject);
      if (response.statusCode !== 200) reject(new Error(`${url} was answered ${response.statusCode}`));
    }).on("error", reject).end();
  });
}

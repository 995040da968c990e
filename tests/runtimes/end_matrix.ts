/** Ends of a process while its server is slow, silent or gone: each keeps its deadline, and every event is delivered, printed or on disk. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isFull, oneOfThree } from "../support/effort.ts";
import { Folder } from "../support/folder.ts";
import { type FullPort, openFullPort } from "../support/full_port.ts";
import { findRuntime, type RuntimeName, startProgram } from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";

const timeout = 600_000;
const events = 3;
/** What the program gives the end. */
const exitTimeoutMs = 1500;
/** A request of the program's would hold it for so long. */
const requestTimeoutMs = 240_000;
/** A program that has not ended by then is killed. */
const timeoutMs = 60_000;
/** So many programs run at once: most of them wait. */
const atOnce = 6;

/** What a server does with a request. */
const servers: Readonly<Record<string, ((response: ServerResponse) => void) | "refuses connections" | "drops SYNs">> = {
  "takes events": (response) => void response.writeHead(201).end("{}"),
  "takes events slowly": (response) => void setTimeout(() => response.writeHead(201).end("{}"), 300).unref(),
  "hangs": () => {},
  "drips a reply": (response) => {
    response.writeHead(503);
    const timer = setInterval(() => response.write(" "), 100);
    response.once("close", () => clearInterval(timer));
  },
  "answers 503 after a second": (response) => void setTimeout(() => response.writeHead(503).end(), 1000).unref(),
  "refuses connections": "refuses connections",
  "drops SYNs": "drops SYNs",
};
const ends = ["naturally", "process.exit", "SIGTERM", "an uncaught error"] as const;

/** One cell of the table. */
interface Cell {
  readonly end: (typeof ends)[number];
  readonly kind: "memory" | "disk";
  readonly server: keyof typeof servers;
}

/** Each end is tried with each server and one of the two queues, at half the cost. Full runs try the natural end with both queues. */
const cells: readonly Cell[] = ends.flatMap((end, row) =>
  Object.keys(servers).flatMap((server, column) =>
    (["memory", "disk"] as const).filter((_, kind) => (isFull && end === "naturally") || (row + column) % 2 === kind).map((kind) => ({
      end,
      kind,
      server,
    }))
  )
);

/** The numbers of the events in lines of CLEF. */
const numbersIn = (text: string): number[] =>
  text.split("\n").filter((line) => line.startsWith('{"@t":')).map((line) => JSON.parse(line).N).filter((n) => n !== undefined);

/** The numbers that a queue on disk has kept. */
function numbersBelow(path: string): number[] {
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".clef"));
  return files.flatMap((name) => numbersIn(readFileSync(join(path, name), "utf8")));
}

/** What came of one cell. */
interface Outcome {
  readonly code: number | string | null;
  readonly received: readonly number[];
  readonly printed: readonly number[];
  /** How many events were reported as lost without being printed. */
  readonly lost: number;
  readonly kept: readonly number[];
  /** How long the end took, from what brought it about to the process's end. */
  readonly tookMs: number;
  readonly stderr: string;
}

/** Runs a cell of the table. */
async function run(runtime: RuntimeName, { end, kind, server: what }: Cell, fullPort: number): Promise<Outcome> {
  using folder = new Folder();
  const received: number[] = [];
  const reply = servers[what];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      if (typeof reply !== "function") return;
      if (what.startsWith("takes events")) received.push(...numbersIn(body));
      reply(response);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  if (reply === "refuses connections") await new Promise((resolve) => server.close(resolve));
  const serverUrl = `http://127.0.0.1:${reply === "drops SYNs" ? fullPort : port}`;
  const within = { timeoutMs: exitTimeoutMs };
  const options = { serverUrl, exitTimeoutMs, requestTimeoutMs, handleSignals: within, handleUncaught: within };
  try {
    const args = [JSON.stringify(options), kind, folder.path, String(events), end];
    const program = startProgram(runtime, "tests/runtimes/programs/ends_beside.ts", { args, timeoutMs });
    await program.waitFor("Ready");
    const began = performance.now();
    if (end === "SIGTERM") program.kill("SIGTERM");
    const { code, signal, stderr } = await program.ended;
    const tookMs = performance.now() - began;
    const lost = Array.from(stderr.matchAll(/(\d+) events? could not be delivered/g)).reduce((sum, [, count]) => sum + Number(count), 0);
    const kept = kind === "disk" ? numbersBelow(folder.path) : [];
    return { code: code ?? signal, received, printed: numbersIn(stderr), lost, kept, tookMs, stderr };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** What every cell has to come to. */
function check({ end, kind, server }: Cell, { code, received, printed, lost, kept, stderr }: Outcome): void {
  assert.equal(code, { "naturally": 0, "process.exit": 0, "SIGTERM": "SIGTERM", "an uncaught error": 1 }[end], stderr);
  if (kind === "disk") assert.deepEqual([printed, lost], [[], 0], stderr);
  const isTaken = server.startsWith("takes events");
  if (end === "process.exit" && isTaken) { // a request may be under way: Seq has what was printed as well, or not
    assert.deepEqual([...new Set([...received, ...printed, ...kept])].sort(), range(1, events), stderr);
  } else {
    const without = end === "naturally" && kind === "memory" ? lost : [...printed, ...kept].length;
    assert.deepEqual({ received, without }, { received: isTaken ? range(1, events) : [], without: isTaken ? 0 : events }, stderr);
  }
}

/** Declares the tests of the matrix for a runtime. */
export function testEndMatrix(runtime: RuntimeName): void {
  const skip = findRuntime(runtime) === undefined;
  const skipNext = oneOfThree(runtime);
  const chosen = cells.map((cell) => ({ cell, skip: skipNext() }));
  const outcomes = new Map<Cell, Promise<Outcome>>();
  let controlMs = 0;
  let port: FullPort | undefined;
  before(async () => {
    if (skip) return;
    const opened = port = await openFullPort();
    const waiting = chosen.values();
    const work = async (): Promise<void> => {
      for (const { cell, skip } of waiting) {
        if (skip !== false) continue;
        const outcome = run(runtime, cell, opened.port);
        outcomes.set(cell, outcome);
        const { tookMs } = await outcome.catch(() => ({ tookMs: 0 }));
        if (cell.server === "takes events") controlMs = Math.max(controlMs, tookMs);
      }
    };
    await Promise.all(range(1, atOnce).map(work));
  }, { timeout });
  after(() => port?.[Symbol.dispose]());

  for (const { cell, skip: isLeft } of chosen) {
    const { end, kind, server } = cell;
    const ends = end === "naturally" ? "that ends naturally" : `ended by ${end}`;
    test(
      `a program on ${runtime} ${ends} keeps its deadline, with a queue in ${kind}, where the server ${server}`,
      { timeout, skip: skip || isLeft },
      async () => {
        const outcome = await outcomes.get(cell)!;
        try {
          check(cell, outcome);
        } catch {
          return check(cell, await run(runtime, cell, port!.port)); // a busy machine may have let it run too late: who is wrong is wrong again
        }
        // The machine may be busy: the cost of an end with a server that accepts events is added, and a late process is late again.
        const allowedMs = (end === "process.exit" ? 0 : exitTimeoutMs) + 1000 + 2 * controlMs;
        if (outcome.tookMs <= allowedMs) return;
        const again = await run(runtime, cell, port!.port);
        assert.ok(again.tookMs <= allowedMs, `It took ${outcome.tookMs} ms and ${again.tookMs} ms, where ${allowedMs} ms are allowed`);
      },
    );
  }
}

/** Programs that log while they end: what is logged during the last request, the first process of a container, a console that nobody reads. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process, { platform } from "node:process";
import { test } from "node:test";
import { type RunningCollector, serveCollector } from "../../src/collector/serve.ts";
import { cleanEnvironment, commandLine, findRuntime, type RuntimeName, startCommand } from "../support/runtimes.ts";
import { oneOfThree } from "../support/effort.ts";
import { Folder } from "../support/folder.ts";
import { range } from "../support/shipping.ts";
import type { EndsPlan } from "./programs/process_ends.ts";

const timeout = 120_000;
/** A program that does not end is killed then, and the test fails. */
const timeoutMs = 60_000;
const forEver = 600_000;
const file = "tests/runtimes/programs/process_ends.ts";
const namespace = ["unshare", "-p", "-f", "--kill-child", "--"];
/** Whether this machine lets a test make a process the first of its namespace. */
const hasNamespaces = platform === "linux" && spawnSync(namespace[0]!, [...namespace.slice(1), "true"]).status === 0;

const numbers = ({ events }: RunningCollector): unknown[] => events.map(({ properties }) => properties.N).filter((n) => n !== undefined);
const printedIn = (stderr: string): unknown[] =>
  stderr.split("\n").filter((line) => line.startsWith('{"@t":')).map((line) => JSON.parse(line).N);

/** A program whose console has no reader, or one that has stopped reading. */
interface Cell {
  readonly reader: "is gone" | "reads no more";
  readonly end: "SIGTERM" | "throw" | "exit";
  readonly isOnDisk: boolean;
  readonly isFirst: boolean;
}

const cells: readonly Cell[] = [
  { reader: "is gone", end: "SIGTERM", isOnDisk: false, isFirst: true },
  { reader: "is gone", end: "throw", isOnDisk: true, isFirst: true },
  { reader: "is gone", end: "SIGTERM", isOnDisk: true, isFirst: false },
  { reader: "reads no more", end: "SIGTERM", isOnDisk: true, isFirst: true },
  { reader: "reads no more", end: "exit", isOnDisk: false, isFirst: false },
];

/** The write end of a pipe that nobody reads, full if the program shall find it full; and a function that closes the read end. */
function openUnread(path: string, isFull: boolean): { readonly pipe: number; leave(): void } {
  assert.equal(spawnSync("mkfifo", [path]).status, 0);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const filler = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const pipe = openSync(path, constants.O_WRONLY);
  try {
    while (isFull) writeSync(filler, "x".repeat(4096));
  } catch {
    // it is full
  }
  closeSync(filler);
  return { pipe, leave: () => closeSync(reader) };
}

/** The numbers in lines of events. */
const numbersIn = (text: string): number[] => Array.from(text.matchAll(/"N":(\d+)/g), ([, n]) => Number(n));

/** Runs a program in a cell. Returns how it ended, which numbers it logged, and which of them Seq or the disk has. */
async function runUnread(
  runtime: RuntimeName,
  { reader, end, isOnDisk, isFirst }: Cell,
): Promise<{ code: unknown; logged: number[]; found: number[] }> {
  using folder = new Folder();
  const found: number[] = [];
  const { pipe, leave } = openUnread(folder.at("pipe"), reader === "reads no more");
  let guard: ReturnType<typeof setTimeout> | undefined;
  let noteEvent = (): void => {};
  const hasEvent = new Promise<void>((resolve) => (noteEvent = resolve));
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    noteEvent();
    if (end === "exit") return; // what is lost is printed
    found.push(...numbersIn(body));
    response.writeHead(201).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { serverUrl, periodMs: 20, handleSignals: true, handleUncaught: true };
  const queue = isOnDisk ? { folder: folder.at("queue") } : {};
  const prints = reader === "is gone";
  const plan: EndsPlan = {
    options,
    everyMs: 5,
    times: 40,
    prints,
    numbers: folder.at("numbers"),
    ...queue,
    ...(end !== "SIGTERM" && { ends: end }),
  };
  const [binary = "", ...args] = [...(isFirst ? namespace : []), ...commandLine(runtime, file, { args: [JSON.stringify(plan)] })];
  try {
    const child = spawn(binary, args, { stdio: ["ignore", pipe, pipe], env: cleanEnvironment() });
    const ended = new Promise<unknown>((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
    guard = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    await hasEvent;
    const loggedSoFar = (): number[] => readFileSync(folder.at("numbers"), "utf8").trim().split("\n").map(Number);
    const before = loggedSoFar();
    if (end === "SIGTERM") {
      const inner = isFirst ? Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8")) : child.pid!;
      process.kill(inner, "SIGTERM");
    }
    if (prints) leave(); // after the signal: Node's console makes its second EPIPE an uncaught error, which would be what ends the program
    const code = await ended;
    const kept = isOnDisk
      ? readdirSync(folder.at("queue"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".clef"))
      : [];
    found.push(...kept.flatMap((name) => numbersIn(readFileSync(folder.at(`queue/${name}`), "utf8"))));
    // events logged while the process ends are at most printed, and here nobody reads them
    return { code, logged: prints && end === "SIGTERM" ? before : loggedSoFar(), found };
  } finally {
    clearTimeout(guard);
    closeSync(pipe);
    if (!prints) leave();
    server.closeAllConnections();
    server.close();
  }
}

/** Declares the tests of ends for a runtime. */
export function testProcessEnds(runtime: RuntimeName): void {
  const isMissing = findRuntime(runtime) === undefined;
  const command = (plan: Partial<EndsPlan>): string[] =>
    commandLine(runtime, file, { args: [JSON.stringify({ everyMs: 5, times: 60, ...plan })] });
  const skipNext = oneOfThree(runtime);
  const ends = (does: string, skip: boolean, body: (seq: RunningCollector) => Promise<void>): void => {
    test(`${runtime}: ${does}`, { timeout, skip: isMissing || skip || skipNext() }, async () => {
      await using seq = await serveCollector({ port: 0 });
      await body(seq);
    });
  };

  ends("handleSignals delivers what is logged during its last requests, every event of it", false, async (seq) => {
    seq.fail({ delayMs: 100, times: Infinity });
    const program = startCommand(command({ options: { serverUrl: seq.url, handleSignals: true } }), { timeoutMs });
    await program.waitFor("Ready");
    program.kill("SIGTERM");
    const { signal, timedOut, stderr } = await program.ended;
    assert.deepEqual([signal, timedOut, stderr], ["SIGTERM", false, ""]);
    assert.deepEqual(numbers(seq), range(1, numbers(seq).length));
    assert.ok(numbers(seq).length >= 60);
  });

  ends("handleSignals ends a program that never stops logging, and each event is delivered or printed", false, async (seq) => {
    seq.fail({ delayMs: 100, times: Infinity });
    const options = { serverUrl: seq.url, handleSignals: { timeoutMs: 1000 } };
    const program = startCommand(command({ options, times: forEver }), { timeoutMs });
    await program.waitFor("Ready");
    program.kill("SIGTERM");
    const { signal, timedOut, stderr } = await program.ended;
    assert.deepEqual([signal, timedOut], ["SIGTERM", false]);
    const all = [...new Set([...numbers(seq), ...printedIn(stderr)])]; // what a request had that was under way may be both
    assert.deepEqual(all, range(1, all.length));
  });

  for (const isFirst of [true, false]) {
    const where = isFirst ? "as process 1" : "as any process";
    ends(`a process ends by SIGTERM ${where} with handleSignals`, isFirst && !hasNamespaces, async (seq) => {
      const line = command({ options: { serverUrl: seq.url, periodMs: forEver, handleSignals: true }, times: 0 });
      const shell = `"$@" & child=$!; trap 'kill -TERM $child' TERM; wait $child; wait $child; echo "Exit $?"`;
      // the shell stands outside of the namespace, where a signal for the first process of it can be sent from
      const inside = isFirst
        ? [
          "sh",
          "-c",
          `${namespace.join(" ")} "$@" & outer=$!
        trap 'kill -TERM $(cat /proc/$outer/task/$outer/children)' TERM; wait $outer; wait $outer; echo "Exit $?"`,
          "sh",
        ]
        : ["sh", "-c", shell, "sh"];
      const program = startCommand([...inside, ...line], { timeoutMs });
      await program.waitFor("Ready");
      program.kill("SIGTERM");
      const { stdout, timedOut } = await program.ended;
      assert.deepEqual([/Exit (\d+)/.exec(stdout)?.[1], timedOut], ["143", false], stdout);
      assert.deepEqual(numbers(seq), range(1, numbers(seq).length));
      assert.equal(seq.events.at(-1)?.properties.Signal, "SIGTERM");
    });
  }

  ends("handleUncaught ends a program whose console nobody reads, and Seq has why", platform === "win32", async (seq) => {
    const options = { serverUrl: seq.url, handleUncaught: true, console: true };
    const line = command({ options, times: forEver, prints: true });
    const isEnding = runtime.startsWith("node"); // Deno and Bun pass over what cannot be written
    const shell = isEnding ? `"$@" 2>&1 | head -1` : `timeout 3 "$@" 2>&1 | head -1`;
    const { timedOut } = await startCommand(["sh", "-c", shell, "sh", ...line], { timeoutMs }).ended;
    assert.equal(timedOut, false);
    const told = seq.events.filter(({ properties }) => properties.SourceContext === "process");
    assert.deepEqual(told.map(({ level }) => level), isEnding ? ["Fatal"] : []);
    assert.deepEqual(numbers(seq), range(1, numbers(seq).length));
  });

  for (const cell of cells) {
    const { reader, end, isOnDisk, isFirst } = cell;
    const by = { SIGTERM: "ends by SIGTERM", throw: "ends by an uncaught error", exit: "exits" }[end];
    const who = `${isFirst ? "process 1" : "a process"} whose console's reader ${reader}`;
    test(`${runtime}: ${who} ${by}, with a queue ${isOnDisk ? "on disk" : "in memory"}, and each event is found`, {
      timeout,
      skip: isMissing || platform !== "linux" || runtime === "node20" || (isFirst && !hasNamespaces),
    }, async () => {
      const { code, logged, found } = await runUnread(runtime, cell);
      assert.equal(code, { SIGTERM: isFirst ? 143 : "SIGTERM", throw: 1, exit: 3 }[end]);
      if (end !== "exit") assert.deepEqual(logged.filter((n) => !found.includes(n)), []);
    });
  }

  ends("handleSignals hears pm2's message", runtime.startsWith("deno"), async (seq) => {
    const options = { serverUrl: seq.url, periodMs: forEver, handleSignals: true };
    const [binary = "", ...args] = command({ options, times: 0 });
    const env = cleanEnvironment({ pm_id: "0" });
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit", "ipc"], env });
    const guard = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.stdout!.setEncoding("utf8").on("data", (text: string) => text.includes("Ready") && child.send("shutdown"));
    const code = await new Promise((resolve) => child.once("exit", resolve));
    clearTimeout(guard);
    assert.equal(code, 0);
    assert.equal(seq.events.at(-1)?.properties.Signal, "shutdown");
    assert.deepEqual(numbers(seq), range(1, numbers(seq).length));
  });
}
